"""A year of the demo, made untidier by hand, worked out anew in DuckDB from what the house exports and publishes.

Every indicator that has one meaning is compared, at every level, for reporting units and by every dimension, for years,
quarters, months, weeks, days and other spans.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from rich.progress import Progress
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.cli.api import client_of
from services.demo.story import Stage, tell
from services.kit.embedded import EmbeddedPostgres
from services.kit.money import round_ratio
from services.stats.figures import SOURCES, value_of
from services.stats.indicators import Missing
from services.stats.period import parse_period
from services.stats.question import By, Filters, Question, Region
from services.stats.regions import read_units
from services.stats.uplift.lines import built_in_lines
from services.stats.watermark import Watermark, read_watermark
from tests.end_to_end.conftest import RunningHouse, one_process
from tests.end_to_end.year_in_duckdb import INCOME, LEVELS, SALES, UPLIFT, VIEWS, Year
from tests.folders import passing_folder

PROVINCE = Region("520000000000", "贵州省", "province")
PERIODS = [
    parse_period(text)
    for text in (
        "2019", "2019-Q1", "2019-Q4", *(f"2019-{month:02d}" for month in range(1, 13)), "2019-W20", "2019-06-18",
        "2019-01..2019-02", "2019-02-11..2019-05-07", "2020",
    )
]  # fmt: skip
DIMENSIONS = ("kind", "platform", "category", "station", "buyer_province", "trade")
FAR_VILLAGE = "522701106001"
SETTLED_SECONDS = 60


@pytest.fixture(scope="module")
def running_house() -> Iterator[RunningHouse]:
    """A house of this file's own: the figures are of all that is in it."""
    with passing_folder() as above, one_process(above / "var") as house:
        yield house


@pytest.fixture(scope="module")
def year(running_house: RunningHouse) -> Iterator[Year]:
    """The year in DuckDB, once the house has settled all of it."""
    _tell(running_house)
    with running_house.client("officer") as officer, running_house.client("bureau") as bureau:
        asyncio.run(_disturb(running_house, officer))
        asyncio.run(_wait_until_settled(running_house))
        with tempfile.TemporaryDirectory() as folder:
            _export_ledger(bureau, asyncio.run(_export_views(running_house, Path(folder))), Path(folder))
            yield Year(Path(folder))


def _tell(house: RunningHouse) -> None:
    def open_client(credentials: dict[str, str]) -> AbstractContextManager[httpx.Client]:
        return client_of(house.base_url, credentials)

    with (
        house.client("admin") as admin,
        house.client("officer") as officer,
        house.client("station") as station,
        house.client("bureau") as bureau,
        Progress(disable=True) as progress,
    ):
        stage = Stage(admin, officer, station, bureau, open_client, house.data / "secrets", progress,
                      orders=400, households=40, cooperatives=4, enterprises=2)  # fmt: skip
        tell(stage, None)


