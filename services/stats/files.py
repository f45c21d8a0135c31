"""Summary, series and breakdown as tables of files."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from services.stats.dictionary import NAMES, REASONS
from services.stats.indicators import INDICATORS, QUALITY
from services.stats.schemas.base import WatermarkOut
from services.stats.schemas.figures import BreakdownOut, MissingValue, SeriesOut, SummaryOut
from services.stats.schemas.revisions import RevisionsOut
from services.stats.tabular import Cell, Column, Table
from services.stats.tabular.table import TEXT

_VALUE = Column("value", "number", "数值", "The value, in the unit beside it; empty where there is none")
_REASON = Column("reason", TEXT, "无数值的原因", "Why there is no value; see GET /v1/stats/indicators")
_UNIT = Column("unit", TEXT, "单位:yuan 元、count 个数、rate 比率", "yuan, count or rate (0.1234 is 12.34 %)")


def summary_table(summary: SummaryOut) -> Table:
    """A row an indicator and member of the quality block."""
    columns = (
        Column("indicator", TEXT, "指标", "Indicator"),
        Column("name_zh", TEXT, "中文名", "Name in Chinese"),
        _VALUE,
        _UNIT,
        _REASON,
        Column("definition_zh", TEXT, "定义", "Definition in Chinese"),
        Column("definition_en", TEXT, "英文定义", "Definition in English"),
    )
    rows = list(_summary_rows(summary))
    notes = [*place_notes(summary), ("period.first_day", summary.period.first_day.isoformat()),
             ("period.last_day", summary.period.last_day.isoformat())]  # fmt: skip
    platforms = _block(summary, "quality").get("platforms", [])
    notes.append(("quality.platforms", " ".join(platforms)))
    name = f"summary-{summary.region.code}-{_in_name(summary.period.label)}"
    return Table(name, f"{summary.region.name} {summary.period.label} 统计摘要 / Summary", columns, rows, notes)


def _summary_rows(summary: SummaryOut) -> Iterator[tuple[Cell, ...]]:
    for known in INDICATORS.values():
        whole, _, part = known.name.partition(".")
        found: Any = summary.indicators[whole]
        if whole == "units":
            if isinstance(found, dict):
                for unit, quantity in found.items():
                    value, reason = _value_and_reason(quantity)
                    yield (f"units.{unit}", NAMES[whole][0], value, unit, reason, known.zh, known.en)
            continue
        if isinstance(found, dict):
            found = found[part or "total"]
        value, reason = _value_and_reason(found)
        yield (known.name, NAMES[known.name][0], value, str(known.unit), reason, known.zh, known.en)
    block = _block(summary, "quality")
    for name, (unit, zh, en) in QUALITY.items():
        if name in block:
            value, reason = _value_and_reason(block[name])
            yield (f"quality.{name}", zh, value, str(unit), reason, zh, en)


def _block(summary: SummaryOut, name: str) -> Mapping[str, Any]:
    block = summary.indicators.get(name, {})
    return block if isinstance(block, dict) else {}


def _value_and_reason(found: Any) -> tuple[Cell, Cell]:
    if isinstance(found, MissingValue):
        return None, found.reason
    return found, None


def series_table(series: SeriesOut) -> Table:
    """A row a period."""
    columns = (
        Column("period", TEXT, "期间", "Period"),
        Column("value", series.unit, *_definition(series.indicator)),
        _REASON,
    )
    rows = [(point.period, point.value, point.reason) for point in series.points]
    notes = [*place_notes(series), *indicator_notes(series.indicator), ("freq", series.freq)]
    span = f"{_in_name(series.points[0].period)}-{_in_name(series.points[-1].period)}" if series.points else "none"
    name = f"series-{_in_name(series.indicator)}-{series.region.code}-{span}"
    return Table(name, f"{series.region.name} {NAMES[series.indicator][0]} / Series", columns, rows, notes)


def breakdown_table(breakdown: BreakdownOut) -> Table:
    """A row a part. The whole, and what belongs to no part, stand in the notes: a column must be safe to add up."""
    columns = (
        Column("key", TEXT, "编码或键值", "Division code, kind, platform, category, or a cooperative's code"),
        Column("name", TEXT, "名称", "Name"),
        Column("value", breakdown.unit, *_definition(breakdown.indicator)),
        _REASON,
    )
    rows = [(row.key, row.name, row.value, row.reason) for row in breakdown.rows]
    notes = [
        *place_notes(breakdown),
        *indicator_notes(breakdown.indicator),
        ("period.first_day", breakdown.period.first_day.isoformat()),
        ("period.last_day", breakdown.period.last_day.isoformat()),
        ("by", breakdown.by),
        ("total", _text(breakdown.total)),
        ("undivided", "" if breakdown.undivided is None else _text(breakdown.undivided)),
        ("row_count", str(breakdown.row_count)),
    ]
    label = _in_name(breakdown.period.label)
    name = f"breakdown-{_in_name(breakdown.indicator)}-by-{breakdown.by}-{breakdown.region.code}-{label}"
    title = f"{breakdown.region.name} {breakdown.period.label} {NAMES[breakdown.indicator][0]} / By {breakdown.by}"
    return Table(name, title, columns, rows, notes)


def _definition(indicator: str) -> tuple[str, str]:
    return INDICATORS[indicator].zh, INDICATORS[indicator].en


def indicator_notes(name: str) -> list[tuple[str, str]]:
    """What an indicator is, as notes."""
    known = INDICATORS[name]
    return [("indicator", name), ("unit", str(known.unit)), ("definition_zh", known.zh), ("definition_en", known.en),
            ("formula_zh", NAMES[name][2]), ("formula_en", known.formula)]  # fmt: skip


def place_notes(answer: SummaryOut | SeriesOut | BreakdownOut | RevisionsOut) -> list[tuple[str, str]]:
    """Region, filters, release, what a table was read from, and the legend, as notes."""
    filters = [(f"filter.{name}", value) for name, value in answer.filters.items()]
    release = None if isinstance(answer, RevisionsOut) else answer.release
    return [
        ("region.code", answer.region.code),
        ("region.name", answer.region.name),
        *filters,
        *_notes_of("release", release),
        *watermark_notes(answer.watermark),
        *(("legend." + reason, f"{zh} / {en}") for reason, (zh, en) in REASONS.items()),
    ]


def watermark_notes(watermark: WatermarkOut) -> list[tuple[str, str]]:
    """What a table was read from, as notes."""
    return _notes_of("watermark", watermark)


def _notes_of(name: str, facts: BaseModel | None) -> list[tuple[str, str]]:
    if facts is None:
        return []
    return [
        (f"{name}.{fact}", "" if value is None else str(value)) for fact, value in facts.model_dump(mode="json").items()
    ]


def _text(value: Any) -> str:
    return value.reason if isinstance(value, MissingValue) else str(value)


def _in_name(text: str) -> str:
    return text.replace("..", "-to-").replace(".", "-")
