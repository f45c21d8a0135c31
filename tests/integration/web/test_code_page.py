"""The page of one code, with recorded answers of the API behind it."""

import httpx
import pytest

from tests.integration.web.conftest import Door
from tests.integration.web.recorded_api import CODES, COOPERATIVE_CODE, HOUSEHOLD_CODE

NEVER = ("户主", "贫困", "扶贫", "建档", "household", "poor", "poverty")


@pytest.mark.parametrize("code", sorted(CODES))
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_it_never_tells_what_kind_of_family(visitor: httpx.AsyncClient, code: str, language: str) -> None:
    """Whatever the code and its state, the page has no word about households or poverty."""
    page = await visitor.get(f"/c/{code}", params={"lang": language})
    assert page.status_code == 200
    article = page.text.split("<article")[1].split("</article>")[0].lower()
    assert not [word for word in NEVER if word in article]


async def test_a_household_code_shows_no_kind_even_if_the_api_told(visitor: httpx.AsyncClient, door: Door) -> None:
    """The kind of an H code is not shown, although a cooperative's is."""
    door.api.state.codes[HOUSEHOLD_CODE] = {**CODES[HOUSEHOLD_CODE], "kind": "household", "name": "王五"}
    household = await visitor.get(f"/c/{HOUSEHOLD_CODE}?lang=en")
    assert "Held by" not in household.text
    assert "王五" not in household.text
    assert "A cooperative" in (await visitor.get(f"/c/{COOPERATIVE_CODE}?lang=en")).text


@pytest.mark.parametrize(
    ("code", "chinese", "english"),
    [
        (HOUSEHOLD_CODE, "有效", "Valid"),
        ("H4XZ08WTN5", "暂停使用", "Suspended"),
        ("E90RTY3W2K", "已注销", "Revoked"),
    ],
)
async def test_each_state_is_said_in_both_languages(
    visitor: httpx.AsyncClient, code: str, chinese: str, english: str
) -> None:
    """A registered code's page has status 200 and its state in the visitor's language; Chinese is the first choice."""
    assert chinese in (await visitor.get(f"/c/{code}")).text
    assert english in (await visitor.get(f"/c/{code}", headers={"Accept-Language": "en-GB,en;q=0.9"})).text


async def test_what_is_no_code_and_what_is_unknown_are_told_apart(visitor: httpx.AsyncClient) -> None:
    """Both are friendly pages with status 404; what was typed is shown as text, never as markup."""
    unknown = await visitor.get("/c/H0000000XX")
    malformed = await visitor.get("/c/%3Cb%3Ehello")
    assert (unknown.status_code, malformed.status_code) == (404, 404)
    assert "查无此码" in unknown.text
    assert "码写得不对" in malformed.text
    assert "&lt;b&gt;hello" in malformed.text
    assert "<b>hello" not in malformed.text


async def test_the_form_on_the_start_page_leads_to_the_code(visitor: httpx.AsyncClient) -> None:
    """Case, spaces and hyphens do not matter."""
    answer = await visitor.get("/", params={"code": " hgp1-xf3a 71 "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/c/{HOUSEHOLD_CODE}")


async def test_it_tells_the_cooperative_what_it_sells_and_from_where(visitor: httpx.AsyncClient) -> None:
    """In the visitor's language; the cooperative's own page the same."""
    page = await visitor.get(f"/c/{HOUSEHOLD_CODE}?lang=en")
    for told in ("都匀毛尖合作社", "Tea", "since 2019-03", "贵州省黔南布依族苗族自治州都匀市毛尖镇"):
        assert told in page.text
    own = (await visitor.get(f"/c/{COOPERATIVE_CODE}", params={"lang": "zh"})).text
    for told in ("湄潭翠芽合作社", "茶叶", "2018-11 起"):
        assert told in own


@pytest.mark.parametrize(
    ("path", "missing"),
    [(f"/v1/codes/{HOUSEHOLD_CODE}/origin", "都匀毛尖合作社"), ("/v1/stats/goods/CYXR5ZBXCZ", "Tea")],
)
async def test_whether_a_code_is_good_waits_for_nothing_else(
    visitor: httpx.AsyncClient, door: Door, path: str, missing: str
) -> None:
    """With the statistics away, or the origin, the verdict stands without it."""
    door.api.state.failing[path] = 503
    page = await visitor.get(f"/c/{HOUSEHOLD_CODE}?lang=en")
    assert page.status_code == 200
    assert "Valid" in page.text
    assert missing not in page.text


async def test_an_api_that_is_away_is_no_verdict(visitor: httpx.AsyncClient, door: Door) -> None:
    """A code is not called unknown because nobody could be asked: the page says "later" with status 503."""
    door.api.state.failing[f"/v1/codes/{HOUSEHOLD_CODE}"] = 503
    page = await visitor.get(f"/c/{HOUSEHOLD_CODE}")
    assert page.status_code == 503
    assert "retry-after" in page.headers
    assert "查无此码" not in page.text


async def test_a_card_opens_the_page_of_its_code_without_its_token(visitor: httpx.AsyncClient) -> None:
    """The token would stay in the browser's history, and go out as a referrer."""
    response = await visitor.get(f"/C/{HOUSEHOLD_CODE}/040G0004T8K60PQX9Y")
    assert (response.status_code, response.headers["location"]) == (303, f"/c/{HOUSEHOLD_CODE}")
