"""The uplift as a table of a file: a row a figure, with what it is beside it."""

from collections.abc import Iterator, Mapping, Sequence

from services.stats.files import watermark_notes
from services.stats.schemas.figures import MissingValue, SingleValue
from services.stats.schemas.uplift import PartOut, UpliftOut
from services.stats.tabular import Cell, Column, Table
from services.stats.tabular.table import TEXT
from services.stats.uplift.dictionary import ROWS, SINGLE, Definition

_COLUMNS = (
    Column("part", TEXT, "部分", "Part"),
    Column("key", TEXT, "档、途径、品类或比较", "Band, way, category or comparison; empty for parts without"),
    Column("name", TEXT, "指标", "Figure"),
    Column("value", "number", "数值", "The value, in the unit beside it; empty where there is none"),
    Column("unit", TEXT, "单位:yuan 元、count 个数、rate 比率", "yuan, count or rate (0.1234 is 12.34 %)"),
    Column("reason", TEXT, "无数值的原因", "Why there is no value; see GET /v1/stats/indicators"),
    Column("definition_zh", TEXT, "定义", "Definition in Chinese"),
    Column("definition_en", TEXT, "英文定义", "Definition in English"),
)


def uplift_table(answer: UpliftOut) -> Table:
    """Every figure of the answer."""
    rows = [row for part, known in SINGLE.items() for row in _figures(part, "", answer.figures[part], known)]
    parts: Mapping[str, Sequence[PartOut]] = {
        "bands": answer.bands,
        "ways": answer.ways,
        "categories": answer.categories,
        "comparison": answer.comparison.rows,
    }
    for name, entries in parts.items():
        rows += [row for entry in entries for row in _figures(name, entry.key, entry.values, ROWS[name])]
    name = f"uplift-{answer.region.code}-{answer.period.label}"
    return Table(
        name, f"{answer.region.name} {answer.period.label} 增收 / Uplift", _COLUMNS, rows, list(_notes(answer))
    )


def _figures(
    part: str, key: str, values: Mapping[str, SingleValue], definitions: Sequence[Definition]
) -> Iterator[tuple[Cell, ...]]:
    for known in definitions:
        found = values[known.name]
        value, reason = (None, found.reason) if isinstance(found, MissingValue) else (found, None)
        yield (part, key, known.name, value, str(known.unit), reason, known.zh, known.en)


def _notes(answer: UpliftOut) -> Iterator[tuple[str, str]]:
    yield "region", f"{answer.region.code} {answer.region.name}"
    yield "period", answer.period.label
    yield from watermark_notes(answer.watermark)
    for number, limit in enumerate(answer.comparison.limits, 1):
        yield f"comparison.limit.{number}.zh", limit.zh
        yield f"comparison.limit.{number}.en", limit.en
    for point in answer.comparison.trend:
        yield f"comparison.trend.{point.year}", f"reached {point.reached}, comparison {point.comparison}"
    for name, value in answer.audit.model_dump().items():
        yield f"audit.{name}", "" if value is None else str(value)
    for line in answer.poverty_lines:
        yield f"poverty_line.{line.year}", f"{line.per_head} ({line.standing}, {line.status}): {line.source}"
