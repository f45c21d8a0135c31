"""Clients and users: registered, limited, changed, disabled, and all of it on record."""

import asyncio

import pytest
from fastapi import FastAPI

from services.kit.auth import TokenVerifier
from services.kit.database import Database
from services.kit.errors import NotAuthenticated
from tests.integration.auth.requests import Api


async def _token_of(api: Api, client_id: str, client_secret: str) -> str:
    response = await api.post_form(grant_type="client_credentials", client_id=client_id, client_secret=client_secret)
    assert response.status_code == 200, response.text
    return str(response.json()["access_token"])


async def _register(api: Api, **fields: object) -> tuple[str, str]:
    response = await api.register_client(await api.token("admin"), **fields)
    assert response.status_code == 201, response.text
    return response.json()["client_id"], response.json()["client_secret"]


async def test_a_registered_client_gets_tokens_and_its_secret_is_shown_once(api: Api, app: FastAPI) -> None:
    """The secret in the answer works; no later answer contains it, or its hash."""
    admin = await api.token("admin")
    made = await api.register_client(admin, scope="orders:write", regions=[], platform="tmall", client_id="tmall")
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    secret = made.json()["client_secret"]
    caller = await app.state.verifier.verify(await _token_of(api, "tmall", secret))
    assert (caller.client_id, caller.platform, caller.regions) == ("tmall", "tmall", ())
    shown = await api.send("GET", "/v1/clients/tmall", admin)
    listed = await api.send("GET", "/v1/clients", admin)
    assert shown.json() == {key: value for key, value in made.json().items() if key != "client_secret"}
    assert shown.json() in listed.json()["clients"]
    assert "argon2" not in listed.text
    again = await api.register_client(admin, client_id="tmall")
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")


async def test_clients_are_listed_in_pages(api: Api) -> None:
    """Following ``next`` shows each client once and then ends."""
    admin = await api.token("admin")
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await api.send("GET", f"/v1/clients?limit=2&after={after}", admin)).json()
        seen += [client["client_id"] for client in page["clients"]]
        after = page["next"]
    assert seen == ["admin", "bureau", "officer", "platform", "station"]


@pytest.mark.parametrize(
    ("fields", "beyond"),
    [
        ({"scope": "stats:read ratios:write"}, {"scope": ["ratios:write"]}),
        ({"regions": ["520000000000"]}, {"regions": ["520000000000"]}),
        ({"regions": ["520101000000", "520200000000"]}, {"regions": ["520200000000"]}),
        ({"platform": "jd"}, {"platform": ["jd"]}),
        ({"platform": None}, {"platform": ["*"]}),
    ],
)
async def test_nobody_grants_more_than_they_hold(
    api: Api, fields: dict[str, object], beyond: dict[str, list[str]]
) -> None:
    """A scope, region or platform beyond one's own cannot be handed on: not to a new client, not to a present one."""
    keeper = await _token_of(
        api,
        *await _register(
            api, scope="clients:write stats:read", regions=["520100000000"], platform="tmall", client_id="keeper"
        ),
    )
    refused = await api.register_client(keeper, **{"platform": "tmall", **fields})
    assert (refused.status_code, refused.json()["code"]) == (403, "grant_too_wide")
    assert refused.json()["beyond"] == beyond
    within = await api.register_client(keeper, platform="tmall", regions=["520101000000"], client_id="within")
    assert within.status_code == 201
    widened = await api.send("PATCH", "/v1/clients/within", keeper, fields)
    assert (widened.status_code, widened.json()["code"]) == (403, "grant_too_wide")


async def test_nobody_manages_who_holds_more(api: Api) -> None:
    """Replacing the secret of a client that holds more would be a way to become it: refused. Clients of other regions
    are not even shown.
    """
    keeper = await _token_of(api, *await _register(api, scope="clients:write stats:read", client_id="keeper"))
    await _register(api, scope="ratios:write", client_id="more")
    for method, path, body in (
        ("POST", "/v1/clients/more/secret", None),
        ("PATCH", "/v1/clients/more", {"enabled": False}),
    ):
        refused = await api.send(method, path, keeper, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "grant_too_wide")
    assert (await api.send("GET", "/v1/clients/admin", keeper)).status_code == 404
    assert (await api.send("POST", "/v1/clients/admin/secret", keeper)).status_code == 404
    listed = (await api.send("GET", "/v1/clients", keeper)).json()["clients"]
    assert {client["client_id"] for client in listed} == {"keeper", "more"}


