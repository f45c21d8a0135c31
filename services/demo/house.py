"""The demo's dealings with the public API: what it registers, binds and posts, always as the client who would do it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from services.demo.assessments import assessed, roster_file
from services.demo.platforms import Post
from services.demo.products import CATEGORIES
from services.demo.roster import Roster
from services.demo.shops import PLATFORMS, open_shops
from services.kit.secrets import write_secret

ITEMS_A_REQUEST: Final = 500
PROVINCE: Final = "520000000000"
VIEWER: Final = "demo"
_PLATFORM_SCOPE: Final = "orders:write imports:write ledger:read"
_VIEWER_SCOPE: Final = "stats:read stats:exact registry:read ledger:read"
_ACCOUNTS_FILE: Final = "demo_accounts"
_ASSESSED_ON: Final = {2017: "2018-12-31", 2019: "2019-12-20"}
"""By accounting year: the day of which the roster speaks."""
_WRITTEN: Final = frozenset({"new", "changed", "unchanged"})
_ROSTER_SECONDS: Final = 120.0

Advance = Callable[[int], None]
"""Told how many items have been done."""


class DemoRefused(RuntimeError):
    """The API did not accept what the demo sent; the text holds its answer."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The clients and the person that the demo makes for itself, with their secrets."""

    secrets: Mapping[str, str]

    def client(self, platform: str) -> dict[str, str]:
        """Credentials of a platform's client, in the form of the credentials file."""
        client_id = client_of(platform)
        return {"client_id": client_id, "client_secret": self.secrets[client_id]}

    @property
    def viewer_password(self) -> str:
        """The password of the person who may look at the dashboard."""
        return self.secrets[VIEWER]


def client_of(platform: str) -> str:
    """The client id under which a simulated platform posts."""
    return f"demo-{platform}"


def checked(response: httpx.Response, *accepted: int) -> Any:
    """The JSON of a success (or of another accepted status). Raises :class:`DemoRefused`."""
    if not response.is_success and response.status_code not in accepted:
        request = response.request
        raise DemoRefused(f"{request.method} {request.url.path}: {response.status_code} {response.text[:500]}")
    return response.json() if response.content else None


def make_accounts(admin: httpx.Client, secrets_dir: Path, password: Callable[[], str]) -> Accounts:
    """A client for each simulated platform and a person for the dashboard, made once and kept with the secrets."""
    kept = secrets_dir / _ACCOUNTS_FILE
    secrets: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    for platform in PLATFORMS:
        client_id = client_of(platform.key)
        if client_id in secrets:
            continue
        body = {
            "client_id": client_id,
            "name": platform.name,
            "scope": _PLATFORM_SCOPE,
            "regions": [PROVINCE],
            "platform": platform.key,
        }
        answer = admin.post("/v1/clients", json=body)
        if answer.status_code == httpx.codes.CONFLICT:  # made by a run that ended before it could keep the secret
            answer = admin.post(f"/v1/clients/{client_id}/secret", json={})
        secrets[client_id] = checked(answer)["client_secret"]
    if VIEWER not in secrets:
        secrets[VIEWER] = password()
        body = {"user_name": VIEWER, "password": secrets[VIEWER], "name": "演示 / Demo", "scope": _VIEWER_SCOPE}
        answer = admin.post("/v1/users", json={**body, "regions": [PROVINCE]})
        if answer.status_code == httpx.codes.CONFLICT:
            answer = admin.post(f"/v1/users/{VIEWER}/password", json={"password": secrets[VIEWER]})
        checked(answer)
    write_secret(secrets_dir, _ACCOUNTS_FILE, json.dumps(secrets))
    return Accounts(secrets)


def register_reference(officer: httpx.Client) -> None:
    """The platforms and categories of the demo."""
    for platform in PLATFORMS:
        checked(officer.post("/v1/platforms", json={"platform": platform.key, "name": platform.name}))
    for category in CATEGORIES:
        body = {"category": category.code, "name": category.name, "name_en": category.name_en}
        checked(officer.post("/v1/categories", json=body))


def register_subjects(officer: httpx.Client, roster: Roster, advance: Advance) -> dict[str, str]:
    """Register the roster; answers the codes by the roster's keys. What is registered already keeps its code."""
    codes: dict[str, str] = {}
    for piece in pieces(roster.subjects):
        answer = checked(officer.post("/v1/subjects", json={"subjects": [subject.body() for subject in piece]}))
        for subject, result in zip(piece, answer["results"], strict=True):
            if result.get("subject") is None:
                raise DemoRefused(f"{subject.key}: {result}")
            codes[subject.key] = result["subject"]["code"]
        advance(len(piece))
    return codes


