"""Whatever is explained as of a moment is what was explained then."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.codes.code import Kind, code_of
from services.kit.database import Database
from services.stats.cube.folding import follow_ledger
from services.stats.cube.registry import follow_registry
from tests.integration.stats.conftest import Api
from tests.integration.stats.history import History
from tests.integration.stats.registry import sealed_at
from tests.integration.stats.story import COUNTY, FAR_COUNTY, FAR_VILLAGE, PROVINCE, VILLAGE

HOUSEHOLD, MOVER = code_of(Kind.HOUSEHOLD, 1), code_of(Kind.HOUSEHOLD, 3)
COOPERATIVE, SECOND, ENTERPRISE = (
    code_of(Kind.COOPERATIVE, 11),
    code_of(Kind.COOPERATIVE, 12),
    code_of(Kind.ENTERPRISE, 21),
)
FEBRUARY = date(2020, 2, 1)

QUESTIONS: list[tuple[str, dict[str, str]]] = [
    ("explain", {"region": PROVINCE, "period": "2020", "indicator": "orders"}),
    ("explain", {"region": COUNTY, "period": "2020-02-03..2020-03-05", "indicator": "sales_net"}),
    ("explain", {"region": PROVINCE, "period": "2020", "indicator": "refunds_by_refund_day"}),
    ("explain", {"region": VILLAGE, "period": "2020-02", "indicator": "sales_gross", "category": "chili"}),
    ("explain/lines", {"region": PROVINCE, "period": "2020"}),
    ("explain/lines", {"region": PROVINCE, "period": "2020", "code": COOPERATIVE}),
    ("explain/lines", {"region": PROVINCE, "period": "2020-03", "days": "refund"}),
    ("explain/line", {"platform": "tmall", "order_no": "T1", "line_no": "2"}),
    ("explain/line", {"platform": "jd", "order_no": "J9", "line_no": "1"}),
    ("explain/income", {"region": PROVINCE, "period": "2020"}),
    ("explain/income", {"region": FAR_COUNTY, "period": "2020-02-10..2020-03-09"}),
    ("explain/household", {"code": HOUSEHOLD, "month": "2020-02"}),
    ("explain/household", {"code": MOVER, "month": "2020-02"}),
    ("explain/source", {"code": ENTERPRISE, "day": "2020-02-10", "category": "tea"}),
    ("explain/source", {"code": SECOND, "day": "2020-02-10", "category": "tea"}),
    ("explain/source", {"code": COOPERATIVE, "day": "2020-02-03", "category": "chili"}),
    ("explain/source", {"code": HOUSEHOLD, "day": "2020-02-03", "category": "tea"}),
]


async def _go_on(engine: AsyncEngine, told: History, database: Database, step: Callable[[], Awaitable[object]]) -> None:
    async with engine.begin() as connection:
        told.connection = connection
        await step()
        await told.settle()
    while await follow_ledger(database) + await follow_registry(database):
        pass


def _without_moment(answer: Any) -> Any:
    """An answer without the moment in its paths, and without how far income was settled."""
    if isinstance(answer, dict):
        return {name: _without_moment(value) for name, value in answer.items() if name != "income_position"}
    if isinstance(answer, list):
        return [_without_moment(value) for value in answer]
    if isinstance(answer, str) and answer.startswith("/v1/stats/"):
        parts = urlsplit(answer)
        return f"{parts.path}?{urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != 'as_of'])}"
    return answer


async def _every_answer(api: Api, **more: str) -> list[tuple[int, Any]]:
    answers = [await api.get(path, scope="ledger:read", **asked, **more) for path, asked in QUESTIONS]
    return [(answer.status_code, _without_moment(answer.json())) for answer in answers]


async def test_an_explanation_as_of_a_moment_is_the_one_that_was_given_then(
    api: Api, engine: AsyncEngine, told: History, database: Database
) -> None:
    """After each of a row of events everything is asked; at the end it is asked again as of each of those moments."""

    async def real_codes() -> None:
        for subject, code in ((1, HOUSEHOLD), (3, MOVER), (11, COOPERATIVE), (12, SECOND), (21, ENTERPRISE)):
            await told.run("UPDATE codes.directory_entries SET code = :code WHERE subject_id = :subject",
                           code=code, subject=subject)  # fmt: skip

    chili = ("T1", "tmall", "2")
    events: list[Callable[[], Awaitable[object]]] = [
        real_codes,
        lambda: told.refund(("J1", "jd", "1"), 2_500, date(2020, 3, 3)),
        lambda: told.sell(("J9", "jd", "1"), 12, date(2020, 2, 10), 3_333),
        lambda: told.reassign(chili, 12, date(2020, 3, 20)),
        lambda: told.link(2, 12, weight=5, since=date(2020, 2, 1)),
        lambda: told.pay("P1", 12, 3, FEBRUARY, 700),
        lambda: told.move(1, FAR_VILLAGE, date(2020, 2, 15), persons=6),
        lambda: told.void("P1"),
        lambda: told.reassign(chili, 11, date(2020, 3, 21)),
    ]
    then: dict[str, list[tuple[int, Any]]] = {}
    for event in events:
        await _go_on(engine, told, database, event)
        moment = sealed_at(told.codes_position + told.sales_position).isoformat()
        then[moment] = await _every_answer(api)
    assert {status for status, _ in then[moment]} == {200}
    assert len({repr(answers) for answers in then.values()}) == len(events)
    for moment, answers in then.items():
        for question, known, answer in zip(QUESTIONS, answers, await _every_answer(api, as_of=moment), strict=True):
            assert answer == known, (moment, question)


async def test_paths_of_an_explanation_lead_on_at_the_same_moment(api: Api, engine: AsyncEngine) -> None:
    """Each step names the moment in the path of the next, so that the walk stays at one position."""
    moment = sealed_at(13 + 5).isoformat()
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE codes.directory_entries SET code = :code WHERE subject_id = 11"), {"code": COOPERATIVE}
        )
    asked = {"region": PROVINCE, "period": "2020-02", "indicator": "refunds"}
    assert (await api.get("explain", scope="ledger:read", **asked)).json()["value"] == "10.00"
    found = (await api.get("explain", scope="ledger:read", as_of=moment, **asked)).json()
    assert (found["value"], found["cells"]) == ("0.00", [])
    path = (await api.get("explain", scope="ledger:read", as_of=moment, **asked | {"indicator": "sales_net"})).json()
    sums = 0.0
    for cell in path["cells"]:
        query = dict(parse_qsl(urlsplit(cell["lines"]).query))
        assert query["as_of"] == moment
        listed = (await api.get("explain/lines", scope="ledger:read", **query)).json()
        assert listed["watermark"]["position"] == 5
        assert listed["totals"]["sales_net"] == cell["value"]
        sums += float(cell["value"])
    assert f"{sums:.2f}" == path["value"]
