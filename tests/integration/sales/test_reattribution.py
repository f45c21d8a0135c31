"""A period is attributed again on request: who may ask, what moves, and what is refused."""

from typing import Any

from tests.integration.sales.api import SalesApi
from tests.integration.sales.conftest import Ledger, line, order

OLD, NEW, HOUSEHOLD = "C2HNTN52NB", "CA8KS4RBF6", "HRQC2R1YDV"
PATH = "/v1/reattributions"
ASKED: dict[str, Any] = {
    "platform": "tmall", "shop": "guizhou-tea", "from": "2019-03-18", "to": "2019-03-19",
    "reason": "店铺绑定有误 / the shop was bound to another",
}  # fmt: skip


async def _sold_under_the_wrong_binding(ledger: Ledger) -> None:
    for code in (OLD, NEW, HOUSEHOLD):
        await ledger.register(code)
    await ledger.bind_shop("guizhou-tea", OLD)
    await ledger.post(
        order("A1", line("1", "37.00"), line("2", "5.00", HOUSEHOLD)),
        order("A2", line("1", "11.00"), at="2019-03-19T10:00:00+08:00"),
    )
    await ledger.rebind_shop("guizhou-tea", NEW)


async def _holders(ledger: Ledger) -> dict[str, int]:
    rows = await ledger.rows("SELECT subject_id, sum(amount_fen) AS fen FROM sales.ledger_entries GROUP BY subject_id")
    code_of = {subject: code for code, subject in ledger.subjects.items()}
    return {code_of[row.subject_id]: int(row.fen) for row in rows if row.fen}


async def test_lines_of_the_period_follow_the_binding_as_it_is_known_now(api: SalesApi, ledger: Ledger) -> None:
    """Those of the day that is asked for; what carries a code of its own, and the day after, stay; again: nothing."""
    await _sold_under_the_wrong_binding(ledger)
    answer = await api.post(PATH, ASKED, scope="corrections:write")
    assert (answer.status_code, answer.json()["moved"], answer.json()["refused"]) == (200, 1, 0)
    assert await _holders(ledger) == {NEW: 3700, HOUSEHOLD: 500, OLD: 1100}
    again = await api.post(PATH, ASKED, scope="corrections:write")
    assert (again.json()["moved"], again.json()["batch_ids"]) == (0, [])


async def test_who_may_not_correct_the_lines_moves_nothing(api: SalesApi, ledger: Ledger) -> None:
    """Without the scope, for another platform, or in divisions that are not the token's."""
    await _sold_under_the_wrong_binding(ledger)
    assert (await api.post(PATH, ASKED, scope="bindings:write")).status_code == 403
    assert (await api.post(PATH, ASKED, scope="corrections:write", acting_for="jd")).status_code == 403
    elsewhere = await api.post(PATH, ASKED, scope="corrections:write", regions=("520300000000",))
    assert (elsewhere.status_code, elsewhere.json()["moved"], elsewhere.json()["refused"]) == (200, 0, 1)
    assert (await api.post(PATH, {**ASKED, "to": ASKED["from"]}, scope="corrections:write")).status_code == 422
    assert (await _holders(ledger))[OLD] == 4800