def register_facts(officer: httpx.Client, roster: Roster, codes: Mapping[str, str], advance: Advance) -> None:
    """Links, ratios, and the bindings of shops and listings."""
    links = [link.body(codes) for link in roster.links]
    for piece in pieces(links):
        answer = checked(officer.post("/v1/links", json={"links": piece}))
        if answer["counts"]["rejected"] or answer["counts"]["conflict"]:
            raise DemoRefused(f"/v1/links: {answer['counts']}")
        advance(len(piece))
    checked(officer.post("/v1/income-ratios", json={"ratios": [ratio.body() for ratio in roster.ratios]}))
    advance(len(roster.ratios))
    shops = [shop for platform in PLATFORMS for shop in open_shops(roster, platform)]
    bindings = [binding for shop in shops if (binding := shop.binding(codes))]
    listings = [listing for shop in shops for listing in shop.listing_bindings(codes)]
    for path, name, facts in (("/v1/shops", "shops", bindings), ("/v1/listings", "listings", listings)):
        for piece in pieces(facts):
            checked(officer.post(path, json={name: piece}))
            advance(len(piece))


def register_assessments(officer: httpx.Client, roster: Roster, advance: Advance) -> None:
    """Incomes of the years before and after that with which households are registered, and who left poverty: a roster
    for each year.
    """
    found = list(assessed(roster))
    for year, as_of in _ASSESSED_ON.items():
        of_year = [one for one in found if one.year == year]
        terms = {"kind": "household", "region": PROVINCE, "as_of": as_of, "mode": "delta"}
        roster_id = checked(officer.post("/v1/rosters", params=terms, content=roster_file(of_year)))["roster_id"]
        state = _wait_for(officer, roster_id, "validating")
        if state["stage"] != "committed":
            checked(officer.post(f"/v1/rosters/{roster_id}/commit"))
            state = _wait_for(officer, roster_id, "committing")
        if any(count for status, count in state["counts"].items() if status not in _WRITTEN):
            raise DemoRefused(f"/v1/rosters: {state['counts']}")
        advance(len(of_year))


def _wait_for(officer: httpx.Client, roster_id: str, stage: str) -> dict[str, Any]:
    deadline = time.monotonic() + _ROSTER_SECONDS
    while True:
        state: dict[str, Any] = checked(officer.get(f"/v1/rosters/{roster_id}"))
        if state["stage"] != stage:
            return state
        if time.monotonic() > deadline:
            raise DemoRefused(f"名册未处理完,请查看日志 / the roster is not done; see the log: {state['stage']}")
        time.sleep(0.1)


def record_payments(officer: httpx.Client, due: Sequence[Mapping[str, Any]], advance: Advance) -> None:
    """What groups paid their members. Posted again under the same keys, it is answered as before and is no batch."""
    for number, piece in enumerate(pieces(due)):
        key = {"Idempotency-Key": f"payments-2019-{len(due)}-{number:03d}"}
        answer = checked(officer.post("/v1/payments", json={"payments": piece}, headers=key))
        if answer["counts"]["rejected"] or answer["counts"]["conflict"]:
            raise DemoRefused(f"/v1/payments: {answer['counts']}")
        advance(len(piece))


def count_facts(roster: Roster) -> int:
    """How many items :func:`register_facts` will send."""
    shops = [shop for platform in PLATFORMS for shop in open_shops(roster, platform)]
    codes = {subject.key: subject.key for subject in roster.subjects}
    bound = sum(shop.binding(codes) is not None for shop in shops)
    return len(roster.links) + len(roster.ratios) + bound + sum(len(shop.listing_bindings(codes)) for shop in shops)


def send(platform: httpx.Client, post: Post) -> dict[str, Any]:
    """One post of a platform, under its idempotency key; answers the API's answer."""
    answer: dict[str, Any] = checked(
        platform.post(f"/v1/{post.kind}", json=post.body, headers={"Idempotency-Key": post.idempotency_key})
    )
    return answer


def pieces(items: Sequence[Any], size: int = ITEMS_A_REQUEST) -> Iterator[Sequence[Any]]:
    """The items in requests of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
