"""Payments that may be one since two households turned out to be one: shown, decided by somebody, never guessed."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from services.sales.verify import checks
from services.sales.wire import Payment
from tests.integration.sales.api import SalesApi
from tests.integration.sales.conftest import VILLAGE, Ledger
from tests.integration.sales.test_payment_holders import learn
from tests.integration.sales.test_purchases import scan

STAYS, JOINED, COOPERATIVE, OTHER_COOPERATIVE = "HRQC2R1YDV", "H7H0MRD1WC", "C2HNTN52NB", "CDFGA0S7KA"
DAY, MERGED = date(2019, 4, 30), date(2019, 4, 1)
FAR_COUNTY = "520111000000"


@pytest.fixture
async def merged(ledger: Ledger) -> Ledger:
    """Two households that each were paid by a cooperative and at a station, and that turn out to be one."""
    for code in (STAYS, JOINED):
        await ledger.register(code)
    for code in (COOPERATIVE, OTHER_COOPERATIVE):
        await ledger.register(code, "cooperative")
    for number, group, member, amount in (
        ("P1", COOPERATIVE, STAYS, "120.50"),
        ("P2", COOPERATIVE, JOINED, "120.50"),
        ("P3", OTHER_COOPERATIVE, JOINED, "120.50"),
        ("P4", COOPERATIVE, JOINED, "120.51"),
    ):
        await ledger.pay(Payment(number, group, member, "purchase", amount, DAY, "2019-04", "test"))
    await scan(ledger, "1", 4_500, code=STAYS)
    await scan(ledger, "2", 4_500, code=JOINED)
    await scan(ledger, "3", 4_500, code=JOINED)
    await ledger.settle()
    own, survivor = ledger.subjects[JOINED], ledger.subjects[STAYS]
    await learn(
        ledger, **{JOINED: [(date(2018, 12, 31), own, VILLAGE, "in_force"), (MERGED, survivor, VILLAGE, "in_force")]}
    )
    async with ledger.codes.transaction() as connection:
        await connection.execute(
            text(
                "INSERT INTO codes.succession_records "
                "(predecessor_id, successor_id, kind, on_day, persons, recorded_in) "
                "SELECT :own, :survivor, 'merge', :day, 3, max(batch_id) FROM codes.batches"
            ),
            {"own": own, "survivor": survivor, "day": MERGED},
        )
    await ledger.settle()
    return ledger


async def _pairs(api: SalesApi, **asked: Any) -> list[tuple[str, str]]:
    answer = await api.get("/v1/payments/alike", **asked)
    assert answer.status_code == 200, answer.text
    return [(pair["first"]["payment_no"], pair["second"]["payment_no"]) for pair in answer.json()["pairs"]]


def _scanned(number: str) -> dict[str, str | None]:
    return {"group": None, "payment_no": f"S1/device:D1/{number}"}


async def test_payments_that_may_be_one_are_decided_by_somebody(merged: Ledger, api: SalesApi) -> None:
    """Those of the same payer, day and amount, or by a station, that were two households'; until then both count."""
    first, second, third = (f"S1/device:D1/{number}" for number in "123")
    assert await _pairs(api, member=JOINED) == [(first, second), (first, third), ("P1", "P2")]
    assert await _pairs(api, month="2019-03") == []
    assert await _pairs(api, regions=[FAR_COUNTY]) == []
    assert await merged.scalar("SELECT count(*) FROM sales.payment_holders WHERE superseded_in IS NULL") == 7
    said = {"first": _scanned("3"), "second": _scanned("1"), "reason": "两次交货 / Two deliveries"}
    body = {"distinctions": [said]}
    for regions, status in (([FAR_COUNTY], 404), (["520000000000"], 200)):
        answer = await api.post("/v1/payments/distinct", body, scope="payments:write", regions=regions)
        assert answer.status_code == status, answer.text
    assert (await api.post("/v1/payments/distinct", body, scope="payments:write")).json() == {"recorded": 0, "known": 1}
    voids = [_scanned("2") | {"reason": "同一笔"}, {"group": COOPERATIVE, "payment_no": "P2", "reason": "同一笔"}]
    voided = await api.post("/v1/payments/voids", {"voids": [*voids, _scanned("9") | {"reason": "同一笔"}]},
                            scope="payments:write")  # fmt: skip
    assert [result.get("reason", result["status"]) for result in voided.json()["results"]] == [
        "accepted", "accepted", "no_payment",
    ]  # fmt: skip
    assert await _pairs(api) == []
    await merged.settle()
    async with merged.database.snapshot() as connection:
        assert [check for check in await checks(connection) if check.differences] == []
