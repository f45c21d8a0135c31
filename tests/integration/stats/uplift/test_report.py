"""The uplift of a division and year, by hand and by a second path."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.feed import Window
from services.kit.money import format_yuan, round_ratio
from services.stats.cube.registry import fold_registry
from services.stats.indicators import format_rate
from services.stats.uplift.comparison import Difference, compare
from services.stats.uplift.dictionary import COMPARISONS, ROWS, SINGLE
from services.stats.uplift.lines import built_in_lines
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.registry import SEALED_AT, sealed_at
from tests.integration.stats.story import PROVINCE
from tests.integration.stats.uplift.world import BASES, WAYS, YEAR, Household, figures, make, villages_of, write
from tests.unit.stats.uplift.test_comparison import by_hand, grouped


async def uplift(api: Api, region: str, year: int) -> dict[str, Any]:
    """An answer."""
    response = await api.get("uplift", region=region, year=str(year))
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_the_story_by_hand(api: Api) -> None:
    """2020 of ``story.py``: households 1 to 4 have 43.33, 16.67, 19.60 and 19.60 yuan for 4, 3, 3 and 5 people."""
    answer = await uplift(api, PROVINCE, 2020)
    found = answer["figures"]
    assert found["income"]["income"] == "99.20"
    assert (found["reach"]["households_reached"], found["reach"]["people_reached"]) == (4, 15)
    # Per head 3.92, 5.56, 6.53, 10.83, for 5, 3, 3 and 4 people.
    assert [found["per_head"][name] for name in ("quartile_1", "median", "quartile_3")] == ["3.92", "5.56", "10.83"]
    # (43.33 + 19.60) ÷ (8,000 + 2,000), and the mean of 43.33 ÷ 8,000 and 19.60 ÷ 2,000.
    assert (found["uplift_rate"]["ratio_of_sums"], found["uplift_rate"]["mean_of_rates"]) == ("0.0063", "0.0076")
    assert {row["key"]: row["values"]["income"] for row in answer["ways"]} == {"own": "35.00", "cooperative": "64.20"}
    assert {row["key"]: row["values"]["income"] for row in answer["categories"]} == {"tea": "74.20", "chili": "25.00"}
    assert [row["values"]["people"] for row in answer["bands"]] == [15, 0, 0, 0, 0, 0]
    assert found["income"]["confirmed_by_nobody"] == "99.20"


async def test_the_answer_has_what_the_dictionary_defines(api: Api) -> None:
    """No figure without a definition, no definition without a figure."""
    answer = await uplift(api, PROVINCE, 2020)
    assert {part: list(values) for part, values in answer["figures"].items()} == {
        part: [known.name for known in figures] for part, figures in SINGLE.items()
    }
    for part in ("bands", "ways", "categories"):
        assert {tuple(row["values"]) for row in answer[part]} == {tuple(known.name for known in ROWS[part])}
    assert [row["key"] for row in answer["comparison"]["rows"]] == list(COMPARISONS)
    assert all(
        list(row["values"]) == [known.name for known in ROWS["comparison"]] for row in answer["comparison"]["rows"]
    )


async def test_sums_are_those_of_the_summary(api: Api) -> None:
    """What both answer, both answer alike."""
    found = (await uplift(api, PROVINCE, 2020))["figures"]
    known = (await api.get("summary", region=PROVINCE, period="2020")).json()["indicators"]
    assert found["income"]["income"] == known["income"]["total"]
    assert all(found["income"][f"income_{basis}"] == known["income"][basis] for basis in BASES)
    assert found["per_head"]["mean"] == known["income_per_capita"]
    assert found["uplift_rate"]["ratio_of_sums"] == known["uplift_rate"]
    assert found["uplift_rate"]["households_without_baseline"] == known["households_without_baseline"]
    assert found["reach"]["people_with_increase"] == known["people_with_increase"]
    for name in ("households_reached", "people_reached"):
        assert found["reach"][name] == known[name]


async def test_as_of_a_moment_nothing_later_is_in_it(api: Api) -> None:
    """Before the refund and the sales of March were recorded: 30.00 from cooperative 11 and 28.00 from 12."""
    response = await api.get("uplift", region=PROVINCE, year="2020", as_of=sealed_at(13 + 5).isoformat())
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["watermark"]["position"] == 5
    assert answer["figures"]["income"]["income"] == "93.00"
    assert {row["key"]: row["values"]["income"] for row in answer["ways"]} == {"own": "35.00", "cooperative": "58.00"}
    assert {row["key"]: row["values"]["income"] for row in answer["categories"]} == {"tea": "63.00", "chili": "30.00"}
    known = (await api.get("summary", region=PROVINCE, period="2020", as_of=sealed_at(13 + 5).isoformat())).json()
    assert known["indicators"]["income"]["total"] == "93.00"
    assert known["indicators"]["people_reached"] == answer["figures"]["reach"]["people_reached"]
    assert known["indicators"]["uplift_rate"] == answer["figures"]["uplift_rate"]["ratio_of_sums"]


async def test_the_answer_is_a_file_too(api: Api) -> None:
    """CSV has a row for every figure, with its definition."""
    answer = await uplift(api, PROVINCE, 2020)
    response = await api.get("uplift", region=PROVINCE, year="2020", format="csv")
    lines = [
        line
        for line in csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
        if line and not line[0].startswith("#")
    ]
    header, *rows = lines
    figures = {(row[0], row[1], row[2]): row[3] for row in rows}
    assert header[:4] == ["part", "key", "name", "value"]
    assert figures["per_head", "", "median"] == answer["figures"]["per_head"]["median"]
    assert figures["ways", "own", "income"] == "35.00"
    assert len(rows) == sum(map(len, answer["figures"].values())) + sum(
        len(row["values"])
        for part in (answer["bands"], answer["ways"], answer["categories"], answer["comparison"]["rows"])
        for row in part
    )


async def test_a_year_that_is_not_over_has_no_rates(api: Api, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE sales.sealed SET sealed_at = '2020-11-11T00:00:00Z'"))
    answer = await uplift(api, PROVINCE, 2020)
    waits = {"value": None, "reason": "needs_full_year"}
    assert answer["figures"]["per_head"]["median"] == waits
    assert answer["figures"]["reach"]["people_with_increase"] == waits
    assert answer["figures"]["income"]["income"] == "99.20"
    assert all(row["values"]["difference"] == waits for row in answer["comparison"]["rows"])


@pytest.fixture
async def world(engine: AsyncEngine, api: Api) -> list[Household]:  # noqa: ARG001 - the service is up
    """A random world of 700 households beside nothing else."""
    villages = villages_of(4)
    households = make(7, villages, 700)
    async with engine.begin() as connection:
        for table in ("codes.subject_versions", "codes.directory_entries", "codes.income_records", "codes.links"):
            await connection.execute(text(f"TRUNCATE {table}"))
        await connection.execute(text("TRUNCATE stats.household_years, stats.source_days, stats.homes, codes.regions"))
        history = History(connection, codes_position=1_000)
        await history.divisions(villages)
        await write(history, households)
        await fold_registry(connection, Window("codes", 1_000, history.codes_position, SEALED_AT))
    assert SEALED_AT.year > YEAR
    return households


async def test_every_figure_is_that_of_a_second_path(world: list[Household], api: Api) -> None:
    """Person by person in plain Python, for the province and for each of its counties with households."""
    lines = {line.year: line.per_head_fen for line in built_in_lines()}
    county = world[0].village[:6]
    for region, living in (
        (PROVINCE, world),
        (f"{county}000000", [one for one in world if one.village.startswith(county)]),
    ):
        answer, expected = await uplift(api, region, YEAR), figures(living, lines)
        found = answer["figures"]
        assert found["income"]["income"] == format_yuan(expected["income_fen"])
        for name in ("households_reached", "people_reached"):
            assert found["reach"][name] == expected[name]
        for name in ("households_below_line", "households_closed", "registry_exits", "households_in_both"):
            assert found["line_gap"][name] == expected[name]
        for name, percent in (("median", 50), ("quartile_1", 25), ("decile_9", 90), ("decile_1", 10)):
            value = expected["quantile"](percent)
            assert found["per_head"][name] == format_yuan(round_ratio(value.numerator, value.denominator))
        rate = round_ratio(expected["income_with_baseline_fen"] * 10_000, expected["baseline_fen"])
        assert found["uplift_rate"]["ratio_of_sums"] == format_rate(rate)
        assert found["uplift_rate"]["mean_of_rates"] == format_rate(expected["mean_rate_bp"])
        assert found["gini"]["before"] == format_rate(expected["gini_before"])
        assert found["gini"]["after"] == format_rate(expected["gini_after"])
        assert expected["households_closed"] > 0
        for part in ("ways", "categories"):
            assert sum(Decimal(row["values"]["income"]) for row in answer[part]) == Decimal(found["income"]["income"])
        for way in WAYS:
            of = {one.subject_id for one in living if one.has_by(way)}
            assert next(row for row in answer["ways"] if row["key"] == way)["values"]["households"] == len(of)


async def test_the_comparison_is_that_of_a_second_path(world: list[Household], api: Api) -> None:
    """Regressions on single households in plain numpy, from who is comparable by definition."""
    answer = await uplift(api, PROVINCE, YEAR)
    shown = {row["key"]: row["values"] for row in answer["comparison"]["rows"]}
    for name, after in (("all", YEAR), ("newly", YEAR), ("placebo", YEAR - 1)):
        people = _compared(world, after - 1, after, newly=name != "all")
        estimate, error = by_hand(people)
        assert shown[name]["difference"] == format_yuan(round(estimate))
        assert shown[name]["standard_error"] == format_yuan(round(error))
        found = compare(grouped(people)).found
        assert isinstance(found, Difference)
        assert shown[name]["households_comparison"] == found.households_comparison
    assert [row["year"] for row in answer["comparison"]["trend"]] == [YEAR - 2, YEAR - 1, YEAR]


def _compared(world: list[Household], before: int, after: int, *, newly: bool) -> list[tuple[str, int, bool, int]]:
    bounds = [200_000, 300_000, 400_000, 500_000, 700_000, 1_000_000]
    found = []
    for one in world:
        if not {before, after, YEAR} <= one.registered.keys():
            continue
        reached = one.income(YEAR) >= 100
        if reached and newly and one.first_year != YEAR:
            continue
        if not reached and (one.is_linked or any(one.income(year) for year in range(before, YEAR + 1))):
            continue
        band = sum(one.registered[before] >= bound for bound in bounds)
        found.append((one.village, band, reached, one.registered[after] - one.registered[before]))
    return found
