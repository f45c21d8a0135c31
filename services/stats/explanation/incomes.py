"""Income back to households: who lived in the region at the period's end, and what each has, month by month.

A month of a household leads on to its lines and payments, a line to the sources that were divided (their settled
entries, ratios and member lists), and a source to its order lines.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.money import format_yuan
from services.stats.errors import RegionNotAllowed
from services.stats.explaining import read_codes
from services.stats.explanation.lines import Page
from services.stats.explanation.marks import read_mark, write_mark
from services.stats.figures import income_figures
from services.stats.indicators import Missing, Value
from services.stats.period import Frequency, Period, periods_between
from services.stats.queries import households
from services.stats.queries.explained_incomes import INCOME_BY_MONTH_THEN, INCOMES_OF_HOUSEHOLDS_THEN
from services.stats.question import Question, span_arrays
from services.stats.regions import find_region
from services.stats.schemas.explanation import (
    HouseholdMonthOut,
    HouseholdOfIncomeOut,
    IncomeByBasisOut,
    IncomeExplanationOut,
)
from services.stats.service import period_out, read_period, region_out, watermark_out
from services.stats.vintage import NOW, Vintage, read_position

_BASES = ("paid", "contract", "imputed")
_BEFORE_ALL = [0]


async def explain_income(
    database: Database, caller: Caller, region: str, *, period: str, page: Page, vintage: Vintage = NOW
) -> IncomeExplanationOut:
    """A page of the households whose incomes sum to a region's of a period.

    Raises :class:`RegionNotAllowed`, for a platform's token too: it sees nothing of income.
    """
    if caller.platform is not None:
        raise RegionNotAllowed("平台不能查看农户收入 / A platform sees nothing of the income of households")
    asked = read_period(period)
    [after] = read_mark(page.after, (int,)) if page.after else _BEFORE_ALL
    async with database.snapshot() as connection:
        place = await find_region(connection, caller, region, asked.last_day)
        known = await read_position(connection, caller, vintage)
        question = Question(place, [asked], as_of=known.as_of)
        figures = (await income_figures(connection, question)).get((asked.label, ""), {})
        parameters = question.place() | _days(question) | {"after": after, "limit": page.limit + 1}
        statement = INCOMES_OF_HOUSEHOLDS_THEN if known.as_of else households.INCOMES_OF_HOUSEHOLDS
        rows = (await connection.execute(statement, parameters)).all()
        shown = rows[: page.limit]
        subjects = [row.subject_id for row in shown]
        codes = await read_codes(connection, subjects, known.as_of)
        months = await _read_months(connection, question, subjects, codes, vintage)
    fen = {basis: figures.get(f"income.{basis}", 0) for basis in _BASES}
    return IncomeExplanationOut(
        region=region_out(place),
        period=period_out(asked),
        watermark=watermark_out(known.watermark),
        totals=_by_basis(fen),
        households=[_household(row, codes.get(row.subject_id), months[row.subject_id]) for row in shown],
        next=write_mark([shown[-1].subject_id]) if len(rows) > page.limit else None,
    )


def _days(question: Question) -> dict[str, Any]:
    """The period's spans; or its days, with what of them was different then."""
    [period] = question.periods
    if question.as_of is None:
        return question.spans()
    return {"first": period.first, "past": period.past, **question.days_then()}


async def _read_months(
    connection: AsyncConnection,
    question: Question,
    subjects: Sequence[int],
    codes: Mapping[int, str],
    vintage: Vintage,
) -> Mapping[int, Sequence[HouseholdMonthOut]]:
    """What each has of each month of the period; a month that only a part of lies in the period with that part."""
    [asked] = question.periods
    units = periods_between(asked.first.isoformat(), asked.last_day.isoformat(), Frequency.MONTH)
    parts = [Period(unit.label, max(unit.first, asked.first), min(unit.past, asked.past)) for unit in units]
    whole = {unit.label: part == unit for unit, part in zip(units, parts, strict=True)}
    parameters = {**(_days(question) if question.as_of else span_arrays(parts)), "subjects": list(subjects)}
    statement = INCOME_BY_MONTH_THEN if question.as_of else households.INCOME_BY_MONTH
    found: dict[int, list[HouseholdMonthOut]] = defaultdict(list)
    for row in (await connection.execute(statement, parameters)).all():
        code = codes.get(row.subject_id)
        of_month = urlencode({"code": code, "month": row.label, **vintage.parameters()})
        path = None if code is None else f"/v1/stats/explain/household?{of_month}"
        income = _by_basis(_bases_of(row))
        found[row.subject_id].append(
            HouseholdMonthOut(month=row.label, whole=whole[row.label], income=income, explained=path)
        )
    return found


def _household(row: Any, code: str | None, months: Sequence[HouseholdMonthOut]) -> HouseholdOfIncomeOut:
    return HouseholdOfIncomeOut(code=code, income=_by_basis(_bases_of(row)), months=list(months))


def _bases_of(row: Any) -> Mapping[str, Value]:
    return {"paid": row.paid_fen, "contract": row.contract_fen, "imputed": row.imputed_fen}


def _by_basis(fen: Mapping[str, Value]) -> IncomeByBasisOut:
    known = {basis: 0 if isinstance(value, Missing) else value for basis, value in fen.items()}
    return IncomeByBasisOut(
        **{basis: format_yuan(value) for basis, value in known.items()}, total=format_yuan(sum(known.values()))
    )
