"""From the rows of the cube to indicator values: each source of figures answers all of its indicators at once."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from services.kit.clock import business_day
from services.kit.money import round_ratio
from services.stats.hash_joins import joined_rows
from services.stats.indicators import INDICATORS, RATE_SCALE, Missing, Value
from services.stats.period import Period
from services.stats.queries import households, lines, reach_cells, sales
from services.stats.question import By, Question, signed_arrays, span_arrays
from services.stats.shortfalls import line_gap_figures, without_ratio_figures
from services.stats.together import Reads
from services.stats.watermark import Watermark

Values = dict[str, Value]
Figures = dict[tuple[str, str], Values]
"""Values by (label of the period, key of the breakdown or ``""``), then indicator. What is nought may be absent."""

OF_NO_UNIT: Figures = {}
"""The figures of quantities where nothing names a unit: these very ones, for none sold of a unit is nought."""
NOT_HELD: Figures = {}
"""Likewise, of a release that was frozen before there were figures of the source."""
NOT_IN_RELEASE = Missing("not_in_release")
NEEDS_FULL_YEAR = Missing("needs_full_year")
NEEDS_UNIT = Missing("needs_unit")
NO_YEAR_BEFORE = Missing("no_year_before")
ZERO_DENOMINATOR = Missing("zero_denominator")


def rate(numerator: int, denominator: int) -> Value:
    """A ratio in ten-thousandths, or nothing where there is nothing to divide by."""
    return round_ratio(numerator * RATE_SCALE, denominator) if denominator else ZERO_DENOMINATOR


def _average(total: int, count: int) -> Value:
    return round_ratio(total, count) if count else ZERO_DENOMINATOR


async def _rows(connection: Reads, statement: Any, parameters: Mapping[str, Any]) -> list[Any]:
    return list((await connection.execute(statement, parameters)).all())


async def sales_figures(connection: Reads, question: Question) -> Figures:
    """Gross, refunds, net, orders and lines."""
    if question.is_by_line:
        rows = await _line_rows(connection, question)
    else:
        rows = await _rows(connection, sales.sales_cells(question.by), question.place() | question.cells())
    return {
        (row.label, row.key): {
            "sales_gross": row.gross_fen,
            "refunds": row.refund_fen,
            "sales_net": row.gross_fen - row.refund_fen,
            "orders": row.orders,
            "order_lines": row.order_lines,
        }
        for row in rows
    }


async def _line_rows(connection: Reads, question: Question) -> list[Any]:
    """What lines say of sales, sellers and growth: gone through once for a question."""
    asked = ("lines", question.region, question.by, question.level, question.filters, tuple(question.periods))
    if asked not in question.read:
        parameters = question.place() | question.days() | question.position()
        question.read[asked] = await joined_rows(connection, lines.sales_of_lines(question.by), parameters)
    return question.read[asked]


async def refund_figures(connection: Reads, question: Question) -> Figures:
    """Refunds by their own day."""
    statement = lines.refunds_of_lines if question.is_by_line else sales.refund_cells
    parameters = question.place() | question.days() | question.position()
    rows = await _rows(connection, statement(question.by), parameters)
    return {(row.label, row.key): {"refunds_by_refund_day": row.refund_fen} for row in rows}


async def seller_figures(connection: Reads, question: Question) -> Figures:
    """Subjects with sales: counted ahead for whole days, months and years, else counted now."""
    of_lines = question.filters.platform or question.filters.category or question.by in {By.PLATFORM, By.CATEGORY}
    if question.is_by_line or of_lines:
        rows = await _line_rows(connection, question)
        return {(row.label, row.key): {"codes_with_sales": row.subjects} for row in rows}
    rows = []
    units = question.units()
    if units["labels"]:
        rows += await _rows(connection, sales.seller_cells(question.by), question.place() | units)
    others = signed_arrays([period for period in question.periods if not period.unit])
    if others["labels"]:
        rows += await _rows(connection, sales.sellers(question.by), question.place() | others)
    return {(row.label, row.key): {"codes_with_sales": row.subjects} for row in rows}


async def unit_figures(connection: Reads, question: Question) -> Figures:
    """Quantities of the unit that the question names, or by unit; of no unit in particular there is none."""
    if question.filters.unit is None and question.by is not By.UNIT:
        return OF_NO_UNIT
    if question.is_by_line:
        parameters = question.place() | question.days() | question.position()
        rows = await _rows(connection, lines.units_of_lines(question.by), parameters)
    else:
        rows = await _rows(connection, sales.unit_cells(question.by), question.place() | question.cells())
    return {(row.label, row.key): {"units": row.quantity_milli} for row in rows}


async def growth_figures(connection: Reads, question: Question) -> Figures:
    """Net sales against the same days of the year before."""
    now = await sales_figures(connection, question)
    before = [replace(period.year_before(), label=period.label) for period in question.periods]
    prior = await sales_figures(connection, replace(question, periods=before))
    return {key: {"growth_yoy": _growth(_net(now, key), _net(prior, key))} for key in now.keys() | prior.keys()}


def _net(figures: Figures, key: tuple[str, str]) -> int:
    net = figures.get(key, {}).get("sales_net", 0)
    return 0 if isinstance(net, Missing) else net


def _growth(now_fen: int, prior_fen: int) -> Value:
    return rate(now_fen - prior_fen, prior_fen)


async def panel_figures(connection: Reads, question: Question) -> Figures:
    """The same over subjects and shops that sold in both periods."""
    compared = [(period, replace(period.year_before(), label=period.label)) for period in question.periods]
    both = replace(question, periods=[period for pair in compared for period in pair])
    parameters = both.place() | both.days() | both.position()
    parameters["are_prior"] = [False, True] * len(compared)
    by_month = not question.is_by_line and all(period.is_whole_months for period in both.periods)
    statement = lines.panel_of_months if by_month else lines.panel_of_lines
    rows = await _rows(connection, statement(question.by), parameters)
    return {(row.label, row.key): {"growth_panel": _growth(row.now_fen, row.prior_fen)} for row in rows}


async def code_figures(connection: Reads, question: Question) -> Figures:
    """Codes in force at each period's end."""
    if question.asks_cells_of_households:
        statement, asked = reach_cells.code_cells(question.by), question.parts() | question.days()
    else:
        statement = sales.codes_in_force(question.by, as_of=question.as_of is not None)
        asked = question.ends() | question.position()
    rows = await _rows(connection, statement, question.place() | asked)
    return {(row.label, row.key): {"codes_active": row.codes} for row in rows}


