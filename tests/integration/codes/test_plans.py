"""What officers, printers and stations wait for finds its rows by an index, however many households there are: no plan
reads a table that grows from end to end.
"""

# ruff: noqa: SLF001 - what is private is each statement by itself; the functions around them only pass parameters

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from sqlalchemy import TextClause

from services.codes.queries import (
    cards,
    codes,
    devices,
    identities,
    labels,
    origins,
    presented,
    revocations,
    roster_rows,
    scans,
    statements,
    stations,
    subjects,
)
from services.kit.database import Database
from tests.conftest import Cluster
from tests.plans import as_service, filled_database, generic_plan, plan_for

FILL: Final = """
INSERT INTO codes.batches (actor, operation) SELECT 'x', 'register_subjects' FROM generate_series(1, 2000);
INSERT INTO codes.sealed (position, batch_id, sealed_at)
SELECT n, n, timestamptz '2019-01-01' + n * interval '1 minute' FROM generate_series(1, 2000) AS n;
CREATE TEMPORARY TABLE everybody AS
SELECT n AS subject_id, 'H' || lpad(n::text, 9, '0') AS code, 1 + n % 2000 AS batch,
       '52' || lpad((n % 400)::text, 10, '0') AS region FROM generate_series(1, 10000) AS n;
INSERT INTO codes.subjects OVERRIDING SYSTEM VALUE
SELECT subject_id, 'household', '2018-12-31', batch FROM everybody;
INSERT INTO codes.subject_versions (subject_id, valid_from, recorded_in, region, persons, status)
SELECT subject_id, '2018-12-31', batch, region, 4, 'registered' FROM everybody;
INSERT INTO codes.identities (identity_index, subject_id, field, recorded_in)
SELECT sha256(code::bytea), subject_id, 'id_card', batch FROM everybody;
INSERT INTO codes.persons (subject_id, recorded_in, name_cipher, likeness_index)
SELECT subject_id, batch, 'x', sha256(code::bytea) FROM everybody;
INSERT INTO codes.codes (code, subject_id, recorded_in) SELECT code, subject_id, batch FROM everybody;
INSERT INTO codes.code_states (code, valid_from, recorded_in, state)
SELECT code, '2018-12-31', batch, CASE WHEN subject_id % 200 = 0 THEN 'suspended' ELSE 'in_force' END FROM everybody;
INSERT INTO codes.directory_entries (code, valid_from, recorded_in, state, subject_id, kind, region)
SELECT code, '2018-12-31', batch, 'in_force', subject_id, 'household', region FROM everybody;
INSERT INTO codes.links (recorded_in, member_id, member_kind, group_id, group_kind, weight, valid_from)
SELECT batch, subject_id, 'household', 20001 + subject_id % 100, 'cooperative', 1, '2019-01-01' FROM everybody;
INSERT INTO codes.cards (code, key_id, issued_on, recorded_in, revoked_at, revoked_in)
SELECT code, 1, '2019-01-01', batch, at, CASE WHEN at IS NOT NULL THEN batch END
FROM everybody, LATERAL (SELECT CASE WHEN subject_id % 100 = 0 THEN now() END AS at) AS lost;
INSERT INTO codes.roster_rows (roster_id, row_no, status, subject_id, committed_in)
SELECT 1 + subject_id % 40, subject_id, 'new', subject_id, batch FROM everybody;
INSERT INTO codes.scan_records (
    station, source, scan_id, recorded_in, content_hash, purpose, code, verdict, device_time, scanned_at, business_day,
    clock, offline)
SELECT 'S' || subject_id % 100, 'device:D', subject_id, batch, 'x', 'verify', code, 'valid', now(),
       timestamptz '2020-01-01' + subject_id * interval '1 minute', '2020-01-01', 'as_told', false FROM everybody;
INSERT INTO codes.devices (device, station, enrolment_id, enrolled_at, secret_digest, recorded_in)
SELECT 'D' || subject_id, 'S' || subject_id % 100, subject_id, now(), 'x', batch FROM everybody;
INSERT INTO codes.pins (code, recorded_in, pin_hash, set_at) SELECT code, batch, 'x', now() FROM everybody;
INSERT INTO codes.pin_attempts (code, station, actor, attempted_at) SELECT code, 'S', 'x', now() FROM everybody;
INSERT INTO codes.statement_grants
SELECT subject_id, sha256(code::bytea), subject_id, now(), now() FROM everybody;
INSERT INTO codes.objections (subject_id, attempt_id, text_cipher, raised_at)
SELECT subject_id, subject_id, 'x', now() FROM everybody;
ANALYZE;
"""
LARGE: Final = frozenset(
    {
        "subjects", "subject_versions", "identities", "persons", "codes", "code_states", "directory_entries", "links",
        "cards", "roster_rows", "scan_records", "devices", "pins", "pin_attempts", "statement_grants", "objections",
        "batches", "sealed",
    }
)  # fmt: skip
NOW, TODAY = datetime(2020, 2, 1, tzinfo=UTC), date(2020, 2, 1)
CODE, REGION, NEXT_REGION = "H000000007", "520000000007", "520000000008"
ASKED: Final[dict[str, Any]] = {
    "code": CODE, "codes": [CODE], "subject_id": 7, "subject_ids": [7], "indexes": [b"x" * 32], "days": [TODAY],
    "lows": [REGION], "highs": [NEXT_REGION], "low": REGION, "high": NEXT_REGION, "moment": NOW, "moments": [NOW],
    "today": TODAY, "kind": "household", "after_region": "", "after_code": "", "limit": 100, "card_nos": [7],
    "roster_id": 7, "after": 0, "status": None, "first": 1, "last": 100, "station": "S1", "stations": ["S1"],
    "sources": ["device:D"], "scan_ids": ["1"], "batch_id": 7, "until": NOW, "after_at": NOW, "after_source": "",
    "after_id": "", "device": "D7", "grant_digest": b"x", "since_at": NOW, "upto": 2000,
    "without_pin": False, "counties": ["520000"],
}  # fmt: skip
"""A question of each parameter: a small village's, a small group's, one household's."""

