"""``/console/print``: labels, cards and handover strips, as a document or, of many codes, as several in a ZIP file."""

import re
import zipfile
from io import BytesIO
from typing import Any

from fastapi import APIRouter, Response

from services.kit.errors import InvalidInput, TooLarge
from services.web.codes import normal_code
from services.web.console.visits import Fields, OfficersRoute, Registered

router = APIRouter(include_in_schema=False, route_class=OfficersRoute)

SHEETS = ("labels", "cards", "handovers")
OF_WHOM = ("region", "group", "roster", "codes")
MOST_DOCUMENTS = 4
"""More paper than that is ordered by townships."""
CODES_A_DOCUMENT = 2_400
_BETWEEN_CODES = re.compile(r"[\s,\uff0c、;\uff1b]+")


@router.post("/console/print")
async def print_sheets(form: Fields, registry: Registered) -> Response:
    """The sheets to save or print. Cards are issued first for codes that have none."""
    what = form.get("what", "")
    if what not in SHEETS:
        raise InvalidInput("请选择打印什么 / Choose what to print")
    selection = _selection(form)
    if what == "cards" and not await registry.issue_cards(selection, most=MOST_DOCUMENTS * CODES_A_DOCUMENT):
        raise TooManySheets
    options = {"cut_lines": True} if form.get("cut_lines") and what != "handovers" else {}
    documents, is_all = await registry.sheets(what, {**selection, **options}, most=MOST_DOCUMENTS)
    if not is_all:
        raise TooManySheets
    return _saved(what, documents)


class TooManySheets(TooLarge):
    """More than one print job."""

    code, title = "too_many_sheets", "一次打印过多 / Too many sheets at once"

    def __init__(self) -> None:
        super().__init__("请按乡镇或村打印 / Print by townships or villages")


def _selection(form: dict[str, str]) -> dict[str, Any]:
    of_whom, said = form.get("of", ""), form.get("said", "").strip()
    if of_whom not in OF_WHOM or not said:
        raise InvalidInput("请填写给谁打印:区划代码、合作社的码、名册编号或一组码 / Say for whom: a division's code, "
                           "a group's code, a roster's number or a list of codes")  # fmt: skip
    if of_whom == "codes":
        return {"codes": [normal_code(one) for one in _BETWEEN_CODES.split(said) if one]}
    return {of_whom: normal_code(said) if of_whom == "group" else said}


def _saved(what: str, documents: list[bytes]) -> Response:
    headers = {"Cache-Control": "no-store"}
    if len(documents) == 1:
        headers["Content-Disposition"] = f'attachment; filename="onecode-{what}.pdf"'
        return Response(documents[0], media_type="application/pdf", headers=headers)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # PDFs are compressed already
        for number, document in enumerate(documents, start=1):
            archive.writestr(f"onecode-{what}-{number}.pdf", document)
    headers["Content-Disposition"] = f'attachment; filename="onecode-{what}.zip"'
    return Response(packed.getvalue(), media_type="application/zip", headers=headers)