async def _reach_rows(connection: Reads, question: Question) -> list[Any]:
    """Of named periods, which both incomes and uplift are asked of: once for a question."""
    asked = question.running()
    if not asked["labels"]:
        return []
    key = ("reach", question.region, question.by, question.level, tuple(question.periods))
    if key not in question.read:
        statement = reach_cells.income_cells(question.by)
        question.read[key] = await _rows(connection, statement, question.parts() | asked)
    return list(question.read[key])


async def _income_rows(connection: Reads, question: Question) -> list[Any]:
    """Of free spans, which both incomes and uplift are asked of: once for a question."""
    asked = ("income", question.region, question.by, question.level, tuple(question.periods))
    if asked not in question.read:
        statement = households.household_incomes(question.by, as_of=question.as_of is not None)
        parameters = question.place() | question.spans() | question.days_then()
        question.read[asked] = await joined_rows(connection, statement, parameters)
    return list(question.read[asked])


async def income_figures(connection: Reads, question: Question) -> Figures:
    """Income by basis, and whom it reached: counted ahead for named periods, else counted now."""
    rows = await _reach_rows(connection, question)
    others = question.counted_now()
    if others.periods:
        rows += await _income_rows(connection, others)
    return {(row.label, row.key): _income_values(row) for row in rows}


def _income_values(row: Any) -> Values:
    total = row.paid_fen + row.contract_fen + row.imputed_fen
    people = row.people_reached
    return {
        "income": total,
        "income.paid": row.paid_fen,
        "income.contract": row.contract_fen,
        "income.imputed": row.imputed_fen,
        "income_per_reached_household": _average(total, row.households_reached),
        "income_per_capita": _average(total, people),
        "households_reached": row.households_reached,
        "households_reached_100": row.households_reached_100,
        "households_reached_1000": row.households_reached_1000,
        "people_reached": people,
        "people_reached_by_status.registered": row.registered,
        "people_reached_by_status.out_of_poverty": row.out_of_poverty,
        "people_reached_by_status.monitored": row.monitored,
        "people_reached_by_status.other": people - row.registered - row.out_of_poverty - row.monitored,
    }