PLANS: Final[list[tuple[str, TextClause, dict[str, Any]]]] = [
    ("a holder", codes._HOLDER, {}),
    ("a code's states", codes._CURRENT_STATES, {}),
    ("a code now", codes._DIRECTORY_NOW, {}),
    ("whose numbers these are", subjects._IDENTITIES_KNOWN, {}),
    ("whose a county's running numbers are", identities._IN_COUNTY, {}),
    ("a subject", subjects._SUBJECT, {}),
    ("labels of a village", labels._OF_REGION, {}),
    ("handover codes of a village", labels._OF_REGION, {"without_pin": True}),
    ("labels of a group's members", labels._OF_GROUP, {"only": 20007}),
    ("labels of a roster", labels._OF_ROSTER, {"only": 7}),
    ("labels of a list", labels._LISTED, {}),
    ("divisions to be named", origins._LARGE_ENOUGH, {"enough": 20}),
    ("cooperatives of a code's holder", origins._COOPERATIVES, {}),
    ("cards in use", cards._IN_USE, {}),
    ("every card of a code", cards._OF_CODE, {}),
    ("cards that are shown", presented._CARDS, {}),
    ("revoked cards since a position", revocations._CARDS, {"since": 1990}),
    ("revoked codes since a position", revocations._CODES, {"since": 1990}),
    ("the end of the feed", revocations._SEALED, {"since": 1990}),
    ("rows of a roster", roster_rows._ROWS, {}),
    ("open rows of a roster", roster_rows._OPEN_ROWS, {}),
    ("scans on record", scans._RECORDED, {}),
    ("what a code is good for", scans._FINDINGS, {}),
    ("cooperatives of a household", scans._COOPERATIVES, {}),
    ("what a void undoes", scans._VOID, {}),
    ("a station's scans of some days", scans._SCANS_AFTER, {"since": NOW}),
    ("a device", devices._DEVICE, {}),
    ("devices of a station", devices._DEVICES, {}),
    ("a station's versions", stations._VERSIONS, {}),
    ("a PIN", statements._PIN, {}),
    ("PINs that were set", statements._PINS_SET, {}),
    ("wrong PINs", statements._WRONG_IN_A_ROW, {"since": NOW}),
    ("a grant", statements._GRANT, {}),
    ("accesses", statements._ACCESSES, {}),
    ("objections of a household", statements._OBJECTIONS_OF, {}),
]


@pytest.fixture(scope="module")
def filled_url(cluster: Cluster, template: str) -> Iterator[str]:
    """Nothing in this module changes it."""
    with filled_database(cluster, template, FILL) as url:
        yield url


@pytest.fixture
async def filled(cluster: Cluster, filled_url: str) -> AsyncIterator[Database]:
    """Under the service's own role."""
    async with as_service(cluster, filled_url, "codes") as database:
        yield database


async def test_no_table_that_grows_is_read_from_end_to_end(filled: Database) -> None:
    """Neither at first, with these parameters, nor by the plan that a prepared statement ends up with."""
    whole = dict[tuple[str, str], frozenset[str]]()
    for name, statement, particular in PLANS:
        parameters = {asked: {**ASKED, **particular}[asked] for asked in statement.compile().params}
        first, generic = await plan_for(filled, statement, parameters), await generic_plan(filled, statement)
        whole |= {(name, "first"): first.scanned & LARGE, (name, "generic"): generic.scanned & LARGE}
    assert {plan: sorted(tables) for plan, tables in whole.items() if tables} == {}
