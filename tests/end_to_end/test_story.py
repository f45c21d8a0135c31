"""The story of ``make demo`` at a small size, and the real month: the same whether the house is one process or six.

What is expected is added up here from what was sent and how each line was answered, without any of the house's code
for adding up.
"""

import asyncio
import re
from collections import Counter
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from rich.progress import Progress

from services.cli.api import client_of
from services.demo.platforms import posts_of_all
from services.demo.story import Stage, Told, tell
from services.kit.embedded import EmbeddedPostgres
from tests.conftest import SHARED_DATA
from tests.end_to_end.conftest import RunningHouse, run_onecode

PROVINCE = "520000000000"
REPORT = SHARED_DATA / "tmall_order_report.csv"


def _tell(house: RunningHouse, report: Path | None = None) -> Told:
    def open_client(credentials: dict[str, str]) -> AbstractContextManager[httpx.Client]:
        return client_of(house.base_url, credentials)

    clients = house.credentials["clients"]
    with (
        client_of(house.base_url, clients["admin"]) as admin,
        client_of(house.base_url, clients["officer"]) as officer,
        client_of(house.base_url, clients["station"]) as station,
        client_of(house.base_url, clients["bureau"]) as bureau,
        Progress(disable=True) as progress,
    ):
        stage = Stage(
            admin=admin,
            officer=officer,
            station=station,
            bureau=bureau,
            open_client=open_client,
            secrets_dir=house.data / "secrets",
            progress=progress,
            orders=800,
            households=60,
            cooperatives=4,
            enterprises=1,
        )
        return tell(stage, report)


def _summary(house: RunningHouse, period: str, region: str = PROVINCE) -> dict[str, Any]:
    with house.client("bureau") as bureau:
        answer = bureau.get("/v1/stats/summary", params={"region": region, "period": period})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def _verified(house: RunningHouse) -> str:
    process = run_onecode("verify", "--data", str(house.data))
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said


def _ledger(house: RunningHouse) -> list[dict[str, Any]]:
    """The ledger of 2019, day by day, as an auditor would page through it."""
    entries: list[dict[str, Any]] = []
    with house.client("bureau") as bureau:
        for day in range(365):
            after: str | None = ""
            while after is not None:
                parameters: dict[str, str | int] = {"day": str(date(2019, 1, 1) + timedelta(day)), "limit": 1000}
                if after:
                    parameters["after"] = after
                page = bureau.get("/v1/ledger", params=parameters).json()
                entries += page["entries"]
                after = page["next"]
    return entries


@pytest.fixture(scope="module")
def told(running_house: RunningHouse) -> Told:
    """The story, told once for all tests of this house."""
    return _tell(running_house)


def test_every_line_sent_is_answered_and_the_counts_are_those_of_what_was_sent(told: Told) -> None:
    """Nothing is lost on the way: as many answers as lines and refunds, and every imperfection has its own status."""
    sent: Counter[str] = Counter()
    for posts in posts_of_all(told.roster, told.codes, 800).values():
        for post in posts:
            sent[post.kind] += post.lines
    answered = Counter({kind: sum(told.counts[name] for name in told.counts if name.startswith(kind)) for kind in sent})
    assert answered == sent
    for status in ("orders accepted", "orders parked", "orders duplicate", "refunds accepted"):
        assert told.counts[status] > 0, told.counts
    assert told.counts["orders conflict"] == told.counts["refunds conflict"] == 0


def test_the_summary_is_the_ledger_added_up_by_hand(running_house: RunningHouse, told: Told) -> None:
    """Gross, refunds, net and the number of orders with something left follow from the entries, one by one."""
    assert told.years == ("2019",)
    entries = _ledger(running_house)
    by_measure: Counter[str] = Counter()
    by_order: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        fen = int(Decimal(entry["amount"]) * 100)
        by_measure[entry["measure"]] += fen
        by_order[entry["platform"], entry["order_no"]] += fen
    indicators = _summary(running_house, "2019")["indicators"]
    assert indicators["sales_gross"] == f"{Decimal(by_measure['gross']) / 100:.2f}"
    assert indicators["refunds"] == f"{Decimal(-by_measure['refund']) / 100:.2f}"
    assert indicators["sales_net"] == f"{Decimal(by_measure.total()) / 100:.2f}"
    assert indicators["orders"] == sum(net > 0 for net in by_order.values())


def test_children_sum_to_the_parent(running_house: RunningHouse, told: Told) -> None:
    """Net sales and income of the nine prefectures are those of the province, and months those of the year."""
    assert told.codes
    province = _summary(running_house, "2019")["indicators"]
    with running_house.client("bureau") as bureau:
        for indicator, total in (("sales_net", province["sales_net"]), ("income", province["income"]["total"])):
            question = {"region": PROVINCE, "period": "2019", "indicator": indicator}
            rows = bureau.get("/v1/stats/breakdown", params={**question, "by": "prefecture"}).json()["rows"]
            assert f"{sum(Decimal(row['value']) for row in rows):.2f}" == total
            months = {"region": PROVINCE, "indicator": indicator, "from": "2019-01", "to": "2019-12", "freq": "month"}
            points = bureau.get("/v1/stats/series", params=months).json()["points"]
            assert f"{sum(Decimal(point['value']) for point in points):.2f}" == total


