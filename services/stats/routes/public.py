"""The figures of a release that everybody may read: protected tables, with the legend of their statuses."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from services.stats.errors import NotInRelease
from services.stats.question import Filters
from services.stats.release.public import PublicTable, Wanted, read_public_table
from services.stats.routes.parameters import Reader, Stored
from services.stats.schemas.figures import DivisionOut
from services.stats.schemas.public import LEGEND, PublicFigureOut, PublicTableOut
from services.stats.service import period_out, region_out
from services.stats.tabular import FILES, Answering, Column, Table, WantedFormat
from services.stats.tabular.table import TEXT

router = APIRouter()

_FILTERS = tuple(field.name for field in fields(Filters))

Level = Literal["province", "prefecture", "county", "township", "village", "reporting_unit"]


@router.get("/releases/{release_id}/figures", response_model=PublicTableOut, responses=FILES)
async def get_public_figures(
    *,
    request: Request,
    caller: Reader,
    database: Stored,
    form: WantedFormat,
    release_id: Annotated[int, Path(ge=1, le=2**62)],
    region: Annotated[
        str | None, Query(pattern="^[0-9]{12}$", description="The release's own, if none is named.")
    ] = None,
    period: Annotated[str | None, Query(max_length=24, description="One that the release holds; its own.")] = None,
    level: Annotated[
        Level | None,
        Query(description="Whose divisions; the region's own level. reporting_unit: the units of a province."),
    ] = None,
    by: Annotated[Literal["kind", "platform", "category"] | None, Query(description="Sales by a dimension.")] = None,
) -> Response:
    """Protected figures of a release. What would tell too much of a household, an enterprise, a shop or a platform is
    null, with a status; so is what that could be computed from. Decided once for a release, whatever is asked.
    """
    narrowed = [name for name in _FILTERS if name in request.query_params]
    if narrowed or len(request.query_params.getlist("by")) > 1:
        raise NotInRelease(
            "发布只含合计和按一个维度(by=)分组的表,不能再筛选 / A release holds whole figures and tables by one "
            f"dimension (by=), and nothing narrowed further: {', '.join(narrowed or ['by'])}"
        )
    found = await read_public_table(database, caller, release_id, Wanted(region, period, level, by or ""))
    answer = _out(found)
    answering = Answering(request, form, [answer.model_dump_json()])
    if answering.is_current:
        return answering.not_modified()
    return await answering.answer(answer, lambda: _table(found))


def _out(found: PublicTable) -> PublicTableOut:
    return PublicTableOut(
        release_id=found.release.release_id,
        digest=found.release.digest,
        region=region_out(found.region),
        period=period_out(found.period),
        level=found.level,
        by=found.dimension or None,
        rules=None if found.release.rules is None else dict(found.release.rules),
        legend=LEGEND,
        figures=[
            PublicFigureOut(
                region=DivisionOut(code=one.region, name=one.name),
                key=one.key or None,
                indicator=one.indicator,
                unit=one.unit,
                value=one.value,
                status=one.status,
            )
            for one in found.figures
        ],
    )


def _table(found: PublicTable) -> Table:
    columns = (
        Column("region", TEXT, "行政区划代码", "Division"),
        Column("region_name", TEXT, "行政区划", "Its name"),
        Column("key", TEXT, "分组", "Value of the dimension"),
        Column("indicator", TEXT, "指标", "Indicator"),
        Column("value", "number", "数值", "The value, in the unit beside it; empty where there is none"),
        Column("unit", TEXT, "单位:yuan 元、count 个数、rate 比率", "yuan, count or rate (0.1234 is 12.34 %)"),
        Column("status", TEXT, "无数值的原因", "Why there is no value; the legend stands in the notes"),
    )
    rows = [
        (one.region, one.name, one.key or None, one.indicator, one.value, str(one.unit), one.status)
        for one in found.figures
    ]
    notes = [
        ("release.id", str(found.release.release_id)),
        ("release.digest", found.release.digest or ""),
        ("period.label", found.period.label),
        *_rules_noted(found.release.rules or {}),
        *((f"legend.{status}", meaning) for status, meaning in LEGEND.items()),
    ]
    name = f"release-{found.release.release_id}-{found.level}-{found.period.label.replace('..', '-to-')}"
    title = f"{found.region.name} {found.period.label} 已发布统计 / Published figures"
    return Table(name, title, columns, rows, notes)


def _rules_noted(rules: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rules of protection as notes of a file: ``rules.household.threshold`` is 5."""
    found = []
    for kind, asked in rules.items():
        each = asked if isinstance(asked, dict) else {"": asked}
        found += [(f"rules.{kind}.{name}".rstrip("."), str(number)) for name, number in each.items()]
    return found
