"""Payments over HTTP: each once under its number, voided by number, read within the caller's regions."""

import asyncio
from typing import Any

import httpx
import pytest

from services.sales.verify import checks
from tests.integration.sales.api import SalesApi
from tests.integration.sales.conftest import Ledger

HOUSEHOLD, OTHER, COOPERATIVE, ENTERPRISE = "HRQC2R1YDV", "H7H0MRD1WC", "C2HNTN52NB", "EDZM7M5GKY"
FAR_COUNTY, FAR_VILLAGE = "520111000000", "520111105201"


def payment(number: str = "P1", **changed: Any) -> dict[str, Any]:
    """A purchase of March 2019 unless told otherwise."""
    said = {
        "payment_no": number,
        "group": COOPERATIVE,
        "member": HOUSEHOLD,
        "method": "purchase",
        "amount": "120.50",
        "paid_on": "2019-04-02",
        "for_month": "2019-03",
        "evidence": "收购单 2019-0031",
    }
    return said | changed


@pytest.fixture
async def registry(ledger: Ledger) -> Ledger:
    """A cooperative with one of two households, and an enterprise that the cooperative is a member of."""
    await ledger.register(HOUSEHOLD)
    await ledger.register(OTHER, region=FAR_VILLAGE)
    await ledger.register(COOPERATIVE, "cooperative")
    await ledger.register(ENTERPRISE, "enterprise")
    await ledger.link(HOUSEHOLD, COOPERATIVE)
    await ledger.link(COOPERATIVE, ENTERPRISE)
    return ledger


async def post(api: SalesApi, *payments: dict[str, Any], query: str = "", **caller: Any) -> httpx.Response:
    """Record payments as an officer of the whole province, unless told otherwise."""
    return await api.post(f"/v1/payments{query}", {"payments": list(payments)}, scope="payments:write", **caller)


async def void(api: SalesApi, number: str, reason: str = "未支付", **caller: Any) -> dict[str, Any]:
    """Void a payment of the cooperative; answers the result."""
    body = {"voids": [{"group": COOPERATIVE, "payment_no": number, "reason": reason}]}
    response = await api.post("/v1/payments/voids", body, scope="payments:write", **caller)
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()["results"][0]
    return result


def outcome(response: httpx.Response) -> list[tuple[str, str | None]]:
    """Status and reason of every item."""
    assert response.status_code == 200, response.text
    return [(result["status"], result.get("reason")) for result in response.json()["results"]]


async def test_a_payment_is_recorded_once_under_its_number(registry: Ledger, api: SalesApi) -> None:
    """Again: a duplicate. Other content: a conflict. Twice in one request: once. Nothing of it is ever edited."""
    first = await post(api, payment())
    assert first.json()["results"] == [{"group": COOPERATIVE, "payment_no": "P1", "status": "accepted"}]
    assert first.json()["amounts"]["accepted"] == "120.50"
    assert first.json()["receipt"]
    again = await post(api, payment(), payment(amount="120.51"), payment("P2"), payment("P2", amount="9.00"))
    assert outcome(again) == [
        ("duplicate", None),
        ("conflict", "other_content"),
        ("accepted", None),
        ("conflict", "other_content"),
    ]
    assert await registry.scalar("SELECT sum(amount_fen)::bigint FROM sales.payment_records") == 2 * 12_050


async def test_who_cannot_pay_or_be_paid_is_refused(registry: Ledger, api: SalesApi) -> None:
    """Each with the reason; a refused payment takes no key, and never blocks the others."""
    refused = await post(
        api,
        payment(group=HOUSEHOLD),
        payment(member=COOPERATIVE),
        payment(member="HRQC2R1YDX"),
        payment(member="HGP1XF3A71"),
        payment(paid_on="2018-12-01", for_month="2018-12"),
        payment(method="gift"),
        payment(amount="0.00"),
        payment(paid_on="2999-01-01"),
        payment(for_month="2019-3"),
        payment(for_month="2020-05"),
        payment(evidence=" "),
        payment(confirmation="maybe"),
        payment(),
        payment(amount=12),
    )
    assert outcome(refused) == [
        ("rejected", "group_kind"),
        ("rejected", "member_kind"),
        ("rejected", "malformed_code"),
        ("rejected", "unknown_code"),
        ("rejected", "code_not_in_force"),
        ("rejected", "method"),
        ("rejected", "amount"),
        ("rejected", "in_future"),
        ("rejected", "for_month"),
        ("rejected", "for_month"),
        ("rejected", "evidence"),
        ("rejected", "confirmation"),
        ("accepted", None),
        ("rejected", "malformed"),
    ]
    assert registry.subjects[HOUSEHOLD] == await registry.scalar("SELECT member_id FROM sales.payment_holders")


