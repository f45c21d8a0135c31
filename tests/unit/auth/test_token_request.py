"""Reading the form and the credentials of a token request."""

import base64

import pytest

from services.auth.assertions import ASSERTION_TYPE
from services.auth.errors import InvalidClient, InvalidRequest
from services.auth.token_request import ClientSecret, read_client_credentials, read_form

FORM = "application/x-www-form-urlencoded"


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_basic_credentials_are_decoded_as_the_rfc_says() -> None:
    """RFC 6749 §2.3.1: both parts are form-encoded first, so that a colon or a space can be in them."""
    assert read_client_credentials({}, _basic("a%3Ab:c+d%25")) == ClientSecret("a:b", "c d%")
    assert read_client_credentials({"client_id": "a"}, _basic("a:s")) == ClientSecret("a", "s")


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YWJj", _basic("a%00:b"), "Bearer x", ""])
def test_a_header_that_cannot_be_read_proves_nothing(header: str) -> None:
    """No colon, no base-64, another scheme, or a NUL."""
    with pytest.raises(InvalidClient):
        read_client_credentials({}, header)


@pytest.mark.parametrize(
    ("form", "header"),
    [
        ({"client_id": "a", "client_secret": "s"}, _basic("a:s")),
        ({"client_assertion_type": ASSERTION_TYPE, "client_assertion": "x"}, _basic("a:s")),
        ({"client_id": "b"}, _basic("a:s")),
        ({"client_assertion_type": "urn:other", "client_assertion": "x"}, ""),
        ({"client_assertion_type": ASSERTION_TYPE}, ""),
    ],
)
def test_one_method_and_one_client_per_request(form: dict[str, str], header: str) -> None:
    """RFC 6749 §2.3: a client must not use more than one method; and it names itself the same way everywhere."""
    with pytest.raises(InvalidRequest):
        read_client_credentials(form, header)


def test_a_form_is_read_strictly() -> None:
    """UTF-8, no parameter twice, an empty one counts as left out (RFC 6749 §3.2)."""
    assert read_form(b"a=1&b=&c=%E5%BC%A0", f"{FORM}; charset=UTF-8") == {"a": "1", "c": "张"}
    for body in (b"a=1&a=2", b"a=%FF", b"\xff=1", b"a=%00", b"&".join(b"k%d=1" % i for i in range(30))):
        with pytest.raises(InvalidRequest):
            read_form(body, FORM)
    with pytest.raises(InvalidRequest):
        read_form(b"a=1", "multipart/form-data")
