"""A roster's rows with their verdicts, as CSV: for whoever corrects the file. It names no person."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from services.codes.privacy import PersonKeys
from services.codes.roster.reasons import MESSAGES, Reason, Status
from services.codes.service import rosters as use_cases
from services.codes.service.rosters import RowView
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.spreadsheet import BYTE_ORDER_MARK, csv_line

_PAGE: Final = 1_000
_TITLES: Final = (
    "行号 row", "结果 status", "原因 reasons", "说明 explanation", "变更项 changed", "决定 decision", "识别码 code",
    "已入库 committed",
)  # fmt: skip


async def rows_as_csv(
    database: Database, keys: PersonKeys, caller: Caller, roster_id: int, *, status: Status | None
) -> AsyncIterator[bytes]:
    """The file, page by page. What may be refused is refused before this is answered."""
    first = await use_cases.list_rows(database, keys, caller, roster_id, status=status, after=0, limit=_PAGE)

    async def pages() -> AsyncIterator[bytes]:
        page, more = first
        yield BYTE_ORDER_MARK.encode() + csv_line(_TITLES)
        while True:
            regions = {region for view in page for reason in view.reasons for region in reason.regions}
            names = await use_cases.names_of_villages(database, regions) if regions else {}
            yield b"".join(csv_line(_cells(view, names)) for view in page)
            if not more:
                return
            after = page[-1].row_no
            page, more = await use_cases.list_rows(
                database, keys, caller, roster_id, status=status, after=after, limit=_PAGE
            )

    return pages()


def _cells(view: RowView, names: Mapping[str, str]) -> Sequence[str]:
    return (
        str(view.row_no),
        view.status.value,
        " ".join(reason.code for reason in view.reasons),
        "; ".join(_explained(reason, names) for reason in view.reasons),
        " ".join(view.changed),
        view.decision or "",
        view.code or "",
        "是 yes" if view.committed else "",
    )


def _explained(reason: Reason, names: Mapping[str, str]) -> str:
    said = MESSAGES[reason.code]
    if reason.row:
        said += f" (行 row {reason.row})"
    if reason.regions:
        said += ": " + ", ".join(f"{region} {names.get(region, '')}".rstrip() for region in reason.regions)
    return said
