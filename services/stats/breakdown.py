"""An indicator broken down by the divisions below a region or its reporting units, by a dimension, or to its groups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.errors import FilterNotOffered, NotInRelease
from services.stats.figures import value_of
from services.stats.indicators import BREAKDOWNS, Indicator, Missing, Value, written
from services.stats.queries import context, sales
from services.stats.question import LEVELS, By, Question, Region
from services.stats.regions import read_units
from services.stats.schemas.figures import DivisionOut, Row
from services.stats.vintage import read_source
from services.stats.watermark import Watermark


class Breakdown(StrEnum):
    """What a breakdown may be by."""

    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    KIND = "kind"
    PLATFORM = "platform"
    CATEGORY = "category"
    STATION = "station"
    BUYER_PROVINCE = "buyer_province"
    TRADE = "trade"
    UNIT = "unit"
    REPORTING_UNIT = "reporting_unit"
    COOPERATIVE = "cooperative"
    ENTERPRISE = "enterprise"


GROUPS = (Breakdown.COOPERATIVE, Breakdown.ENTERPRISE)
TRADES = {"retail": "零售", "wholesale": "批发", "group": "团购", "downlink": "下行"}
KINDS = {"household": "农户", "cooperative": "合作社", "enterprise": "企业"}


@dataclass(frozen=True, slots=True)
class Parts:
    """The answer to a breakdown."""

    total: Value
    undivided: Value | None
    row_count: int
    rows: Sequence[Row]


async def break_down(
    connection: AsyncConnection,
    question: Question,
    indicator: Indicator,
    by: Breakdown,
    *,
    watermark: Watermark,
    limit: int,
) -> Parts:
    """The parts, largest first, then by key. Raises :class:`FilterNotOffered` where they make no sense."""
    [period] = question.periods
    _check(indicator, question, by)
    total = value_of(await read_source(connection, indicator.source, question), period, "", indicator.name, watermark)
    if by in GROUPS:
        if question.release is not None:
            raise NotInRelease("发布不含各合作社的数字 / A release holds no figures of single cooperatives")
        return await _top_groups(connection, question, indicator, by, limit=limit, total=total)
    if by is Breakdown.REPORTING_UNIT:
        return await _by_reporting_unit(connection, question, indicator, watermark=watermark, total=total)
    dimension = By.REGION if by in LEVELS else By(by)
    parts = replace(question, by=dimension, level=str(by) if by in LEVELS else "")
    figures = await read_source(connection, indicator.source, parts)
    names = await _names(connection, question, by)
    keys = names.keys() | {key for _, key in figures} if dimension is By.REGION else {key for _, key in figures}
    # Of whom no row speaks, the same is said: of most villages, where little was sold.
    nothing = value_of({}, period, "", indicator.name, watermark)
    values = dict.fromkeys(keys, nothing)
    values |= {key: value_of(figures, period, key, indicator.name, watermark) for _, key in figures}
    ordered = sorted(values)
    ordered.sort(key={key: _descending(value) for key, value in values.items()}.__getitem__)
    undivided = None
    if dimension is By.REGION and indicator.additive and not isinstance(total, Missing):
        undivided = total - sum(value for value in values.values() if not isinstance(value, Missing))
    rows = [_row(key, names.get(key), values[key], indicator, dimension) for key in ordered[:limit]]
    return Parts(total, undivided, len(ordered), rows)


def _check(indicator: Indicator, question: Question, by: Breakdown) -> None:
    if by in LEVELS:
        offered = LEVELS.index(by) > LEVELS.index(question.region.depth)
    elif by is Breakdown.REPORTING_UNIT:
        offered = question.region.level == "province"
    elif by in GROUPS:
        offered = indicator.name == "sales_net" and not question.filters.in_use() and question.as_of is None
    else:
        offered = by in BREAKDOWNS[indicator.source]
    if not offered:
        raise FilterNotOffered(
            f"{question.region.name}的指标 {indicator.name} 不支持按 {by} 分组 / "
            f"{indicator.name} of {question.region.name} cannot be broken down by {by}",
            indicator=indicator.name,
            offered=list(BREAKDOWNS[indicator.source]),
        )


def _descending(value: Value) -> tuple[bool, int]:
    return (True, 0) if isinstance(value, Missing) else (False, -value)


async def _names(connection: AsyncConnection, question: Question, by: Breakdown) -> dict[str, str]:
    if by in LEVELS:
        bounds = {"level": str(by), "lowest": question.region.lowest, "highest": question.region.highest}
        rows = (await connection.execute(context.DIVISIONS, bounds)).all()
        places = set(question.region.places)
        return {row.code: row.name for row in rows if not places or row.code in places}
    if by is Breakdown.CATEGORY:
        return {row.key: row.name for row in (await connection.execute(context.CATEGORY_NAMES)).all()}
    if by is Breakdown.STATION:
        return {row.key: row.name for row in (await connection.execute(context.STATION_NAMES)).all()}
    return KINDS if by is Breakdown.KIND else TRADES if by is Breakdown.TRADE else {}


def _row(key: str, name: str | None, value: Value, indicator: Indicator, dimension: By) -> Row:
    region = DivisionOut(code=key, name=name or key) if dimension is By.REGION else None
    if isinstance(value, Missing):
        return Row(key=key, name=name, region=region, value=None, reason=value.reason)
    return Row(key=key, name=name, region=region, value=written(value, indicator.unit))


async def _by_reporting_unit(
    connection: AsyncConnection, question: Question, indicator: Indicator, *, watermark: Watermark, total: Value
) -> Parts:
    """A question for each unit; together they are all that lies in a prefecture, each with what is its own."""
    [period] = question.periods
    values: dict[Region, Value] = {}
    for unit in await read_units(connection, period.last_day):
        figures = await read_source(connection, indicator.source, replace(question, region=unit))
        values[unit] = value_of(figures, period, "", indicator.name, watermark)
    ordered = sorted(values, key=lambda unit: (_descending(values[unit]), unit.code))
    undivided = None
    if indicator.additive and not isinstance(total, Missing):
        undivided = total - sum(value for value in values.values() if not isinstance(value, Missing))
    rows = [_row(unit.code, unit.name, values[unit], indicator, By.REGION) for unit in ordered]
    return Parts(total, undivided, len(rows), rows)


async def _top_groups(
    connection: AsyncConnection, question: Question, indicator: Indicator, by: Breakdown, *, limit: int, total: Value
) -> Parts:
    parameters = question.place() | question.spans() | {"limit": limit, "group_kind": str(by)}
    found = (await connection.execute(sales.TOP_GROUPS, parameters)).all()
    rows = [
        Row(key=row.code or str(row.subject_id), name=row.name, value=written(row.net_fen, indicator.unit))
        for row in found
    ]
    return Parts(total, None, found[0].sellers if found else 0, rows)
