"""``onecode verify`` finds cards, scans and openings that are not what the service wrote."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.codes.verify import checks
from services.kit import clock
from tests.integration.codes.stations.conftest import Station, purchase, scan

Superuser = Any
"""A connection of asyncpg, which has no types."""


async def findings(station: Station) -> dict[str, list[str]]:
    """What is wrong, by the English name of the check."""
    async with station.registry.database.snapshot() as connection:
        found = await checks(connection)
    return {
        one.name.partition(" / ")[2]: sorted(str(row["finding"]) for row in one.differences)
        for one in found
        if one.differences
    }


SCANS, CARDS = "scans and their voids fit", "cards are of issued codes and of keys that signed then"
DEVICES, CONTENTS, OPENINGS = (
    "scans of devices are of their time and station",
    "recorded scans still say what was said",
    "statements were opened by the rule",
)


@pytest.fixture
async def superuser(registry_url: str) -> AsyncIterator[Superuser]:
    """Who can do what no service may."""
    connection = await asyncpg.connect(registry_url)
    yield connection
    await connection.close()


async def test_what_stations_do_verifies_and_tampering_with_scans_is_found(
    station: Station, superuser: Superuser
) -> None:
    address, _ = await station.issue_card()
    bought, void = purchase(station.code), scan(None, purpose="void")
    void["voids"] = {"scan_id": bought["scan_id"]}
    paper = purchase(station.code, pad_no="07", sheet_no=3, scan_id=None)
    await station.report(bought, scan(station.code), void, paper, scan(address), purchase(address))
    await station.report(bought, sent_at=(clock.now() - timedelta(hours=3)).isoformat())
    assert await findings(station) == {}
    for statement, expected in (
        ("superseded_in = recorded_in WHERE purpose = 'verify' AND card_no IS NULL",
         {SCANS: ["superseded without a void"]}),
        ("superseded_in = NULL, business_day = business_day - 1 WHERE purpose = 'void'",
         {SCANS: ["on another day"]}),
        ("amount_paid_fen = 1 WHERE source = 'pad:07'", {CONTENTS: ["not what was said"]}),
        ("scanned_at = scanned_at - interval '10 years' WHERE purpose = 'void'",
         {DEVICES: ["before its device was enrolled"]}),
        ("source = 'device:D000000000' WHERE purpose = 'void'", {DEVICES: ["of no device of the station"]}),
    ):  # fmt: skip
        await superuser.execute(f"UPDATE codes.scan_records SET {statement}")
        found = await findings(station)
        assert {name: found.get(name) for name in expected} == expected, statement
        await superuser.execute("UPDATE codes.scan_records SET superseded_in = NULL WHERE purpose = 'verify'")


async def test_cards_that_no_key_of_ours_signed_and_codes_that_live_on_are_found(
    station: Station, superuser: Superuser
) -> None:
    address, _ = await station.issue_card()
    body = {"compromised_at": clock.now().isoformat(), "reason": "冒用"}
    replaced = await station.registry.post(f"/v1/codes/{station.code}/replace", body)
    assert replaced.status_code in {200, 201}, replaced.text
    assert address
    assert await findings(station) == {}
    await superuser.execute(
        "INSERT INTO codes.cards (code, key_id, issued_on, recorded_in) VALUES ('HGP1XF3A71', 1, '2020-01-01', 1), "
        "($1, 1, '2020-01-01', 1), ($2, 9, '2020-01-01', 1), ($3, 1, '1999-01-01', 1)",
        station.code, replaced.json()["replaced_by"], station.cooperative,
    )  # fmt: skip
    assert await findings(station) == {
        CARDS: [
            "in use for a code that was replaced",
            "issued when its key did not sign",
            "of no issued code",
            "of no published key",
        ],
    }


async def test_a_pin_that_was_tried_too_often_is_found(station: Station, superuser: Superuser) -> None:
    address, _ = await station.issue_card()
    body = {"card": address, "pin": "483176"}
    assert (await station.post(f"/v1/codes/{station.code}/pin", body, station.registry.token())).status_code == 200
    for pin in (*["483177"] * 5, "483176"):
        await station.post("/v1/statements", {"card": address, "pin": pin})
    assert await findings(station) == {}, "the sixth was not looked at"
    again = "INSERT INTO codes.pin_attempts (code, station, actor, attempted_at) VALUES ($1, 'DY-001', 'x', now())"
    await superuser.execute(again, station.code)
    assert await findings(station) == {OPENINGS: ["more wrong PINs in a row than may be"]}


async def test_the_services_own_role_can_neither_edit_nor_delete_a_scan(station: Station, superuser: Superuser) -> None:
    """Rows of record: but for the mark that a void sets, grants allow nothing."""
    await station.report(purchase(station.code))
    await superuser.execute("SET ROLE onecode_codes_login")
    refused = []
    for statement in (
        "UPDATE codes.scan_records SET amount_paid_fen = 1",
        "UPDATE codes.scan_records SET scan_id = 'x'",
        "DELETE FROM codes.scan_records",
        "DELETE FROM codes.pin_attempts",
        "UPDATE codes.statement_grants SET expires_at = now()",
    ):
        try:
            await superuser.execute(statement)
        except asyncpg.InsufficientPrivilegeError:
            refused.append(statement)
    assert len(refused) == 5