async def test_an_accepted_payment_says_what_it_does_not_do(registry: Ledger, api: SalesApi) -> None:
    """To a household that is not linked: nothing is replaced. To a cooperative: no household's income."""
    response = await post(
        api, payment(member=OTHER), payment("P2", group=ENTERPRISE, member=COOPERATIVE, confirmation="group")
    )
    assert outcome(response) == [("accepted", "unlinked"), ("accepted", "member_is_group")]
    page = (await api.get("/v1/payments", month="2019-03")).json()["payments"]
    shown = [(one["payment_no"], one["linked"], one["counts_on"], one["confirmation"]) for one in page]
    assert shown == [("P1", False, "2019-03-31", "none"), ("P2", True, None, "group")]
    page = (await api.get("/v1/payments", month="2019-03", linked="false")).json()["payments"]
    assert [one["payment_no"] for one in page] == ["P1"]
    await registry.link(OTHER, COOPERATIVE)
    page = (await api.get("/v1/payments", member=OTHER)).json()["payments"]
    assert [one["linked"] for one in page] == [True]


async def test_a_void_takes_a_payment_back_and_keeps_its_number(registry: Ledger, api: SalesApi) -> None:
    """Voided once, for a reason; the same again is a duplicate, and the number is never free again."""
    await post(api, payment())
    assert (await void(api, "P9"))["reason"] == "no_payment"
    assert (await void(api, "P1"))["status"] == "accepted"
    assert (await void(api, "P1"))["status"] == "duplicate"
    assert (await void(api, "P1", reason="另一个原因"))["reason"] == "other_content"
    again = await post(api, payment())
    assert again.json()["results"][0]["state"] == "voided"
    (shown,) = (await api.get("/v1/payments", group=COOPERATIVE)).json()["payments"]
    assert (shown["counts_on"], shown["voided"]["reason"]) == (None, "未支付")
    await registry.settle()
    async with registry.database.snapshot() as connection:
        assert [check for check in await checks(connection) if check.differences] == []


async def test_nobody_acts_or_looks_outside_of_their_regions(registry: Ledger, api: SalesApi) -> None:
    """Payer and member must lie in the token's trees; who reads sees payments to members there, and a platform none."""
    far, here = [FAR_COUNTY], ["522701000000"]
    assert outcome(await post(api, payment(member=OTHER), regions=here)) == [("rejected", "not_allowed")]
    assert outcome(await post(api, payment(member=OTHER), regions=far)) == [("rejected", "not_allowed")]
    assert outcome(await post(api, payment(), regions=here)) == [("accepted", None)]
    assert (await void(api, "P1", regions=far))["reason"] == "not_allowed"
    assert (await api.get("/v1/payments", month="2019-03", regions=far)).json()["payments"] == []
    assert len((await api.get("/v1/payments", month="2019-03", regions=here)).json()["payments"]) == 1
    assert (await api.get("/v1/payments", month="2019-03", acting_for="tmall")).status_code == 403
    assert (await api.get("/v1/payments", month="2019-03", scope="stats:read")).status_code == 403
    assert (await api.post("/v1/payments", {"payments": []}, scope="orders:write")).status_code == 403
    assert (await api.get("/v1/payments")).status_code == 422
    assert registry.subjects


async def test_atomic_and_dry_run_and_idempotency_keys(registry: Ledger, api: SalesApi) -> None:
    """As for orders: all or nothing, judged only, and the first answer again."""
    atomic = await post(api, payment(), payment("P2", amount="-1"), query="?atomic=true")
    assert atomic.status_code == 422
    assert [result["payment_no"] for result in atomic.json()["results"]] == ["P1", "P2"]
    assert outcome(await post(api, payment(), query="?dry_run=true")) == [("accepted", None)]
    assert await registry.scalar("SELECT count(*) FROM sales.payment_records") == 0
    headers = api.tokens.header("payments:write") | {"Idempotency-Key": "k1"}
    answers = [await api.client.post("/v1/payments", json={"payments": [payment()]}, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert await registry.scalar("SELECT count(*) FROM sales.payment_records") == 1


async def test_pages_are_complete(registry: Ledger, api: SalesApi) -> None:
    """However small the pages, every payment is on one of them, in order of month and number."""
    assert outcome(await post(api, *(payment(f"P{n}", for_month=f"2019-0{n % 3 + 1}") for n in range(7))))
    found = await api.pages("/v1/payments", "payments", limit=2, member=HOUSEHOLD)
    assert [one["payment_no"] for one in found] == ["P0", "P3", "P6", "P1", "P4", "P2", "P5"]
    assert registry.subjects


async def test_the_same_payment_from_two_requests_at_once_counts_once(registry: Ledger, api: SalesApi) -> None:
    """One is accepted, the other a duplicate, whoever is first; and so it is with two voids."""
    answers = await asyncio.gather(*(post(api, payment(), payment("P2")) for _ in range(4)))
    statuses = sorted(status for answer in answers for status, _ in outcome(answer))
    assert statuses == ["accepted"] * 2 + ["duplicate"] * 6
    voided = await asyncio.gather(*(void(api, "P1") for _ in range(4)))
    assert sorted(result["status"] for result in voided) == ["accepted"] + ["duplicate"] * 3
    assert await registry.scalar("SELECT count(*) FROM sales.payment_records WHERE superseded_in IS NULL") == 1
