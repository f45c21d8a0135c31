"""Recording lines that several codes share: all of their codes must be in force, else the whole line is parked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sales.parts import Holder, Holding, NamedCodes, divide, in_tie_order, read_codes
from services.sales.queries import parts as queries
from services.sales.queries.incoming import CONTENT, as_columns

LineKey = tuple[str, str, str]
"""order_no, platform, line_no."""
Outcome = tuple[str, str, str, str, str | None]
"""order_no, platform, line_no, status, reason."""
SharedRow = tuple[tuple[Any, ...], str]
"""The columns of CONTENT, and the codes as they are stored."""

_COLUMNS = [name for name, _ in CONTENT]
_OCCURRED, _CODE, _AMOUNT = (_COLUMNS.index(name) for name in ("occurred_at", "code", "amount_fen"))
Moments = Sequence[tuple[str, datetime]]
"""Codes, each with the moment at which it is asked about."""


async def resolve_shares(connection: AsyncConnection, asked: Moments) -> Mapping[tuple[str, datetime], Any]:
    """Whose each code was at its moment, or (``parked_reason``) why it was nobody's."""
    if not asked:
        return {}
    parameters = {"code": [code for code, _ in asked], "occurred_at": [moment for _, moment in asked]}
    rows = (await connection.execute(queries.RESOLVE_SHARES, parameters)).all()
    return {(row.code, row.occurred_at): row for row in rows}


def holding_of(
    key: LineKey, named: NamedCodes, moment: datetime, resolved: Mapping[tuple[str, datetime], Any]
) -> Holding:
    """Who holds a line by the codes it names, all of which are in force."""
    found = [(code, weight, resolved[code, moment]) for code, weight in named]
    holders = [Holder(code, row.subject_id, row.kind, row.region, weight) for code, weight, row in found]
    return in_tie_order(*key, holders)


async def record_shared_lines(connection: AsyncConnection, rows: Sequence[SharedRow], *, again: bool) -> list[Outcome]:
    """Record or park lines, no key twice; those without an outcome were there before. What is parked already is parked
    under another code only if the uptake judges it ``again``.
    """
    named = [read_codes(codes) for _, codes in rows]
    asked = [(code, row[_OCCURRED]) for (row, _), codes in zip(rows, named, strict=True) for code, _ in codes]
    resolved = await resolve_shares(connection, asked)
    good: list[tuple[SharedRow, Holding]] = []
    lacking: list[tuple[SharedRow, str]] = []
    for (row, text), codes in zip(rows, named, strict=True):
        obstacles = [(code, resolved[code, row[_OCCURRED]].parked_reason) for code, _ in codes]
        missing = next(((code, reason) for code, reason in obstacles if reason is not None), None)
        if missing is None:
            key = (row[0], row[1], row[2])
            good.append(((row, text), holding_of(key, codes, row[_OCCURRED], resolved)))
        else:
            lacking.append((((*row[:_CODE], missing[0], *row[_CODE + 1 :]), text), missing[1]))
    return [*await enter_shared_lines(connection, good, "split"), *await _park(connection, lacking, again=again)]


async def enter_shared_lines(
    connection: AsyncConnection, lines_held: Sequence[tuple[SharedRow, Holding]], method: str
) -> list[Outcome]:
    """Record lines with whoever holds them: several (``split``), or one whom a correction named (``hand``)."""
    if not lines_held:
        return []
    columns: dict[str, Any] = {
        # While a line of several was parked, the code that it lacked stood where a line of one code has its own.
        **as_columns(
            [row if text is None else (*row[:_CODE], None, *row[_CODE + 1 :]) for (row, text), _ in lines_held]
        ),
        "codes": [text for (_, text), _ in lines_held],
        "method": [method] * len(lines_held),
        "entry_count": [len(holding) for _, holding in lines_held],
    }
    columns.pop("hand_code")
    parts = [
        ((row[0], row[1], row[2]), number, holder, fen, sum(one.weight for one in holding))
        for (row, _), holding in lines_held
        for number, (holder, fen) in enumerate(zip(holding, divide(row[_AMOUNT], holding), strict=True), start=1)
    ]
    for place, name in enumerate(("part_order_no", "part_platform", "part_line_no")):
        columns[name] = [key[place] for key, *_ in parts]
    columns["part_no"] = [number for _, number, *_ in parts]
    columns["part_code"] = [holder.code for _, _, holder, *_ in parts]
    for name in ("weight", "subject_id", "kind", "region"):
        columns[name] = [getattr(holder, name) for _, _, holder, *_ in parts]
    columns["gross_fen"] = [fen for *_, fen, _ in parts]
    columns["reference"] = [
        f"split {holder.code} {holder.weight}/{whole}" if method == "split" else f"{method} {holder.code}"
        for _, _, holder, _, whole in parts
    ]
    found = await connection.execute(queries.RECORD_SHARED_LINES, columns)
    return [(row.order_no, row.platform, row.line_no, "accepted", None) for row in found.all()]


async def _park(connection: AsyncConnection, lacking: Sequence[tuple[SharedRow, str]], *, again: bool) -> list[Outcome]:
    if not lacking:
        return []
    columns = {
        **as_columns([row for (row, _), _ in lacking]),
        "codes": [text for (_, text), _ in lacking],
        "reason": [reason for _, reason in lacking],
        "again": again,
    }
    columns.pop("hand_code")
    found = await connection.execute(queries.PARK_SHARED_LINES, columns)
    return [(row.order_no, row.platform, row.line_no, "parked", row.reason) for row in found.all()]


async def holdings_of_lines(connection: AsyncConnection, divided: Mapping[LineKey, int]) -> dict[LineKey, Holding]:
    """Who holds lines, by the number of the division that each has now."""
    if not divided:
        return {}
    parameters = {
        "order_no": [key[0] for key in divided],
        "platform": [key[1] for key in divided],
        "line_no": [key[2] for key in divided],
        "split_no": list(divided.values()),
    }
    holdings: dict[LineKey, list[Holder]] = {}
    for row in (await connection.execute(queries.PARTS_OF_LINES, parameters)).all():
        holdings.setdefault((row.order_no, row.platform, row.line_no), []).append(Holder(*row[3:]))
    return {key: tuple(holders) for key, holders in holdings.items()}
