"""An indicator broken down by the divisions below a region, by kind, platform or category, or to its cooperatives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats.errors import FilterNotOffered, NotInRelease
from services.stats.figures import value_of
from services.stats.indicators import BREAKDOWNS, Indicator, Missing, Value, written
from services.stats.queries import context, sales
from services.stats.question import LEVELS, By, Question
from services.stats.schemas.figures import DivisionOut, Row, value_and_reason
from services.stats.vintage import read_source
from services.stats.watermark import Watermark

KINDS = {"household": "农户", "cooperative": "合作社", "enterprise": "企业"}


class Breakdown(StrEnum):
    """What a breakdown may be by."""

    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    KIND = "kind"
    PLATFORM = "platform"
    CATEGORY = "category"
    COOPERATIVE = "cooperative"


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
    if by is Breakdown.COOPERATIVE:
        if question.release is not None:
            raise NotInRelease("发布不含各合作社的数字 / A release holds no figures of single cooperatives")
        rows = await _top_cooperatives(connection, question, indicator, limit)
        return Parts(total, None, len(rows), rows)
    dimension = By.REGION if by in LEVELS else By(by)
    parts = replace(question, by=dimension, level=str(by) if by in LEVELS else "")
    figures = await read_source(connection, indicator.source, parts)
    names = await _names(connection, question, by)
    keys = names.keys() | {key for _, key in figures} if dimension is By.REGION else {key for _, key in figures}
    values = {key: value_of(figures, period, key, indicator.name, watermark) for key in keys}
    ordered = sorted(values, key=lambda key: (_descending(values[key]), key))
    undivided = None
    if dimension is By.REGION and indicator.additive and not isinstance(total, Missing):
        undivided = total - sum(value for value in values.values() if not isinstance(value, Missing))
    rows = [_row(key, names.get(key), values[key], indicator, dimension) for key in ordered[:limit]]
    return Parts(total, undivided, len(ordered), rows)


def _check(indicator: Indicator, question: Question, by: Breakdown) -> None:
    if by in LEVELS:
        offered = LEVELS.index(by) > LEVELS.index(question.region.level)
    elif by is Breakdown.COOPERATIVE:
        offered = indicator.name == "sales_net" and not question.filters.in_use()
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
        return {row.code: row.name for row in (await connection.execute(context.DIVISIONS, bounds)).all()}
    if by is Breakdown.CATEGORY:
        return {row.key: row.name for row in (await connection.execute(context.CATEGORY_NAMES)).all()}
    return KINDS if by is Breakdown.KIND else {}


def _row(key: str, name: str | None, value: Value, indicator: Indicator, dimension: By) -> Row:
    shown = value_and_reason(value, indicator.unit)
    region = DivisionOut(code=key, name=name or key) if dimension is By.REGION else None
    return Row(key=key, name=name, region=region, value=shown.value, reason=shown.reason)


async def _top_cooperatives(
    connection: AsyncConnection, question: Question, indicator: Indicator, limit: int
) -> list[Row]:
    parameters = question.place() | question.spans() | {"limit": limit}
    rows = (await connection.execute(sales.TOP_COOPERATIVES, parameters)).all()
    return [
        Row(key=row.code or str(row.subject_id), name=None, value=written(row.net_fen, indicator.unit)) for row in rows
    ]
