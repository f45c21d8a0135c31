"""Reading imports: which there were, how far each is, and the rows that were not taken."""

from collections.abc import AsyncIterator
from typing import Any

from pydantic import TypeAdapter

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.spreadsheet import BYTE_ORDER_MARK, csv_line, harmless
from services.sales.errors import UnknownImport
from services.sales.formats.layout import ROLES
from services.sales.paging import BigInt, Page, page_of, read_cursor
from services.sales.queries import imports as queries
from services.sales.sight import sight_of

_Key = tuple[BigInt]
_KEY: TypeAdapter[_Key] = TypeAdapter(_Key)
_NEWEST = 2**63 - 1
_CHUNK_ERRORS = 1_000


def _sight(caller: Caller) -> dict[str, Any]:
    """A platform sees its own imports, who may see a whole province all, everybody else those that they sent."""
    sight = sight_of(caller)
    return {
        "own_platform": sight.platform,
        "sees_all": sight.platform is not None or sight.whole_province,
        "client_id": caller.client_id,
    }


async def page_of_imports(
    database: Database, caller: Caller, *, platform: str | None, state: str | None, after: str | None, limit: int
) -> Page:
    """Imports that the caller may see, the newest first. Raises :class:`InvalidCursor`."""
    (before,) = (_NEWEST,) if after is None else read_cursor(after, _KEY)
    parameters = {**_sight(caller), "before": before, "platform": platform, "state": state, "limit": limit + 1}
    async with database.transaction() as connection:
        rows = list((await connection.execute(queries.IMPORTS_PAGE, parameters)).all())
    return page_of(rows, limit, ("import_id",))


async def one_import(database: Database, caller: Caller, import_id: int) -> Any:
    """An import. Raises :class:`UnknownImport`."""
    async with database.transaction() as connection:
        found = await connection.execute(queries.ONE_IMPORT, {**_sight(caller), "import_id": import_id})
        row = found.one_or_none()
    if row is None:
        raise UnknownImport(f"没有编号为 {import_id} 的导入 / There is no import {import_id}")
    return row


async def errors_as_csv(database: Database, import_id: int) -> AsyncIterator[bytes]:
    """The rows of an import that were not taken, as a CSV that spreadsheets open: UTF-8 with BOM."""
    yield BYTE_ORDER_MARK.encode() + _csv_row("row", "column", "reason", "detail", *ROLES)
    after = (0, 0)
    while True:
        parameters = {"import_id": import_id, "after_row": after[0], "after_error": after[1], "limit": _CHUNK_ERRORS}
        async with database.transaction() as connection:
            rows = (await connection.execute(queries.ERRORS_PAGE, parameters)).all()
        if not rows:
            return
        yield b"".join(
            _csv_row(row.row_no, row.column_name, row.reason, row.detail, *(row.cells.get(role, "") for role in ROLES))
            for row in rows
        )
        after = (rows[-1].row_no, rows[-1].error_no)


def _csv_row(*cells: object) -> bytes:
    return csv_line(harmless(str(cell)) for cell in cells)
