"""Figures as of any position are what they were when the feed ended there."""

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.stats.as_of import as_of_position
from services.stats.cube import blocks
from services.stats.cube.recomputing import recompute_incomes
from services.stats.cube.replay import replay_ways
from services.stats.figures import SOURCES
from services.stats.period import parse_period
from services.stats.question import By, Question, Region
from services.stats.verify import checks
from tests.integration.stats.conftest import Api, Undone
from tests.integration.stats.history import History
from tests.integration.stats.registry import sealed_at
from tests.integration.stats.story import tell
from tests.integration.stats.test_cube import events, happen, set_the_scene

PROVINCE = Region("520000000000", "", "province")
PERIODS = [parse_period(text) for text in ("2019", "2020", "2019-12", "2020-01-01..2020-01-02", "2019-12-31")]


async def every_figure(connection: AsyncConnection, **asked: Any) -> dict[str, Any]:
    """All figures of the province, whole and by village, without noughts."""
    found: dict[Any, Any] = {}
    for by, level in ((None, ""), (By.REGION, "village"), (By.REGION, "county")):
        question = Question(PROVINCE, PERIODS, by=by, level=level, **asked)
        for source, read in SOURCES.items():
            if source != "codes":
                for key, values in (await read(connection, question)).items():
                    found |= {(source, level, *key, name): value for name, value in values.items() if value}
    return found


async def ways_at(connection: AsyncConnection, position: int, now: int) -> dict[Any, tuple[int, ...]]:
    """Incomes by year, way and category: as they stand, less what was moved since a position."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for *key, contract, imputed, paid in (await connection.execute(text("SELECT * FROM stats.household_years"))).all():
        found[tuple(key)] = [contract, imputed, paid]
    for came, moved in (await replay_ways(connection, position, now)).items():
        sums = found.setdefault(came, [0, 0, 0])
        for place, basis in enumerate(("contract", "imputed", "paid")):
            sums[place] -= moved.get(basis, 0)
    return {key: tuple(sums) for key, sums in found.items() if any(sums)}


@given(st.lists(events, min_size=4, max_size=16), st.lists(st.integers(0, 100), min_size=1, max_size=5), st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_figure_as_of_a_position_is_what_it_was_then(
    undone: Undone, happened: list[tuple[Any, ...]], cuts: list[int], data: st.DataObject
) -> None:
    """The cube of a whole history, asked as of a position in it, answers what the cube did that ended there."""

    async def story(connection: AsyncConnection) -> None:
        history = History(connection)
        await set_the_scene(history)
        for event in happened:
            await happen(history, event)
        await history.settle()
        position = data.draw(st.integers(0, history.sales_position))
        registry = history.codes_position
        await history.fold([position])
        # What the cube knew when it had come to the position.
        whole = await connection.begin_nested()
        await history.forget()
        await history.fold(upto=position)
        then = await every_figure(connection)
        recomputed = await recompute_incomes(connection, position)
        incomes = sum(sum(fen) for fen in recomputed.households.values())
        await whole.rollback()
        await history.forget()
        await history.fold([cut * history.sales_position // 100 for cut in cuts])
        assert await ways_at(connection, position, history.sales_position) == {
            key: tuple(fen) for key, fen in recomputed.years.items() if any(fen)
        }
        as_of = await as_of_position(connection, position, registry)
        assert await every_figure(connection, as_of=as_of) == then
        figures = await SOURCES["income"](connection, Question(PROVINCE, [parse_period("2019..2020")], as_of=as_of))
        assert sum(values["income"] for values in figures.values()) == incomes  # type: ignore[misc]

    with patch.object(blocks, "MAX_ENTRIES", 3):
        undone(story)


async def test_verify_notices_what_stands_in_the_wrong_block(connection: AsyncConnection) -> None:
    """The sum of all blocks is right, but as of an earlier position it would not be."""
    history = History(connection)
    await tell(history)
    with patch.object(blocks, "MAX_ENTRIES", 1):
        await history.fold()
    assert {check.name for check in await checks(connection) if check.differences} == set()
    await connection.execute(text("UPDATE stats.household_days SET block = block + 1000"))
    wrong = {check.name for check in await checks(connection) if check.differences}
    assert wrong == {"stats.household_days by block = recompute at a block's end"}


async def test_a_summary_as_of_a_moment_knows_nothing_later(api: Api) -> None:
    """Before the refund of March was recorded, February had none, and income was the more; the watermark says when."""
    now = (await api.get("summary", region=PROVINCE.code, period="2020-02")).json()
    moment = sealed_at(13 + 5).isoformat()
    then = (await api.get("summary", region=PROVINCE.code, period="2020-02", as_of=moment)).json()
    assert (then["watermark"]["position"], then["watermark"]["registry_position"]) == (5, 13)
    assert then["watermark"]["sealed_at"] < now["watermark"]["sealed_at"]
    for name, value_now, value_then in (
        ("refunds", "10.00", "0.00"),
        ("sales_net", "355.00", "365.00"),
        ("orders", 3, 3),
    ):
        assert (now["indicators"][name], then["indicators"][name]) == (value_now, value_then)
    assert (now["indicators"]["income"]["contract"], then["indicators"]["income"]["contract"]) == ("25.00", "30.00")
    assert then["indicators"]["quality"]["sales_without_ratio"] == "5.00"
    assert then["indicators"]["quality"]["platforms"] == ["jd", "tmall"]
    assert then["indicators"]["quality"]["parked_amount"] == {"value": None, "reason": "not_kept"}
    nothing = (await api.get("summary", region=PROVINCE.code, period="2020-02", as_of="2019-01-01T00:00:00Z")).json()
    assert (nothing["watermark"]["position"], nothing["indicators"]["sales_gross"]) == (0, "0.00")


@pytest.mark.parametrize(
    ("as_of", "status", "code"),
    [
        ("2199-01-01T00:00:00Z", 422, "invalid_moment"),
        ("2999-01-01T00:00:00Z", 422, "invalid_input"),
        ("2020-01-01T00:00:00", 422, "invalid_input"),
        ("2026-01-01T01:00:00Z", 200, None),
    ],
)
async def test_a_moment_has_passed_and_names_its_offset(api: Api, as_of: str, status: int, code: str | None) -> None:
    """What is still to come, or may be one of several moments, is refused."""
    answer = await api.get("summary", region=PROVINCE.code, period="2020-02", as_of=as_of)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_what_is_sealed_but_not_counted_is_said_to_be_so(api: Api, engine: AsyncEngine) -> None:
    """While the cube is behind the moment, the answer is to ask again, not a figure that will change."""
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE stats.cursors SET position = position - 1 WHERE consumer = 'registry'"))
    answer = await api.get("series", region=PROVINCE.code, indicator="orders", from_="2020", to="2020",
                           as_of="2026-01-01T01:00:00Z")  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (503, "not_yet_counted")
    assert answer.headers["Retry-After"] == "1"
