"""The interface description of the whole house (OpenAPI), put together from those of the services."""

import json
from collections.abc import Callable, Mapping
from typing import Any

Document = dict[str, Any]

_TITLE = "OneCode 一户一码"
_DESCRIPTION = (
    "电商扶贫识别码:编码、订单台账与增收统计。 / Codes, sales ledger and income statistics for rural e-commerce. "
    "Money is a decimal string in yuan; errors are RFC 9457 problem documents with a stable `code`."
)
_SECURITY = {
    "oauth": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/v1/token", "scopes": {}}},
    }
}


def merge(
    documents: Mapping[str, Document], is_public: Callable[[str, str], bool], *, version: str, missing: list[str]
) -> Document:
    """One description of every path of ``documents`` (service → its OpenAPI) for which ``is_public(service, path)``.

    Components of the same name and content are shared; those of the same name and other content get the service's
    name before theirs. ``missing`` names services whose description could not be had.
    """
    paths: Document = {}
    components: Document = {"securitySchemes": dict(_SECURITY)}
    for service, document in documents.items():
        document = _renamed(document, service, components)  # noqa: PLW2901 - the same document, under clear names
        for kind, named in document.get("components", {}).items():
            components.setdefault(kind, {}).update(named)
        for path, operations in document.get("paths", {}).items():
            if is_public(service, path):
                paths[path] = _tagged(operations, service)
    merged: Document = {
        "openapi": "3.1.0",
        "info": {"title": _TITLE, "description": _DESCRIPTION, "version": version},
        # An empty requirement beside the other: some paths are for everybody.
        "security": [{}, {"oauth": []}],
        "paths": dict(sorted(paths.items())),
        "components": components,
        "tags": [{"name": name, "description": documents[name].get("info", {}).get("description", "")}
                 for name in documents],
    }  # fmt: skip
    if missing:
        merged["x-missing-services"] = missing
    return merged


def _tagged(operations: Document, service: str) -> Document:
    return {
        method: {"tags": [service], **operation} if isinstance(operation, dict) else operation
        for method, operation in operations.items()
    }


def _renamed(document: Document, service: str, taken: Document) -> Document:
    """``document`` with new names for those of its components whose names are taken by something else.

    A component that refers to a renamed one differs by that from its namesake, so the search goes on until there are no
    more of them.
    """
    clashes: set[tuple[str, str]] = set()
    while True:
        renamed = _with_names(document, service, clashes)
        found = {
            (kind, name)
            for kind, named in document.get("components", {}).items()
            for name in named
            if (kind, name) not in clashes
            and name in taken.get(kind, {})
            and taken[kind][name] != renamed["components"][kind][name]
        }
        if not found:
            return renamed
        clashes |= found


def _with_names(document: Document, service: str, clashes: set[tuple[str, str]]) -> Document:
    if not clashes:
        return document
    prefix = service.capitalize()
    text = json.dumps(document, ensure_ascii=False)
    for kind, name in clashes:
        text = text.replace(f'"#/components/{kind}/{name}"', f'"#/components/{kind}/{prefix}{name}"')
    renamed: Document = json.loads(text)
    for kind, name in clashes:
        named = renamed["components"][kind]
        named[prefix + name] = named.pop(name)
    return renamed
