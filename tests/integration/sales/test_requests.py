"""Requests as platforms make them: sent again, at once, in part wrong; each is answered truly, and counts once."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from services.sales.verify import checks
from services.sales.wire import CodeShare, Correction, Line
from tests.integration.sales.api import SalesApi
from tests.integration.sales.conftest import Ledger, line, order, refund
from tests.tokens import PROVINCE

HOUSEHOLD, OTHER = "HRQC2R1YDV", "H7H0MRD1WC"
AT = "2019-03-18T10:00:00+08:00"


def _orders(order_no: str, *amounts: str, **more: Any) -> dict[str, Any]:
    lines = [{"line_no": str(number), "amount": amount, **more} for number, amount in enumerate(amounts, start=1)]
    return {"orders": [{"order_no": order_no, "occurred_at": AT, "shop": "s", "lines": lines}]}


def _refunds(*refunds: tuple[str, str, str]) -> dict[str, Any]:
    return {"refunds": [{"refund_no": number, "order_no": order_no, "line_no": "1", "amount": amount, "occurred_at": AT}
                        for number, order_no, amount in refunds]}  # fmt: skip


async def _send(
    api: SalesApi, body: Any, path: str = "/v1/orders", *, key: str | None = None, platform: str | None = "tmall"
) -> httpx.Response:
    headers = api.tokens.header("orders:write", regions=(PROVINCE,), platform=platform)
    if key is not None:
        headers["Idempotency-Key"] = key
    return await api.client.post(path, json=body, headers=headers)


async def _verified(ledger: Ledger) -> int:
    """What the whole ledger sums to, and everything recomputes."""
    await ledger.settle()
    async with ledger.database.snapshot() as connection:
        assert [check.name for check in await checks(connection) if check.differences] == []
    return int(await ledger.scalar("SELECT coalesce(sum(amount_fen), 0) FROM sales.ledger_entries"))


async def test_a_key_replays_the_first_answer_word_for_word(api: SalesApi, ledger: Ledger) -> None:
    """Of orders and of refunds; another body under it is refused, and so is nothing of another client or key."""
    await ledger.register(HOUSEHOLD)
    first = await _send(api, _orders("A1", "37.00", code=HOUSEHOLD), key="K1")
    again = await _send(api, _orders("A1", "37.00", code=HOUSEHOLD), key="K1")
    assert (first.status_code, again.content) == (200, first.content)
    other = await _send(api, _orders("A2", "37.00", code=HOUSEHOLD), key="K1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    fresh = await _send(api, _orders("A1", "37.00", code=HOUSEHOLD), key="K2")
    assert fresh.json()["counts"]["duplicate"] == 1
    refunds = [await _send(api, _refunds(("R1", "A1", "7.00")), "/v1/refunds", key="K3") for _ in range(2)]
    assert refunds[0].content == refunds[1].content
    assert await _verified(ledger) == 3000


async def test_a_key_that_is_in_use_is_answered_at_once(api: SalesApi, ledger: Ledger) -> None:
    """Two connections: while the first request waits for another transaction, the second is told to come again; then
    the first is answered, and the third gets that answer.
    """
    await ledger.register(HOUSEHOLD)
    body = _orders("A1", "37.00", code=HOUSEHOLD)
    async with ledger.database.transaction() as connection:
        await ledger.hold(connection, order("A1", line("1", "37.00", HOUSEHOLD)))
        first = asyncio.create_task(_send(api, body, key="K1"))
        while not await ledger.scalar("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not first.done()
        second = await _send(api, body, key="K1")
        assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_progress")
        assert int(second.headers["Retry-After"]) > 0
        await connection.rollback()
    answered = await first
    third = await _send(api, body, key="K1")
    assert (answered.json()["counts"]["accepted"], third.content) == (1, answered.content)
    assert await _verified(ledger) == 3700


async def test_a_line_that_another_transaction_records_meanwhile_is_there(api: SalesApi, ledger: Ledger) -> None:
    """Its transaction is waited for; then the request is recorded again from the start, and its other line counts."""
    await ledger.register(HOUSEHOLD)
    async with ledger.database.transaction() as connection:
        await ledger.hold(connection, order("A1", line("2", "2.00", HOUSEHOLD)))
        sent = asyncio.create_task(_send(api, _orders("A1", "1.00", "2.00", code=HOUSEHOLD)))
        while not await ledger.scalar("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not sent.done()
    answered = (await sent).json()
    assert [result["status"] for result in answered["results"]] == ["accepted", "conflict"]
    assert await _verified(ledger) == 300


@pytest.mark.parametrize("with_key", [False, True])
async def test_identical_requests_at_once_count_once(api: SalesApi, ledger: Ledger, *, with_key: bool) -> None:
    """Ten at once, with a key or without: every line is accepted by one of them and by one only."""
    await ledger.register(HOUSEHOLD)
    body = _orders("A1", "1.00", "2.00", "3.00", code=HOUSEHOLD)
    answers = await asyncio.gather(*(_send(api, body, key="K1" if with_key else None) for _ in range(10)))
    good = [answer.json() for answer in answers if answer.status_code == 200]
    assert all(answer.status_code == 409 for answer in answers if answer.status_code != 200)
    by_batch = {answer["batch_id"]: answer["counts"]["accepted"] for answer in good}
    assert sum(by_batch.values()) == 3
    assert all(result["status"] in {"accepted", "duplicate"} for answer in good for result in answer["results"])
    assert await _verified(ledger) == 600


async def test_a_correction_waits_for_a_refund_of_its_line(ledger: Ledger) -> None:
    """Two connections: the refund is there or not, never half: the new holder has all of it."""
    for code in (HOUSEHOLD, OTHER):
        await ledger.register(code)
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD)))
    reassign = Correction("K1", "tmall", "A1", "1", "reassign", "test", OTHER)
    await asyncio.gather(ledger.refund(refund("R1", "A1", "7.00")), ledger.correct(reassign))
    holders = await ledger.rows("SELECT subject_id FROM sales.ledger_entries GROUP BY 1 HAVING sum(amount_fen) <> 0")
    assert [row.subject_id for row in holders] == [ledger.subjects[OTHER]]
    assert await _verified(ledger) == 3000


async def test_refunds_of_a_shared_line_at_once_never_exceed_it(ledger: Ledger) -> None:
    """Six connections want more than there is: what fits is taken, once, from both parts."""
    for code in (HOUSEHOLD, OTHER):
        await ledger.register(code)
    shares = [CodeShare(HOUSEHOLD, 2), CodeShare(OTHER, 1)]
    await ledger.post(order("A1", Line("1", "10.00", category="tea", codes=shares)))
    answers = await asyncio.gather(*(ledger.refund(refund(f"R{n}", "A1", "3.00")) for n in range(6)))
    assert sorted(result.status for (result,) in answers) == ["accepted"] * 3 + ["parked"] * 3
    assert await _verified(ledger) == 100


async def test_trying_out_and_all_or_nothing_leave_nothing_behind(api: SalesApi, ledger: Ledger) -> None:
    """A dry run answers what would become of each line; an atomic request with one bad line says which, and records
    nothing; without a bad line it records all. Both of refunds too.
    """
    await ledger.register(HOUSEHOLD)
    body = _orders("A1", "37.00", "-1.00", code=HOUSEHOLD)
    tried = (await _send(api, body, "/v1/orders?dry_run=true")).json()
    assert ([result["status"] for result in tried["results"]], tried["batch_id"]) == (["accepted", "rejected"], None)
    refused = await _send(api, body, "/v1/orders?atomic=true")
    assert (refused.status_code, refused.json()["code"]) == (422, "atomic_refused")
    assert [result["status"] for result in refused.json()["results"]] == ["accepted", "rejected"]
    assert await ledger.scalar("SELECT count(*) FROM sales.batches") == 0
    good = await _send(api, _orders("A1", "37.00", code=HOUSEHOLD), "/v1/orders?atomic=true")
    assert good.json()["counts"]["accepted"] == 1
    both = _refunds(("R1", "A1", "7.00"), ("R2", "A1", "0.00"))
    assert (await _send(api, both, "/v1/refunds?atomic=true")).status_code == 422
    dry = (await _send(api, both, "/v1/refunds?dry_run=true")).json()
    assert [result["status"] for result in dry["results"]] == ["accepted", "rejected"]
    assert await _verified(ledger) == 3700


async def test_what_is_parked_is_listed_and_answered_by_hand(api: SalesApi, ledger: Ledger) -> None:
    """An officer sees what no code fits, says whose it is, and it counts from then on; the platform sees the same."""
    await ledger.register(HOUSEHOLD)
    await _send(api, _orders("A1", "37.00"))
    (parked,) = (await api.get("/v1/parked", reason="no_binding")).json()["parked"]
    assert (parked["order_no"], parked["line_no"], parked["amount"]) == ("A1", "1", "37.00")
    correction = {"correction_no": "K1", "platform": "tmall", "order_no": "A1", "line_no": "1", "action": "reassign",
                  "reason": "照片为证 / by the photo", "code": HOUSEHOLD}  # fmt: skip
    answer = await api.post("/v1/corrections", {"corrections": [correction]}, scope="corrections:write")
    assert answer.json()["counts"]["accepted"] == 1, answer.text
    assert (await api.get("/v1/parked")).json()["parked"] == []
    (entry,) = (await api.get("/v1/ledger", order_no="A1")).json()["entries"]
    assert (entry["code"], entry["reference"]) == (HOUSEHOLD, f"hand {HOUSEHOLD}")
    assert await _verified(ledger) == 3700


async def test_what_is_parked_says_what_it_lacks_now(api: SalesApi, ledger: Ledger) -> None:
    """When it is judged anew and still lacks something, it stays in the list, with the reason of today, and in the
    batch that brought it; sent again it is a duplicate that says so too.
    """
    shares = [{"code": code, "weight": 1} for code in (HOUSEHOLD, OTHER)]
    bodies = [_orders("A1", "37.00", codes=shares), _orders("A2", "5.00", code=HOUSEHOLD), _orders("A3", "6.00")]
    batches = [(await _send(api, body)).json()["batch_id"] for body in bodies]

    async def listed() -> list[tuple[str, str]]:
        parked = (await api.get("/v1/parked")).json()["parked"]
        assert [row["batch_id"] for row in parked] == batches
        return [(row["order_no"], row["reason"]) for row in parked]

    assert await listed() == [("A1", "unknown_code"), ("A2", "unknown_code"), ("A3", "no_binding")]
    await ledger.register(OTHER)
    await ledger.register(HOUSEHOLD, since=date(2019, 6, 1))
    await ledger.bind_shop("s", "HGP1XF3A71")
    await ledger.settle()
    assert await listed() == [("A1", "code_not_in_force"), ("A2", "code_not_in_force"), ("A3", "unknown_code")]
    for body, reason in zip(bodies, ("code_not_in_force", "code_not_in_force", "unknown_code"), strict=True):
        (result,) = (await _send(api, body)).json()["results"]
        assert (result["status"], result["state"], result["reason"]) == ("duplicate", "parked", reason)
    assert await _verified(ledger) == 0


LONG = {"orders": [{"order_no": "A1", "occurred_at": AT, "shop": "s",
                    "lines": [{"line_no": str(n), "amount": "1"} for n in range(5_001)]}]}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "platform", "status", "code"),
    [
        ("/v1/orders", b"{", "tmall", 400, "malformed_request"),
        ("/v1/orders", b'{"orders": 1}', "tmall", 400, "malformed_request"),
        ("/v1/orders", b'{"refunds": []}', "tmall", 400, "malformed_request"),
        ("/v1/orders", b"\xff", "tmall", 400, "malformed_request"),
        ("/v1/orders", _orders("A1", "1.00"), None, 403, "platform_required"),
        ("/v1/refunds", _refunds(("R", "A1", "1.00")), None, 403, "platform_required"),
        ("/v1/orders", LONG, "tmall", 413, "too_many_lines"),
        ("/v1/orders", b" " * (4 * 1024 * 1024 + 1), "tmall", 413, "too_large"),
        ("/v1/orders?atomic=perhaps", _orders("A1", "1.00"), "tmall", 422, "invalid_input"),
        ("/v1/corrections", {"corrections": []}, "tmall", 403, "not_allowed"),
    ],
)
async def test_a_request_that_cannot_be_taken_is_a_problem_document(  # noqa: PLR0917 - parameters of one case
    api: SalesApi, path: str, body: Any, platform: str | None, status: int, code: str
) -> None:
    """RFC 9457, with a stable code; in Chinese and in English what to do."""
    headers = api.tokens.header("orders:write", platform=platform)
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = await api.client.post(path, headers=headers, **content)
    document = answer.json()
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert " / " in document["title"]
    assert {"type", "detail"} <= set(document)