async def _disturb(house: RunningHouse, officer: httpx.Client) -> None:
    """Corrections, moves, a division, links and a ratio that are known late."""
    connection = await asyncpg.connect(EmbeddedPostgres(house.data).dsn())
    try:
        lines = await connection.fetch("""
            SELECT order_no, platform, line_no FROM sales.lines
            WHERE attributed_code LIKE 'H%' AND NOT internal ORDER BY order_no, line_no LIMIT 6
        """)
        homes = await connection.fetch("""
            SELECT subject_id, code, persons
            FROM codes.directory AS entry JOIN codes.households AS home USING (subject_id)
            WHERE entry.superseded_in IS NULL AND home.superseded_in IS NULL AND home.persons >= 3
            ORDER BY subject_id LIMIT 5
        """)
        group = await connection.fetchval(
            """
            SELECT code FROM codes.directory AS entry WHERE kind = 'cooperative' AND NOT EXISTS (
                SELECT FROM codes.memberships AS link
                WHERE link.group_id = entry.subject_id AND link.member_id = $1
            ) ORDER BY subject_id LIMIT 1
        """,
            homes[0]["subject_id"],
        )
        category = await connection.fetchval(
            "SELECT category FROM sales.lines GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
    finally:
        await connection.close()
    codes = [str(home["code"]) for home in homes]
    wanted: Sequence[Mapping[str, Any]] = [
        {"action": "reassign", "code": group},
        {"action": "cancel"},
        {"action": "reassign", "codes": [{"code": codes[0], "weight": 2}, {"code": codes[1], "weight": 1}]},
        {"action": "reassign", "code": codes[2]},
    ]
    corrections = [
        {"correction_no": f"Y{number}", "reason": "年终核对", **dict(line), **asked}
        for number, (line, asked) in enumerate(zip(lines, wanted, strict=False))
    ]
    _post(officer, "/v1/corrections", {"corrections": corrections})
    _post(officer, f"/v1/subjects/{homes[3]['subject_id']}/move",
          {"on": "2019-05-10", "reason": "搬迁", "region": FAR_VILLAGE})  # fmt: skip
    head = {"name": "分户人", "id_card": "522701199001010016"}
    parts = [{"keeps_code": True, "persons": homes[4]["persons"] - 1}, {"persons": 1, "head": head}]
    _post(
        officer, f"/v1/subjects/{homes[4]['subject_id']}/split", {"on": "2019-08-01", "reason": "分户", "parts": parts}
    )
    _post(
        officer, "/v1/links", {"links": [{"member": codes[0], "group": group, "weight": 7, "valid_from": "2019-03-05"}]}
    )
    ratio = {"category": category, "region": "522700000000", "ratio_bp": 2750, "basis": "imputed",
             "valid_from": "2019-04-01", "source": "补充调查"}  # fmt: skip
    _post(officer, "/v1/income-ratios", ratio)


def _post(client: httpx.Client, path: str, body: Mapping[str, Any]) -> None:
    answer = client.post(path, json=body)
    assert answer.is_success, (path, answer.text)
    counts = answer.json().get("counts", {})
    if isinstance(counts, dict):  # a division answers with counts of persons
        assert not counts.get("rejected") and not counts.get("conflict"), answer.text  # noqa: PT018 - one answer


async def _wait_until_settled(house: RunningHouse) -> None:
    """Until every consumer has come to the end of its feed, twice in a row."""
    connection = await asyncpg.connect(EmbeddedPostgres(house.data).dsn())
    until, before = time.monotonic() + SETTLED_SECONDS, None
    try:
        while True:
            here = await connection.fetchrow("""
                SELECT (SELECT max(position) FROM sales.feed) AS sales, (SELECT max(position) FROM codes.feed) AS codes,
                       (SELECT position FROM stats.cursors WHERE consumer = 'cube') AS cube,
                       (SELECT position FROM stats.cursors WHERE consumer = 'registry') AS registry,
                       (SELECT min(position) FROM sales.cursors WHERE consumer LIKE '%.sales') AS of_sales,
                       (SELECT min(position) FROM sales.cursors WHERE consumer LIKE '%.codes') AS of_codes,
                       (SELECT count(*) FROM sales.unsealed) + (SELECT count(*) FROM codes.unsealed) AS unsealed
            """)
            assert here is not None
            is_there = (
                here["sales"] == here["cube"] == here["of_sales"]
                and here["codes"] == here["registry"] == here["of_codes"]
                and not here["unsealed"]
            )
            if is_there and here == before:
                return
            before = here
            assert time.monotonic() < until, dict(here)
            await asyncio.sleep(0.3)
    finally:
        await connection.close()


async def _export_views(house: RunningHouse, folder: Path) -> list[int]:
    """What the services publish to each other, as files; answers the batches that have entries in the ledger."""
    connection = await asyncpg.connect(EmbeddedPostgres(house.data).dsn())
    try:
        for view in VIEWS:
            await connection.copy_from_query(
                f"SELECT * FROM {view}",
                output=folder / f"{view.replace('.', '_')}.csv", format="csv", header=True, null="\\N",
            )  # fmt: skip
        rows = await connection.fetch("SELECT DISTINCT batch_id FROM sales.entries ORDER BY batch_id")
        return [int(row["batch_id"]) for row in rows]
    finally:
        await connection.close()


def _export_ledger(bureau: httpx.Client, batches: Sequence[int], folder: Path) -> None:
    """The ledger, batch by batch, by the public interface."""
    with (folder / "ledger.ndjson").open("wb") as ledger:
        for batch in batches:
            asked: dict[str, str | int] = {"batch_id": batch, "format": "ndjson"}
            ledger.write(bureau.get("/v1/ledger", params=asked).raise_for_status().content)


Found = dict[tuple[str, str], dict[str, Any]]


async def _read(connection: AsyncConnection, source: str, question: Question) -> Found:
    return dict(await SOURCES[source](connection, question))


def _same(found: Found, expected: Mapping[tuple[str, str], Mapping[str, int]], what: object) -> int:
    """Compare all that is expected; what is nought may be absent. Answers how many figures were compared."""
    compared = 0
    for key in found.keys() | expected.keys():
        for name, value in expected.get(key, {}).items():
            assert found.get(key, {}).get(name, 0) == value, (what, key, name)
            compared += 1
        if key not in expected:
            others = {name: value for name, value in found[key].items() if value and not isinstance(value, Missing)}
            assert not others, (what, key)
    return compared


def _run(house: RunningHouse, story: Any) -> None:
    async def run() -> None:
        url = make_url(EmbeddedPostgres(house.data).dsn()).set(drivername="postgresql+asyncpg")
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                await story(connection)
        finally:
            await engine.dispose()

    asyncio.run(run())


@pytest.fixture(scope="module")
def asked(year: Year) -> Year:
    """The same with the periods, and with what each place is part of."""
    year.ask([(one.label, one.first.isoformat(), one.past.isoformat(), one.is_year) for one in PERIODS])
    year.place_in_units()
    return year


_SOLD = "period JOIN held ON held.sale_day >= first AND held.sale_day < past"
_REFUNDED = """period JOIN (SELECT * FROM entry WHERE measure = 'refund') AS held
    ON held.event_day >= first AND held.event_day < past"""
_SELLERS = f"""(SELECT *, sum(gross - refund) OVER seller AS net FROM {_SOLD}
    WINDOW seller AS (PARTITION BY label, subject_id, {{key}})) AS held WHERE net > 0"""


def test_the_year_has_what_makes_it_hard(asked: Year) -> None:
    """Refunds, corrections, a move, a division, payments, groups in groups: the comparison is of these."""
    counts = asked.duck.execute("""
        SELECT (SELECT count(*) FROM held WHERE refund > 0), (SELECT count(*) FROM held WHERE gross = 0),
               (SELECT count(*) FROM codes_successions), (SELECT count(*) FROM sales_payments),
               (SELECT count(*) FROM from_enterprises WHERE member_kind = 'cooperative'),
               (SELECT count(*) FROM from_cooperatives), (SELECT count(*) FROM reach WHERE baseline > 0),
               (SELECT count(DISTINCT region) FROM reach)
    """).fetchone()
    assert counts is not None
    assert min(counts) > 0, counts


def test_sales_at_every_level_and_by_every_dimension(running_house: RunningHouse, asked: Year) -> None:
    """Gross, refunds, net, orders, lines, refunds by their day, and who sold."""

    async def story(connection: AsyncConnection) -> None:
        compared = 0
        for level, digits, above in LEVELS:
            question = Question(PROVINCE, PERIODS, by=By.REGION, level=level)
            key = f"rpad(left(held.region, {digits}), 12, '0')"
            here = f"substr(held.region, {above + 1}, {digits - above}) SIMILAR TO '.*[1-9].*'"
            compared += _compare(await _three(connection, question), asked, key, here)
        for dimension in DIMENSIONS:
            question = Question(PROVINCE, PERIODS, by=By(dimension))
            compared += _compare(await _three(connection, question), asked, f"held.{dimension}", "true")
            narrowed = replace(question, filters=Filters(kind="cooperative", platform=None))
            if dimension != "kind":
                here = "held.kind = 'cooperative'"
                compared += _compare(await _three(connection, narrowed), asked, f"held.{dimension}", here)
        assert compared > 5_000

    _run(running_house, story)


async def _three(connection: AsyncConnection, question: Question) -> list[Found]:
    return [await _read(connection, source, question) for source in ("sales", "refund_days", "sellers")]


def _compare(found: Sequence[Found], year: Year, key: str, here: str) -> int:
    sold, refunded, sellers = found
    compared = _same(sold, year.figures(SALES, f"{_SOLD} WHERE {here}", key), ("sales", key))
    refunds = year.figures("-sum(fen) AS refunds_by_refund_day", f"{_REFUNDED} WHERE {here}", key)
    compared += _same(refunded, refunds, ("refunds", key))
    who = "count(DISTINCT subject_id) AS codes_with_sales"
    rows = f"{_SELLERS.format(key=key)} AND {here}"
    return compared + _same(sellers, year.figures(who, rows, key), ("sellers", key))


def test_income_and_whom_it_reached_at_every_level(running_house: RunningHouse, asked: Year) -> None:
    """By basis and status, at the thresholds, against baselines and lines; and what had no ratio."""
    line = {one.year: one.per_head_fen for one in built_in_lines()}
    asked.duck.execute("CREATE TABLE line (year BIGINT, fen BIGINT)")
    asked.duck.executemany("INSERT INTO line VALUES (?, ?)", [list(pair) for pair in line.items()])
    closed = """reach JOIN line AS base ON base.year = reach.base_year JOIN line AS now ON now.year = year(past) - 1
        WHERE is_year AND per_head_fen < base.fen
          AND CAST(per_head_fen AS HUGEINT) * now.fen * persons + CAST(reach.fen AS HUGEINT) * base.fen
              >= CAST(base.fen AS HUGEINT) * now.fen * persons"""

    async def story(connection: AsyncConnection) -> None:
        watermark = await read_watermark(connection)
        for level, digits, above in LEVELS:
            question = Question(PROVINCE, PERIODS, by=By.REGION, level=level)
            key = f"rpad(left(region, {digits}), 12, '0')"
            here = f"substr(region, {above + 1}, {digits - above}) SIMILAR TO '.*[1-9].*'"
            compared = _same(await _read(connection, "income", question), asked.figures(INCOME, "reach", key), level)
            assert compared > 0
            _compare_uplift(await _read(connection, "uplift", question), asked.figures(UPLIFT, "reach", key), watermark)
            gaps = asked.figures("count(*) AS line_gap_closed", closed, key)
            _same(await _read(connection, "line_gap", question), gaps, level)
            unknown = f"period JOIN source ON sale_day >= first AND sale_day < past WHERE basis = 'unknown' AND {here}"
            without = asked.figures("sum(net) AS sales_without_ratio", unknown, key)
            _same(await _read(connection, "without_ratio", question), without, level)

    _run(running_house, story)


def _compare_uplift(found: Found, expected: Mapping[tuple[str, str], dict[str, int]], watermark: Watermark) -> None:
    for key, values in expected.items():
        assert found.get(key, {}).get("households_without_baseline", 0) == values["households_without_baseline"], key
        [period] = [one for one in PERIODS if one.label == key[0]]
        rate = value_of(found, period, key[1], "uplift_rate", watermark)
        if period.is_year and values["from_baseline"]:
            assert rate == round_ratio(values["gained"] * 10_000, values["from_baseline"]), key


def test_reporting_units_partition_it(running_house: RunningHouse, asked: Year) -> None:
    """Sales by the unit of each seat, income by that of each home; and the units of the plan are ten."""

    async def story(connection: AsyncConnection) -> None:
        units = await read_units(connection, date(2019, 12, 31))
        assert len(units) == 10
        sold = asked.figures(SALES, f"{_SOLD} JOIN unit_of ON unit_of.code = held.region", "unit_of.unit")
        reached = asked.figures(INCOME, "reach JOIN unit_of ON unit_of.code = reach.region", "unit_of.unit")
        for unit in units:
            question = Question(unit, PERIODS)
            for source, expected in (("sales", sold), ("income", reached)):
                mine = {(label, ""): values for (label, of), values in expected.items() if of == unit.code}
                _same(await _read(connection, source, question), mine, (source, unit.code))

    _run(running_house, story)


def test_quantities_and_codes_in_force(running_house: RunningHouse, asked: Year) -> None:
    """Quantities unit by unit, of lines that have something left; codes at the end of each period."""

    async def story(connection: AsyncConnection) -> None:
        by_unit = Question(PROVINCE, PERIODS, by=By.UNIT)
        lines = f"""(SELECT DISTINCT label, held.unit, order_no, platform, line_no, quantity_milli FROM {_SOLD}
            WHERE gross > refund) AS held"""
        units = asked.figures("sum(quantity_milli) AS units", lines, "held.unit")
        _same(await _read(connection, "units", by_unit), units, "units")
        for level, digits, above in LEVELS:
            in_force = f"""period JOIN codes_directory AS entry ON superseded_in IS NULL AND state = 'in_force'
                AND valid_from < CAST(past AS TIMESTAMPTZ)
                AND (valid_to IS NULL OR valid_to >= CAST(past AS TIMESTAMPTZ))
                WHERE substr(region, {above + 1}, {digits - above}) SIMILAR TO '.*[1-9].*'"""
            expected = asked.figures("count(DISTINCT code) AS codes_active", in_force,
                                     f"rpad(left(region, {digits}), 12, '0')")  # fmt: skip
            question = Question(PROVINCE, PERIODS, by=By.REGION, level=level)
            _same(await _read(connection, "codes", question), expected, level)

    _run(running_house, story)
