"""A table over HTTP: which form the caller wants, and whether what it has is still true.

The entity tag is a strong one. It is made of the question (path and parameters, without the form), the form, and the
state that the answer was read from: positions of feeds, or a release. Who comes back with it in ``If-None-Match`` gets
304 before any figure is computed. A figure that lives is ``private, no-cache``: kept, and asked about each time. A
release is ``immutable`` for a year. Private both: which figures there are depends on who asks, so ``Vary`` names the
token beside the form.
"""

import hashlib
from asyncio import to_thread
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from services.stats.tabular import delimited, workbook
from services.stats.tabular.table import Table

VERSION = "1"
"""Counted up when the same figures would be written in another form, so that no tag outlives the form it stands for."""


class Format(StrEnum):
    """The forms of an answer."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: delimited.MEDIA_TYPE,
    Format.XLSX: workbook.MEDIA_TYPE,
}
_BY_MEDIA_TYPE = {media_type.partition(";")[0]: form for form, media_type in MEDIA_TYPES.items()}

FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type.partition(";")[0]: {} for form, media_type in MEDIA_TYPES.items() if form != "json"}},
    304: {"description": "Nothing has changed since the answer whose ETag is in If-None-Match."},
}
"""``responses`` of a route that answers in all forms, for the description of the interface."""


def wanted_format(
    request: Request,
    form: Annotated[
        Format | None, Query(alias="format", description="The form of the answer; without it, `Accept` decides.")
    ] = None,
) -> Format:
    """The form that is asked for: by parameter, else the one that ``Accept`` likes best, else JSON."""
    return form or best_form(request.headers.get("accept", ""))


WantedFormat = Annotated[Format, Depends(wanted_format)]


def best_form(accept: str) -> Format:
    """The form that an ``Accept`` header likes best; JSON where it likes nothing of ours, or everything alike."""
    liked: list[tuple[float, int, Format]] = []
    for place, entry in enumerate(accept.lower().split(",")):
        media_type, *parameters = [part.strip() for part in entry.split(";")]
        form = _BY_MEDIA_TYPE.get(media_type)
        if form is not None and (quality := _quality(parameters)) > 0:
            liked.append((-quality, place, form))
    return min(liked)[2] if liked else Format.JSON


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


class Answering:
    """How one request is answered. ``state`` is what, beside the question, the answer follows from."""

    def __init__(self, request: Request, form: Format, state: Sequence[str], *, immutable: bool = False) -> None:
        self._form = form
        self.etag = entity_tag(request.url.path, request.query_params.multi_items(), form, state)
        self.is_current = _names(request.headers.get("if-none-match", ""), self.etag)
        """Whether the caller has this very answer."""
        self._headers = {
            "ETag": self.etag,
            "Cache-Control": "private, max-age=31536000, immutable" if immutable else "private, no-cache",
            "Vary": "Accept, Authorization",
        }

    def not_modified(self) -> Response:
        """304."""
        return Response(status_code=304, headers=self._headers)

    async def answer(self, model: BaseModel, table: Callable[[], Table | Sequence[Table]]) -> Response:
        """The answer in the form wanted. Of several tables, CSV has the first, a workbook all."""
        if self._form is Format.JSON:
            return Response(model.model_dump_json(), media_type=MEDIA_TYPES[Format.JSON], headers=self._headers)
        made = table()
        tables = [made] if isinstance(made, Table) else list(made)
        if self._form is Format.CSV:
            body = await to_thread(delimited.write_csv, tables[0])
        else:
            body = await to_thread(workbook.write_workbook, *tables)
        name = f'attachment; filename="{tables[0].name}.{self._form}"'
        headers = {**self._headers, "Content-Disposition": name, "Content-Type": MEDIA_TYPES[self._form]}
        return Response(body, headers=headers)


def entity_tag(path: str, question: Sequence[tuple[str, str]], form: Format, state: Sequence[str]) -> str:
    """A strong tag over question, form and state. The order of parameters is no part of the question."""
    asked = sorted((name, value) for name, value in question if name != "format")
    digest = hashlib.sha256(repr((VERSION, path, asked, str(form), list(state))).encode())
    return f'"{digest.hexdigest()[:32]}"'


def _names(if_none_match: str, etag: str) -> bool:
    """Whether the header names the tag (RFC 9110, 13.1.2: compared weakly; ``*`` is for whoever has anything)."""
    named = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in named