async def test_scopes_are_needed_and_a_token_is_needed(api: Api) -> None:
    """Without a token 401, without the scope 403, on every route that manages something."""
    bureau = await api.token("bureau")
    paths = [
        ("GET", "/v1/clients"),
        ("GET", "/v1/clients/admin"),
        ("POST", "/v1/clients/admin/secret"),
        ("GET", "/v1/users"),
        ("GET", "/v1/keys"),
        ("POST", "/v1/keys/rotate"),
        ("POST", "/v1/keys/any/withdraw"),
        ("GET", "/v1/audit"),
    ]
    for method, path in paths:
        assert (await api.client.request(method, path)).status_code == 401
        assert (await api.send(method, path, bureau)).status_code == 403


async def test_a_disabled_client_stops_working_and_its_old_tokens_stay_void(api: Api, app: FastAPI) -> None:
    """Disabling ends tokens at the next look at the published views, in another process too; enabling again brings
    new tokens, not the old ones.
    """
    elsewhere = TokenVerifier(app.state.database, issuer="https://onecode.example")
    client_id, secret = await _register(api)
    token = await _token_of(api, client_id, secret)
    await elsewhere.verify(token)
    admin = await api.token("admin")
    disabled = await api.send("PATCH", f"/v1/clients/{client_id}", admin, {"enabled": False})
    assert (disabled.status_code, disabled.json()["enabled"]) == (200, False)
    await elsewhere.refresh()
    for verifier in (elsewhere, app.state.verifier):
        with pytest.raises(NotAuthenticated):
            await verifier.verify(token)
    refused = await api.post_form(grant_type="client_credentials", client_id=client_id, client_secret=secret)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    await api.send("PATCH", f"/v1/clients/{client_id}", admin, {"enabled": True})
    await elsewhere.refresh()
    with pytest.raises(NotAuthenticated):
        await elsewhere.verify(token)
    assert (await elsewhere.verify(await _token_of(api, client_id, secret))).client_id == client_id


async def test_narrowed_rights_end_tokens_that_carry_the_wider_ones(api: Api, app: FastAPI) -> None:
    """A token never outlives the rights it was issued with; one issued right after the change is good."""
    client_id, secret = await _register(api, scope="stats:read stats:exact")
    before = await _token_of(api, client_id, secret)
    admin = await api.token("admin")
    await api.send("PATCH", f"/v1/clients/{client_id}", admin, {"scope": "stats:read"})
    after = await _token_of(api, client_id, secret)
    with pytest.raises(NotAuthenticated):
        await app.state.verifier.verify(before)
    assert (await app.state.verifier.verify(after)).scopes == {"stats:read"}


async def test_a_token_asked_for_while_rights_are_narrowed_does_not_keep_the_wider_ones(
    api: Api, database: Database
) -> None:
    """Tokens issued and rights changed at the same moment: whatever the order, no good token has the old scope."""
    client_id, secret = await _register(api, scope="stats:read stats:exact")
    admin = await api.token("admin")
    await _token_of(api, client_id, secret)
    change = asyncio.create_task(api.send("PATCH", f"/v1/clients/{client_id}", admin, {"scope": "stats:read"}))
    tokens = await asyncio.gather(*(_token_of(api, client_id, secret) for _ in range(8)))
    assert (await change).status_code == 200
    elsewhere = TokenVerifier(database, issuer="https://onecode.example")
    for token in tokens:
        try:
            caller = await elsewhere.verify(token)
        except NotAuthenticated:
            continue
        assert caller.scopes == {"stats:read"}


async def test_a_replaced_secret_is_no_good_at_once(api: Api, app: FastAPI) -> None:
    """Also when the old one was just used; its tokens end unless the caller says otherwise."""
    client_id, old = await _register(api)
    first = await _token_of(api, client_id, old)
    admin = await api.token("admin")
    kept = await api.send("POST", f"/v1/clients/{client_id}/secret", admin, {"revoke_tokens": False})
    await app.state.verifier.verify(first)
    refused = await api.post_form(grant_type="client_credentials", client_id=client_id, client_secret=old)
    assert refused.status_code == 401
    second = await _token_of(api, client_id, kept.json()["client_secret"])
    await api.send("POST", f"/v1/clients/{client_id}/secret", admin)
    for token in (first, second):
        with pytest.raises(NotAuthenticated):
            await app.state.verifier.verify(token)


