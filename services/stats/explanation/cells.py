"""The first step back: the cells of the cube that a figure sums."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from services.kit.auth import Caller
from services.kit.database import Database
from services.stats.errors import NotExplained, RegionNotAllowed
from services.stats.figures import SOURCES, value_of
from services.stats.indicators import Indicator, Value, written
from services.stats.period import Period
from services.stats.queries import explanation
from services.stats.question import Filters, Question
from services.stats.regions import find_region
from services.stats.schemas.explanation import CellOut, ExplanationOut
from services.stats.schemas.figures import single_value
from services.stats.service import check_filters, find_indicator, period_out, read_period, region_out, watermark_out
from services.stats.vintage import NOW, Vintage, read_position

_VALUES: dict[str, Callable[[Any], int]] = {
    "sales_gross": lambda row: row.gross_fen,
    "refunds": lambda row: row.refund_fen,
    "sales_net": lambda row: row.net_fen,
    "orders": lambda row: row.orders,
    "order_lines": lambda row: row.order_lines,
    "refunds_by_refund_day": lambda row: row.refund_fen,
}
"""What of a cell an indicator sums."""
_ELSEWHERE = {
    "income": "; /v1/stats/explain/income",
    "without_ratio": "; /v1/stats/explain/without-ratio",
    "line_gap": "; /v1/stats/explain/line-gap",
}
"""Where figures are explained that have no cells."""
_OVER_WHOLE_CELLS = frozenset({"orders", "order_lines"})
"""What is no sum of the cells of kinds and categories: a line that kinds of subjects share is in each of theirs."""


async def explain_figure(
    database: Database,
    caller: Caller,
    region: str,
    *,
    indicator: str,
    period: str,
    filters: Filters,
    vintage: Vintage = NOW,
) -> ExplanationOut:
    """The cells that sum to a figure. Raises :class:`NotExplained` for what is not a sum of cells."""
    known = find_indicator(indicator)
    filters = own_platform(caller, filters)
    check_filters(known, filters)
    if known.name not in _VALUES:
        raise NotExplained(
            f"{known.name} 的公式为 {known.formula},请解释其组成 / {known.name} is {known.formula}: explain its parts"
            + _ELSEWHERE.get(known.source, ""),
            explained=sorted(_VALUES),
        )
    asked = read_period(period)
    async with database.snapshot() as connection:
        place = await find_region(connection, caller, region, asked.last_day)
        present = Question(place, [asked], filters)
        if present.is_by_line:
            raise NotExplained(
                f"{place.name} 不是一棵区划树,或所用筛选没有单元;请看 /v1/stats/explain/lines / "
                f"{place.name} is no tree of divisions, or these filters have no cells: see /v1/stats/explain/lines",
                explained=sorted(_VALUES),
            )
        known_at = await read_position(connection, caller, vintage)
        question, watermark = replace(present, as_of=known_at.as_of), known_at.watermark
        figures = await SOURCES[known.source](connection, question)
        days = question.days()
        parameters = {
            **question.place(), **question.spans(), "whole": known.name in _OVER_WHOLE_CELLS,
            "day_firsts": days["firsts"], "day_pasts": days["pasts"], "upto": watermark.position,
        }  # fmt: skip
        by_refund_day, as_of = known.source == "refund_days", known_at.as_of is not None
        statement = explanation.cells(by_refund_day=by_refund_day, as_of=as_of)
        rows = (await connection.execute(statement, parameters)).all()
    return ExplanationOut(
        region=region_out(place),
        period=period_out(asked),
        indicator=known.name,
        unit=known.unit,
        formula=known.formula,
        filters=filters.in_use(),
        watermark=watermark_out(watermark),
        value=single_value(_value(figures, asked, known, watermark), known.unit),
        cells=list(_cells(rows, known, {"region": region, **vintage.parameters()})),
    )


def _value(figures: Any, period: Period, known: Indicator, watermark: Any) -> Value:
    return value_of(figures, period, "", known.name, watermark)


def _cells(rows: Iterable[Any], known: Indicator, asked: Mapping[str, str]) -> Iterable[CellOut]:
    for row in rows:
        value = _VALUES[known.name](row)
        if value:
            label = f"{row.period:%Y-%m}" if row.grain == "month" else row.period.isoformat()
            parts = {"kind": row.kind, "category": row.category, "platform": row.platform}
            narrowed = {name: part for name, part in parts.items() if part != "*"}
            days = {"days": "refund"} if known.source == "refund_days" else {}
            path = "/v1/stats/explain/lines?" + urlencode({**asked, "period": label, **narrowed, **days})
            yield CellOut(
                period=label,
                kind=narrowed.get("kind"),
                category=narrowed.get("category"),
                platform=row.platform,
                value=written(value, known.unit),
                lines=path,
            )


def own_platform(caller: Caller, filters: Filters) -> Filters:
    """The filters, for a platform's token narrowed to what is its own. Raises :class:`RegionNotAllowed` for others'."""
    if caller.platform is None:
        return filters
    if filters.platform not in {None, caller.platform}:
        raise RegionNotAllowed("只能查看本平台 / A platform sees its own part only")
    return replace(filters, platform=caller.platform)
