"""Reading a request to the token endpoint: form, credentials, grant type (RFC 6749 §2.3, §3.2). Pure."""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from services.auth.assertions import ASSERTION_TYPE, claimed_client
from services.auth.errors import InvalidClient, InvalidRequest

MAX_BODY_BYTES = 16_384
MAX_FIELDS = 20


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """``client_secret_basic`` or ``client_secret_post``."""

    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """``private_key_jwt``."""

    client_id: str
    assertion: str


def read_form(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a form-encoded body; empty ones count as left out. Raises :class:`InvalidRequest`."""
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise InvalidRequest("请用 application/x-www-form-urlencoded 发送 / Send application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=False, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise InvalidRequest("表单无法读取 / The form cannot be read") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidRequest("参数不得重复 / A parameter may appear only once")
    # PostgreSQL stores no NUL, and no name or secret of ours has one.
    if any("\0" in value for value in fields.values()):
        raise InvalidRequest("表单无法读取 / The form cannot be read")
    return fields


def read_client_credentials(form: dict[str, str], authorization: str) -> ClientSecret | ClientAssertion:
    """Who the client says it is and its proof, by exactly one method.

    Raises :class:`InvalidRequest` for several methods at once, :class:`InvalidClient` for none.
    """
    scheme, _, encoded = authorization.partition(" ")
    with_header = scheme.lower() == "basic"
    with_assertion = "client_assertion" in form or "client_assertion_type" in form
    with_secret = "client_secret" in form
    if with_header + with_assertion + with_secret > 1:
        raise InvalidRequest("只能用一种方式认证 / Authenticate in one way only")
    if with_header:
        return _same_client(_read_basic(encoded), form)
    if with_assertion:
        return _same_client(_read_assertion(form), form)
    if with_secret and "client_id" in form:
        return ClientSecret(form["client_id"], form["client_secret"])
    raise InvalidClient("请提供 client_id 与 client_secret 或断言 / Send client_id and client_secret, or an assertion")


def _read_basic(encoded: str) -> ClientSecret:
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidClient("Authorization 头无法读取 / The Authorization header cannot be read") from error
    if not colon or "\0" in unquote_plus(client_id):
        raise InvalidClient("Authorization 头无法读取 / The Authorization header cannot be read")
    return ClientSecret(unquote_plus(client_id), unquote_plus(secret))


def _read_assertion(form: dict[str, str]) -> ClientAssertion:
    if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
        raise InvalidRequest(f"client_assertion_type 须为 / must be {ASSERTION_TYPE}")
    client_id = claimed_client(form["client_assertion"])
    if client_id is None or "\0" in client_id:
        raise InvalidClient("断言无法读取 / The assertion cannot be read")
    return ClientAssertion(client_id, form["client_assertion"])


def _same_client(credentials: ClientSecret | ClientAssertion, form: dict[str, str]) -> ClientSecret | ClientAssertion:
    if form.get("client_id", credentials.client_id) != credentials.client_id:
        raise InvalidRequest("client_id 与认证不符 / client_id is not the one that authenticates")
    return credentials