async def test_an_administrator_cannot_lock_themselves_out(api: Api) -> None:
    """Disabling or narrowing oneself is refused; a new name is fine."""
    admin = await api.token("admin")
    for changes in ({"enabled": False}, {"scope": "stats:read"}):
        refused = await api.send("PATCH", "/v1/clients/admin", admin, changes)
        assert (refused.status_code, refused.json()["code"]) == (409, "own_account")
    renamed = await api.send("PATCH", "/v1/clients/admin", admin, {"name": "张三"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "张三")


async def test_people_log_in_with_a_password_and_change_it(api: Api, app: FastAPI) -> None:
    """A user's token names ``user:<name>``; a wrong password, an unknown name and a disabled user are invalid_grant; a
    changed password ends the tokens so far.
    """
    admin = await api.token("admin")
    assert (await api.register_user(admin)).status_code == 201
    logged_in = await api.log_in(" Wang.Fang ", "correct horse battery")
    assert logged_in.status_code == 200
    token = logged_in.json()["access_token"]
    assert (await app.state.verifier.verify(token)).client_id == "user:wang.fang"
    for name, password in (("wang.fang", "wrong"), ("nobody", "correct horse battery")):
        refused = await api.log_in(name, password)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    wrong = await api.send("POST", "/v1/users/me/password", token, {"current": "wrong", "new": "another long password"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    own = {"current": "correct horse battery", "new": "another long password"}
    assert (await api.send("POST", "/v1/users/me/password", token, own)).status_code == 204
    with pytest.raises(NotAuthenticated):
        await app.state.verifier.verify(token)
    assert (await api.log_in("wang.fang", "correct horse battery")).status_code == 400
    token = (await api.log_in("wang.fang", "another long password")).json()["access_token"]
    await api.send("PATCH", "/v1/users/wang.fang", admin, {"enabled": False})
    with pytest.raises(NotAuthenticated):
        await app.state.verifier.verify(token)
    assert (await api.log_in("wang.fang", "another long password")).json()["error"] == "invalid_grant"


async def test_a_client_cannot_use_the_route_for_ones_own_password(api: Api) -> None:
    """A client named like a user is still not that user."""
    admin = await api.token("admin")
    await api.register_user(admin, user_name="bureau")
    body = {"current": "correct horse battery", "new": "another long password"}
    refused = await api.send("POST", "/v1/users/me/password", await api.token("bureau"), body)
    assert refused.status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": "no:such"},
        {"regions": ["5201"]},
        {"regions": [""]},
        {"client_id": "Bad Name"},
        {"client_id": "user:x"},
        {"name": "\0"},
        {"unknown": 1},
        {"public_jwk": {"kty": "oct", "k": "AAAA", "kid": "k"}},
        {"public_jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "d": "AAAA", "kid": "k"}},
        {"public_jwk": {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA", "kid": "k"}},
        {"public_jwk": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}},
    ],
)
async def test_unacceptable_values_are_refused(api: Api, fields: dict[str, object]) -> None:
    """Unknown scopes, regions that are not 12 digits, bad names, unknown fields, and keys that are not public: 422."""
    refused = await api.register_client(await api.token("admin"), **fields)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


async def test_every_change_is_on_record_without_secrets(api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    """Each change has one audit entry that says who did what to whom, a request that changed nothing has none, and no
    secret, password or token is in the audit log or in the program's own log.
    """
    admin = await api.token("admin")
    client_id, secret = await _register(api, client_id="recorded")
    token = await _token_of(api, client_id, secret)
    await api.send("PATCH", "/v1/clients/recorded", admin, {"scope": "stats:read stats:exact"})
    await api.send("PATCH", "/v1/clients/recorded", admin, {"scope": "stats:exact stats:read"})
    new_secret = (await api.send("POST", "/v1/clients/recorded/secret", admin)).json()["client_secret"]
    await api.send("PATCH", "/v1/clients/recorded", admin, {"enabled": False})
    entries = await api.audit(admin, target="recorded")
    assert [entry["action"] for entry in reversed(entries)] == [
        "create_client",
        "change_client",
        "replace_secret_of_client",
        "disable_client",
    ]
    assert {entry["actor"] for entry in entries} == {"admin"}
    assert entries[2]["detail"] == {"scope": {"from": "stats:read", "to": "stats:read stats:exact"}}
    await api.register_user(admin)
    await api.log_in("wang.fang", "correct horse battery")
    everything = str(await api.audit(admin, limit="500"))
    captured = capfd.readouterr()
    logged = captured.out + captured.err
    assert "create_user" in everything
    assert "/v1/token" in logged
    known = [secret, new_secret, token, admin, "correct horse battery", api.first_clients["admin"].client_secret]
    for hidden in (*known, "argon2"):
        assert hidden not in everything
        assert hidden not in logged
    pages = await api.send("GET", "/v1/audit?limit=3", admin)
    older = await api.send("GET", f"/v1/audit?limit=3&before={pages.json()['next']}", admin)
    assert pages.json()["entries"][-1]["audit_id"] > older.json()["entries"][0]["audit_id"]
