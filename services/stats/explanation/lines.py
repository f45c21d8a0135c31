"""The second step back: order lines, each with the entries of the ledger that it sums; they sum to the cell."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.money import format_yuan
from services.stats.as_of import AsOf
from services.stats.errors import NoHousehold
from services.stats.explaining import code_of, read_codes, registry_position
from services.stats.explanation.cells import own_platform
from services.stats.explanation.marks import read_mark, write_mark
from services.stats.period import Period
from services.stats.queries import explanation
from services.stats.queries import household_income as queries
from services.stats.question import Filters, Question
from services.stats.regions import find_region
from services.stats.schemas.explanation import EntryOut, LineOut, LinesOut, LineTotals
from services.stats.service import period_out, read_period, region_out, watermark_out
from services.stats.vintage import NOW, Known, Vintage, read_position

MARK = (str, date, str, str, str, int)
_BEFORE_ALL = ("", date.min, "", "", "", 0)

Holder = tuple[str, str, str, int, str]
"""order_no, platform, line_no, subject_id, region."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is asked for: at most ``limit`` rows after the mark ``after``."""

    after: str | None
    limit: int


async def list_lines(
    database: Database,
    caller: Caller,
    region: str,
    *,
    period: str,
    filters: Filters,
    code: str | None,
    by_refund_day: bool,
    page: Page,
    vintage: Vintage = NOW,
) -> LinesOut:
    """A page of the lines of a region, period and filters, and what all of them add up to.

    With ``by_refund_day`` they are the lines that were refunded in the period, and what was refunded of them then.
    """
    asked = read_period(period)
    filters = own_platform(caller, filters)
    key = read_mark(page.after, MARK) if page.after else list(_BEFORE_ALL)
    async with database.snapshot() as connection:
        place = await find_region(connection, caller, region, asked.last_day)
        known = await read_position(connection, caller, vintage)
        watermark, as_of = known.watermark, known.as_of
        days = {"first": asked.first, "past": asked.past, "upto": watermark.position}
        holder = None if code is None else await subject_of_code(connection, code_of(code), as_of)
        parameters = {**Question(place, [asked], filters).place(), **days, "subject": holder and holder.subject_id}
        of = {"by_refund_day": by_refund_day, "as_of": as_of is not None}
        totals = (await connection.execute(explanation.line_totals(**of), parameters)).one()
        statement = explanation.lines(**of)
        rows = (await connection.execute(statement, parameters | _after(key, page.limit + 1))).all()
        shown = rows[: page.limit]
        lines = await with_entries(connection, shown, known, refunds_of=asked if by_refund_day else None)
    return LinesOut(
        region=region_out(place),
        period=period_out(asked),
        filters=filters.in_use(),
        watermark=watermark_out(watermark),
        totals=LineTotals(
            sales_gross=format_yuan(totals.gross_fen),
            refunds=format_yuan(totals.refund_fen),
            sales_net=format_yuan(totals.gross_fen - totals.refund_fen),
            order_lines=totals.order_lines,
            orders=totals.orders,
            lines=totals.lines,
        ),
        lines=lines,
        next=write_mark(_mark(shown[-1])) if len(rows) > page.limit else None,
    )


async def subject_of_code(connection: AsyncConnection, code: str, as_of: AsOf | None) -> Any:
    """Whose code it is, with kind and region. Raises :class:`NoHousehold` where nobody has it."""
    asked = {"code": code, **registry_position(as_of)}
    row = (await connection.execute(queries.subject_of_code(as_of=as_of is not None), asked)).one_or_none()
    if row is None:
        raise NoHousehold("没有此编码的主体 / No subject has this code")
    return row


def _after(key: Sequence[Any], limit: int) -> dict[str, Any]:
    region, day, order_no, platform, line_no, subject = key
    return {
        "after_region": region, "after_day": day, "after_order": order_no, "after_platform": platform,
        "after_line": line_no, "after_subject": subject, "limit": limit,
    }  # fmt: skip


def _mark(row: Any) -> tuple[Any, ...]:
    return (row.region, row.sale_day, row.order_no, row.platform, row.line_no, row.subject_id)


async def with_entries(
    connection: AsyncConnection, rows: Sequence[Any], known: Known, *, refunds_of: Period | None = None
) -> list[LineOut]:
    """Lines, each with its holder's code and its entries: all of them, or the refunds of a period."""
    subjects = [row.subject_id for row in rows]
    asked = {
        "orders": [row.order_no for row in rows],
        "platforms": [row.platform for row in rows],
        "lines": [row.line_no for row in rows],
        "subjects": subjects,
        "days": [row.sale_day for row in rows],
        "regions": [row.region for row in rows],
        "upto": known.watermark.position,
        "refunds_from": refunds_of and refunds_of.first,
        "refunds_to": refunds_of and refunds_of.past,
    }
    entries: dict[Holder, list[EntryOut]] = defaultdict(list)
    for entry in (await connection.execute(explanation.ENTRIES, asked)).all():
        entries[_holder(entry)].append(_entry_out(entry))
    codes = await read_codes(connection, subjects, known.as_of)
    return [_line_out(row, codes, entries[_holder(row)]) for row in rows]


def _holder(row: Any) -> Holder:
    return (row.order_no, row.platform, row.line_no, row.subject_id, row.region)


def _entry_out(row: Any) -> EntryOut:
    return EntryOut(
        entry_no=row.entry_no,
        cause=row.cause,
        measure=row.measure,
        amount=format_yuan(row.amount_fen),
        event_day=row.event_day,
        reference=row.reference,
        batch_id=row.batch_id,
        position=row.position,
        recorded_at=row.recorded_at,
        channel=row.channel,
    )


def _line_out(row: Any, codes: Mapping[int, str], entries: list[EntryOut]) -> LineOut:
    return LineOut(
        platform=row.platform,
        order_no=row.order_no,
        line_no=row.line_no,
        code=codes.get(row.subject_id),
        kind=row.kind,
        region=row.region,
        category=row.category,
        sale_day=row.sale_day,
        gross=format_yuan(row.gross_fen),
        refunds=format_yuan(row.refund_fen),
        net=format_yuan(row.gross_fen - row.refund_fen),
        entries=entries,
    )
