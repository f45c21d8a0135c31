"""The use case: the uplift of a division and year, all of it in the snapshot that it is given."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.clock import business_day, start_of_day
from services.kit.money import round_ratio
from services.stats.assurance import CONFIRMERS, read_confirmed
from services.stats.audit.auditing import estimate_out
from services.stats.audit.reading import read_estimate
from services.stats.figures import NEEDS_FULL_YEAR, NO_YEAR_BEFORE, ZERO_DENOMINATOR, rate
from services.stats.indicators import Missing, Value
from services.stats.period import Period
from services.stats.queries import context
from services.stats.queries import uplift as queries
from services.stats.question import Region
from services.stats.regions import find_region
from services.stats.schemas.figures import RegionOut, single_value
from services.stats.schemas.uplift import PartOut, UpliftOut
from services.stats.service import period_out, watermark_out
from services.stats.uplift.bands import INCOME_BANDS
from services.stats.uplift.comparing import contrast, read_rows
from services.stats.uplift.dictionary import ROWS, SINGLE, WAYS, Definition
from services.stats.uplift.lines import PovertyLine, lines_of_province
from services.stats.uplift.measures import PERCENTS, gini
from services.stats.uplift.recording_lines import line_out, read_lines
from services.stats.uplift.then import Then, read_then
from services.stats.watermark import read_watermark

Found = Mapping[str, Any]
"""What ``queries.FIGURES`` answers."""

_YEARLY = {"per_head", "uplift_rate", "line_gap", "gini"}
"""Parts that would mislead before the year is over."""


async def report_uplift(
    connection: AsyncConnection, caller: Caller, region: str, year: int, moment: datetime | None = None
) -> UpliftOut:
    """The uplift, as it is or as it was known at a moment. What would mislead before the year is over is null with the
    reason ``needs_full_year``.
    """
    period = Period(str(year), date(year, 1, 1), date(year + 1, 1, 1))
    place = await find_region(connection, caller, region, period.last_day)
    await connection.execute(queries.BE_READY, place.bounds())
    then = await read_then(connection, moment) if moment else None
    watermark = await read_watermark(connection, then.as_of if then else None)
    lines = lines_of_province(await read_lines(connection, moment), f"{place.root[:2]}0000000000")
    found = await _read(connection, place, period, lines, then)
    confirmed = await read_confirmed(connection, place, period, then.as_of if then else None)
    audited = await read_estimate(connection, place, period, moment)
    rows = (await connection.execute(context.CATEGORY_NAMES)).all()
    names = {"": "付款 / Payments", **{row.key: f"{row.name} / {row.name_en}" for row in rows}}
    is_over = watermark.sealed_at is not None and business_day(watermark.sealed_at) >= period.past
    compared = await read_rows(connection, place, period, then) if is_over else None
    figures = _figures(found, confirmed, lines.get(year))
    if not is_over:
        figures |= {part: dict.fromkeys(figures[part], NEEDS_FULL_YEAR) for part in _YEARLY}
    for name in ("households_with_increase", "people_with_increase"):
        if not is_over:
            figures["reach"][name] = NEEDS_FULL_YEAR
        elif not (watermark.first_month and watermark.first_month <= period.year_before().first):
            figures["reach"][name] = NO_YEAR_BEFORE
    return UpliftOut(
        region=RegionOut(code=place.code, name=place.name, level=place.level),
        period=period_out(period),
        watermark=watermark_out(watermark),
        figures={part: written(figures[part], known) for part, known in SINGLE.items()},
        bands=_bands(found["bands"] or ()),
        ways=[_part(row, ROWS["ways"], " / ".join(WAYS[row["key"]])) for row in found["ways"] or ()],
        categories=[
            _part(row, ROWS["categories"], names.get(row["key"], row["key"])) for row in found["categories"] or ()
        ],
        comparison=await contrast(compared),
        audit=estimate_out(audited),
        poverty_lines=[line_out(line) for line in lines.values() if line.year <= year],
    )


async def _read(
    connection: AsyncConnection,
    place: Region,
    period: Period,
    lines: Mapping[int, PovertyLine],
    then: Then | None,
) -> Found:
    line = lines.get(period.first.year)
    parameters = {
        **place_and_year(place, period),
        "end": start_of_day(period.past),
        "line": line.per_head_fen if line else None,
        "line_years": list(lines),
        "line_fen": [known.per_head_fen for known in lines.values()],
        "percents": list(PERCENTS),
        **(then.parameters if then else {}),
    }
    statement = queries.figures(as_of=then is not None, whole=place.level == "province")
    answer: Found = json.loads((await connection.scalar(statement, parameters)) or "{}")
    return answer


def place_and_year(place: Region, period: Period) -> dict[str, Any]:
    """A division and year as statements take them."""
    return {
        **place.bounds(),
        "year": period.first.year,
        "first": period.first,
        "past": period.past,
    }


def _figures(found: Found, confirmed: Mapping[str, int], line: PovertyLine | None) -> dict[str, dict[str, Value]]:
    reach, spread = found["reach"], found["gini"]
    quantiles = {row["percent"]: round_ratio(row["income_fen"], row["persons"]) for row in found["quantiles"] or ()}
    quantile = {percent: quantiles.get(percent, ZERO_DENOMINATOR) for percent in PERCENTS}
    names = {"households_with_baseline", "households_without_baseline"}
    known = {who: confirmed.get(who, 0) for who in CONFIRMERS}
    people, line_fen = reach["people_reached"], line.per_head_fen if line else Missing("no_line")
    gap: dict[str, Value] = {
        "households_below_line": reach["households_below_line"],
        "households_closed": reach["households_gap_closed"] if line else Missing("no_line"),
        "people_closed": reach["people_gap_closed"] if line else Missing("no_line"),
        "households_without_line": reach["households_without_line"],
        "registry_exits": reach["households_out_of_poverty"],
        "people_of_registry_exits": reach["people_out_of_poverty"],
        "households_in_both": reach["households_both"] if line else Missing("no_line"),
    }
    return {
        "reach": {definition.name: reach[definition.name] for definition in SINGLE["reach"]},
        "income": {
            **_bases(reach),
            **{f"confirmed_by_{who}": fen for who, fen in known.items()},
            "confirmed_by_nobody": reach["income_fen"] - sum(known.values()),
        },
        "per_head": {
            "mean": round_ratio(reach["income_fen"], people) if people else ZERO_DENOMINATOR,
            "median": quantile[50],
            "quartile_1": quantile[25],
            "quartile_3": quantile[75],
            **{f"decile_{tenth}": quantile[10 * tenth] for tenth in range(1, 10)},
        },
        "uplift_rate": {
            "ratio_of_sums": rate(reach["income_with_baseline_fen"], reach["baseline_fen"]),
            "mean_of_rates": ZERO_DENOMINATOR if reach["mean_rate_bp"] is None else int(reach["mean_rate_bp"]),
            **{name: reach[name] for name in names},
        },
        "line_gap": {"line": line_fen, **gap},
        "gini": {
            "before": gini(int(spread["before_moment"]), int(spread["before_fen"]), spread["people"]),
            "after": gini(int(spread["after_moment"]), int(spread["after_fen"]), spread["people"]),
            "households": spread["households"],
            "people": spread["people"],
        },
    }


def _bases(row: Found) -> dict[str, Value]:
    parts = {f"income_{basis}": row[f"{basis}_fen"] for basis in ("paid", "contract", "imputed")}
    return {"income": sum(parts.values()), **parts}


def written(values: Mapping[str, Value], definitions: Sequence[Definition]) -> dict[str, Any]:
    """Values as they stand in an answer, in the order of their definitions."""
    return {known.name: single_value(values[known.name], known.unit) for known in definitions}


def _part(row: Found, definitions: Sequence[Definition], name: str) -> PartOut:
    values = {"households": row["households"], **_bases(row)}
    return PartOut(key=row["key"], name=name, values=written(values, definitions))


def _bands(rows: Sequence[Found]) -> list[PartOut]:
    """Every band, also an empty one."""
    found = {row["band"]: row for row in rows}
    parts = []
    for place, band in enumerate(INCOME_BANDS):
        row = found.get(place, {"households": 0, "people": 0, "income_fen": 0})
        values = {"households": row["households"], "people": row["people"], "income": row["income_fen"]}
        name = f"{band.name} 元 / yuan"
        parts.append(PartOut(key=band.name, name=name, values=written(values, ROWS["bands"])))
    return parts