def test_income_reached_households(running_house: RunningHouse, told: Told) -> None:
    """The way ends where it should: households have income that says how it is known, and an uplift rate stands."""
    assert told.accounts.viewer_password
    indicators = _summary(running_house, "2019")["indicators"]
    assert indicators["households_reached"] > 0
    assert indicators["people_reached"] >= indicators["households_reached"]
    by_basis = [Decimal(indicators["income"][basis]) for basis in ("paid", "contract", "imputed")]
    assert sum(by_basis) == Decimal(indicators["income"]["total"])
    assert min(by_basis) > 0, "some were paid, own codes by contract, groups by an imputed ratio"
    assert Decimal(indicators["uplift_rate"]) > 0


def test_the_ledger_leads_a_household_to_why_it_has_what_it_has(running_house: RunningHouse, told: Told) -> None:
    """From its code to a month: from which group, by which ratio, and which payment stands in place of what."""
    assert told.codes
    with running_house.client("bureau") as bureau:
        asked: dict[str, str | int] = {"region": PROVINCE, "period": "2019", "limit": 1_000}
        households = bureau.get("/v1/stats/explain/income", params=asked).json()["households"]
        paid = next(one for one in households if one["code"] and Decimal(one["income"]["paid"]) > 0)
        month = next(one["month"] for one in paid["months"] if Decimal(one["income"]["paid"]) > 0)
        link = bureau.get("/v1/ledger", params={"code": paid["code"]}).json()["income"]
        answer = bureau.get(link.format(month=month))
        assert answer.status_code == 200, answer.text
        why = answer.json()
    counted = [Decimal(line["amount"]) for line in why["lines"] if not line["replaced"]]
    counted += [Decimal(payment["amount"]) for payment in why["payments"]]
    assert sum(counted) == Decimal(why["totals"]["total"]) > 0
    replaced = [line for line in why["lines"] if line["replaced"]]
    assert {line["group"] for line in replaced} <= {payment["group"] for payment in why["payments"]}
    assert all(origin["ratio"] for line in why["lines"] if line["basis"] == "imputed" for origin in line["origins"])


def test_the_story_told_again_changes_nothing(running_house: RunningHouse, told: Told) -> None:
    """Same codes, same figures, same position: a second ``make demo`` counts nothing twice."""
    before = _summary(running_house, "2019")
    again = _tell(running_house)
    assert again.codes == told.codes
    after = _summary(running_house, "2019")
    assert after["indicators"] == before["indicators"]
    assert after["watermark"] == before["watermark"]


def test_the_real_month_becomes_income_of_its_cooperatives_members(running_house: RunningHouse, told: Told) -> None:
    """24,087 paid orders by file: the totals of the report to the fen, and income for the members; again: unchanged."""
    reported = _tell(running_house, REPORT)
    assert reported.years == ("2020",)
    assert (reported.counts["lines accepted"], reported.counts["skipped unpaid"]) == (24_087, 3_923)
    year = _summary(running_house, "2020")["indicators"]
    assert [year[name] for name in ("sales_gross", "refunds", "sales_net")] == [
        "2474823.07", "572335.92", "1902487.15",
    ]  # fmt: skip
    february = _summary(running_house, "2020-02")["indicators"]
    assert (february["sales_gross"], february["refunds"]) == ("2474347.07", "572157.92")
    assert year["households_reached"] > 0
    assert _summary(running_house, "2019")["indicators"]["sales_net"] is not None
    process = run_onecode(
        "orders", "import", str(REPORT), "--platform", "tmall", "--shop", "report-shop", "--format", "tmall-report",
        "--data", str(running_house.data),
    )  # fmt: skip
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert re.search(r"Nothing changed: 24087", said), said
    assert _summary(running_house, "2020")["indicators"]["sales_gross"] == "2474823.07"
    assert told.codes == reported.codes


def test_everything_published_can_be_recomputed_and_a_tampered_row_is_told(
    running_house: RunningHouse, told: Told
) -> None:
    """``onecode verify`` beside the running house. One fen changed behind its back: exit code 1 and the row. Put back:
    one line per check, none that differs, exit code 0.
    """
    assert told.codes
    dsn = EmbeddedPostgres(running_house.data).dsn()
    change = (
        "UPDATE sales.ledger_entries SET amount_fen = amount_fen {} 1 WHERE (batch_id, order_no, line_no, entry_no) = "
        "(SELECT batch_id, order_no, line_no, 1 FROM sales.ledger_entries ORDER BY batch_id, order_no, line_no LIMIT 1)"
    )
    _execute(dsn, change.format("+"))
    try:
        process = run_onecode("verify", "--data", str(running_house.data))
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 1, said
        assert "✗" in said
    finally:
        _execute(dsn, change.format("-"))
    said = _verified(running_house)
    assert said.count("✓") >= 20
    assert "✗" not in said


def _execute(dsn: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run())
