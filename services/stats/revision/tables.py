"""Revisions as tables of a file."""

from collections.abc import Iterator, Sequence

from services.stats.files import indicator_notes, place_notes
from services.stats.schemas.figures import MissingValue
from services.stats.schemas.revisions import RevisionsOut
from services.stats.tabular import Cell, Column, Table
from services.stats.tabular.table import TEXT


def revisions_tables(revisions: RevisionsOut) -> Sequence[Table]:
    """The movements, a row a part; and the figure at each release."""
    notes = [*place_notes(revisions), *indicator_notes(revisions.indicator)]
    movements = (
        Column("from_release", "id", "起始发布", "Release it moved from"),
        Column("to_release", "id", "到达发布,空为现在", "Release it moved to; empty: to now"),
        Column("cause", TEXT, "原因", "Cause"),
        Column("cause_zh", TEXT, "原因(中文)", "Cause in Chinese"),
        Column("change", revisions.unit, "变化量;各原因之和即总变化", "Change; those of a movement sum to it"),
    )
    figures = (
        Column("release_id", "id", "发布编号,空为现在", "Release; empty: now"),
        Column("stage", TEXT, "阶段", "Stage"),
        Column("status", TEXT, "状态", "Status"),
        Column("published_at", TEXT, "公布时间", "When it was published"),
        Column("position", "position", "台账位置", "Position of the ledger"),
        Column("value", revisions.unit, "数值", "Value"),
        Column("reason", TEXT, "无数值的原因", "Why there is no value"),
    )
    name = f"revisions-{revisions.indicator.replace('.', '-')}-{revisions.region.code}"
    title = f"{revisions.region.name} {revisions.period.label} {revisions.indicator}"
    return [
        Table(name, f"{title} 修订 / Revisions", movements, list(_movement_rows(revisions)), notes),
        Table("figures", f"{title} 各次发布 / By release", figures, list(_figure_rows(revisions)), notes),
    ]


def _movement_rows(revisions: RevisionsOut) -> Iterator[tuple[Cell, ...]]:
    for movement in revisions.movements:
        ends = (movement.from_release, movement.to_release)
        for part in movement.parts or ():
            yield (*ends, part.cause, part.cause_zh, part.change)
        if movement.parts is None:
            yield (*ends, "not_divided", "不分原因", movement.change)


def _figure_rows(revisions: RevisionsOut) -> Iterator[tuple[Cell, ...]]:
    for one in revisions.figures:
        reason = one.value.reason if isinstance(one.value, MissingValue) else None
        yield (
            one.release_id,
            one.stage,
            one.status,
            None if one.published_at is None else one.published_at.isoformat(),
            one.watermark.position,
            None if isinstance(one.value, MissingValue) else one.value,
            reason,
        )
