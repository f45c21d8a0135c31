"""What a command says when the API refuses."""

import httpx
import pytest

from services.cli.api import checked
from services.cli.messages import Refusal


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (httpx.Response(403, json={"title": "no", "detail": "not yours"}), "not yours"),
        (
            httpx.Response(422, json={"detail": "bad", "errors": [{"field": "year", "message": "too late"}]}),
            "bad\ntoo late",
        ),
        (httpx.Response(409, json={"detail": "no card", "codes": ["HGP1XF3A71"]}), "no card\nHGP1XF3A71"),
        (httpx.Response(502, text="<html>bad gateway"), "502 <html>bad gateway"),
        (httpx.Response(500, json=["odd"]), '500 ["odd"]'),
    ],
)
def test_a_refusal_says_what_the_api_said(response: httpx.Response, said: str) -> None:
    """Also what stands in front of the API, which answers with no problem document."""
    with pytest.raises(Refusal) as refused:
        checked(response)
    assert str(refused.value) == said


def test_an_answer_is_passed_on() -> None:
    answer = httpx.Response(200, json={})
    assert checked(answer) is answer
