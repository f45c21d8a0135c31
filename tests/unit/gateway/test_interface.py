"""One description of the interface from those of the services."""

from typing import Any

from services.gateway.interface import merge

REF = "#/components/schemas/"


def document(paths: list[str], **schemas: Any) -> dict[str, Any]:
    """A service's description: every path answers with the schema ``Answer``."""
    operation = {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": REF + "Answer"}}}}}}
    return {"info": {}, "paths": {path: {"get": operation} for path in paths}, "components": {"schemas": schemas}}


def merged(**documents: Any) -> dict[str, Any]:
    return merge(documents, lambda _service, path: path != "/hidden", version="1", missing=[])


def answer_of(description: dict[str, Any], path: str) -> str:
    content = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    return str(content["schema"]["$ref"]).removeprefix(REF)


def test_only_published_paths_are_told() -> None:
    """What a service answers besides (probes, its own description) is not offered to the public."""
    assert list(merged(codes=document(["/b", "/hidden", "/a"], Answer={}))["paths"]) == ["/a", "/b"]


def test_components_that_are_the_same_are_shared() -> None:
    description = merged(
        codes=document(["/a"], Answer={"type": "string"}), sales=document(["/b"], Answer={"type": "string"})
    )
    assert description["components"]["schemas"] == {"Answer": {"type": "string"}}


def test_components_that_differ_keep_apart() -> None:
    """Each path goes on to refer to its own service's component."""
    description = merged(
        codes=document(["/a"], Answer={"type": "string"}), sales=document(["/b"], Answer={"type": "integer"})
    )
    schemas = description["components"]["schemas"]
    assert schemas[answer_of(description, "/a")] == {"type": "string"}
    assert schemas[answer_of(description, "/b")] == {"type": "integer"}


def test_a_component_that_refers_to_a_renamed_one_keeps_apart_too() -> None:
    """``Answer`` reads the same in both, but means another ``Region``."""
    answer = {"properties": {"region": {"$ref": REF + "Region"}}}
    description = merged(
        codes=document(["/a"], Answer=answer, Region={"type": "string"}),
        sales=document(["/b"], Answer=answer, Region={"type": "integer"}),
    )
    schemas = description["components"]["schemas"]
    for path, kind in (("/a", "string"), ("/b", "integer")):
        region = schemas[answer_of(description, path)]["properties"]["region"]["$ref"].removeprefix(REF)
        assert schemas[region] == {"type": kind}


def test_a_service_that_did_not_answer_is_named() -> None:
    description = merge({}, lambda *_: True, version="1", missing=["stats"])
    assert description["x-missing-services"] == ["stats"]