async def uplift_figures(connection: Reads, question: Question) -> Figures:
    """Incomes against baselines and, of calendar years, against the year before."""
    rows = await _reach_rows(connection, question)
    others = question.counted_now()
    compared = [period for period in others.periods if period.is_year or question.as_of]
    if len(compared) < len(others.periods):
        rest = [period for period in others.periods if period not in compared]
        rows += await _income_rows(connection, replace(others, periods=rest))
    years = [period for period in question.periods if period.is_year]
    of_years: list[Any] = []
    if compared:
        asked = replace(others, periods=compared)
        statement = households.household_uplift(question.by, as_of=question.as_of is not None)
        found = await joined_rows(connection, statement, asked.place() | _with_prior(asked) | asked.days_then())
        rows += found
        of_years = found
    elif years:
        span = {"labels": [year.label for year in years], "firsts": [year.first for year in years]}
        of_years = await _rows(connection, reach_cells.uplift_cells(question.by), question.parts() | span)
    figures: Figures = {(row.label, row.key): {"households_without_baseline": row.without_baseline} for row in rows}
    labels = {year.label for year in years}
    for row in of_years:
        if row.label in labels and (row.label, row.key) in figures:
            figures[row.label, row.key] |= {
                "uplift_rate": rate(row.income_fen, row.baseline_fen),
                "people_with_increase": row.people_with_increase,
            }
    return figures


def _with_prior(question: Question) -> dict[str, list[Any]]:
    """The periods' spans, and those of the year before each whole year under the same label."""
    spans = question.spans()
    prior = span_arrays(
        [replace(period.year_before(), label=period.label) for period in question.periods if period.is_year]
    )
    asked = {name: spans[name] + prior[name] for name in spans}
    asked["are_prior"] = [False] * len(spans["labels"]) + [True] * len(prior["labels"])
    return asked


Source = Callable[[Reads, Question], Coroutine[Any, Any, Figures]]
SOURCES: Mapping[str, Source] = {
    "sales": sales_figures,
    "refund_days": refund_figures,
    "units": unit_figures,
    "sellers": seller_figures,
    "growth": growth_figures,
    "panel": panel_figures,
    "codes": code_figures,
    "income": income_figures,
    "without_ratio": without_ratio_figures,
    "uplift": uplift_figures,
    "line_gap": line_gap_figures,
}


async def read_households(connection: Reads, question: Question) -> list[Any]:
    """Every household of the region with income in a period, one row for each and period.

    Rows have label, subject_id, region, persons and status (of the period's last day), contract_fen, imputed_fen,
    paid_fen, income_fen, prior_fen (of the calendar year before, for whole years), and baseline_fen, baseline_persons
    and baseline_year (NULL where there is none): all as of the question's position.
    """
    statement = households.households_one_by_one(as_of=question.as_of is not None)
    return await joined_rows(connection, statement, question.place() | _with_prior(question) | question.days_then())


_AVERAGES = frozenset(
    {"growth_yoy", "growth_panel", "income_per_reached_household", "income_per_capita", "uplift_rate"}
)


def value_of(figures: Figures, period: Period, key: str, name: str, watermark: Watermark) -> Value:
    """One indicator of one period and key: nought where no row speaks of it, nothing where it would mislead.

    Yearly figures are for calendar years that were over when the watermark's position was sealed; a comparison with
    the year before needs a ledger that had begun by the first of the days compared with.
    """
    if name in {"uplift_rate", "people_with_increase", "line_gap_closed"} and not _is_over(period, watermark):
        return NEEDS_FULL_YEAR
    if name in {"people_with_increase", "growth_yoy", "growth_panel"} and not (
        watermark.first_month and watermark.first_month <= period.year_before().first
    ):
        return NO_YEAR_BEFORE
    if figures is OF_NO_UNIT:
        return NEEDS_UNIT
    if figures is NOT_HELD:
        return NOT_IN_RELEASE
    value = figures.get((period.label, key), {}).get(name)
    if value is None:
        return ZERO_DENOMINATOR if name in _AVERAGES else 0
    return value


def is_withheld(source: str, period: Period, watermark: Watermark) -> bool:
    """Whether every figure of a source would mislead, so that none has to be read."""
    names = [name for name, indicator in INDICATORS.items() if indicator.source == source]
    return all(value_of({}, period, "", name, watermark) in (NEEDS_FULL_YEAR, NO_YEAR_BEFORE) for name in names)


def _is_over(period: Period, watermark: Watermark) -> bool:
    return period.is_year and watermark.sealed_at is not None and business_day(watermark.sealed_at) >= period.past
