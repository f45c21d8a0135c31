"""What a station is shown of the codes it scanned: the county and the cooperative; of the holder only what the caller
may read in the registry anyway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row

from services.codes.code import Kind
from services.codes.divisions import Level, parent_code_of
from services.codes.privacy import PersonKeys
from services.codes.purpose import Purpose
from services.codes.queries import batches, regions
from services.codes.queries import scans as queries
from services.codes.queries.scans import Recorded
from services.codes.service.codes import READ_SCOPE
from services.codes.service.subjects import PERSON_SCOPE
from services.codes.subject import mask_name
from services.kit.auth import Caller
from services.kit.database import Database


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a code, for callers who may read the registry there; the name masked unless they may see persons."""

    subject_id: int
    kind: Kind
    region: str
    name: str = field(repr=False)
    persons: int | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a scanned code."""

    county: str | None = None
    """With what it belongs to: 贵州省黔南布依族苗族自治州都匀市."""
    cooperatives: Sequence[str] = ()
    """Those of which the holder was a member on the day; a cooperative itself is shown as its ``organisation``."""
    organisation: str | None = None
    """The public name of a cooperative or enterprise whose own code it is."""
    holder: Holder | None = None


async def show_verdicts(
    database: Database, keys: PersonKeys, caller: Caller | None, scans: Sequence[Recorded], *, today: date
) -> list[Shown]:
    """What is shown of each scan's code."""
    known = [scan for scan in scans if scan.subject_id is not None and scan.region is not None]
    if not known:
        return [Shown()] * len(scans)
    subject_ids = {scan.subject_id for scan in known if scan.subject_id is not None}
    async with database.snapshot() as connection:
        places = {_county(scan.region) for scan in known if scan.region is not None}
        above = {parent_code_of(place, level) for place in places for level in (Level.PROVINCE, Level.PREFECTURE)}
        names = {row.code: row.name for row in await regions.regions(connection, places | above, today=today)}
        days = {(scan.subject_id, scan.business_day) for scan in known if scan.subject_id is not None}
        cooperatives = await queries.cooperatives(connection, days)
        organisations = await queries.organisation_names(connection, subject_ids)
        households: Mapping[int, Row[Any]] = {}
        if caller is not None and READ_SCOPE in caller.scopes:
            await batches.say_purpose(connection, Purpose.READING)
            households = await queries.households(connection, subject_ids, day=today)
    return [
        Shown(
            county=_place_name(scan.region, names),
            cooperatives=cooperatives.get((scan.subject_id, scan.business_day), ()),
            organisation=organisations.get(scan.subject_id),
            holder=_holder(keys, caller, scan, organisations, households),
        )
        if scan.subject_id is not None and scan.region is not None
        else Shown()
        for scan in scans
    ]


def _county(region: str) -> str:
    return parent_code_of(region, Level.COUNTY)


def _place_name(region: str, names: Mapping[str, str]) -> str:
    path = [parent_code_of(region, level) for level in (Level.PROVINCE, Level.PREFECTURE, Level.COUNTY)]
    return "".join(names.get(code, "") for code in dict.fromkeys(path))


def _holder(
    keys: PersonKeys,
    caller: Caller | None,
    scan: Recorded,
    organisations: Mapping[int, str],
    households: Mapping[int, Row[Any]],
) -> Holder | None:
    if caller is None or READ_SCOPE not in caller.scopes or scan.subject_id is None or scan.region is None:
        return None
    row = households.get(scan.subject_id)
    if row is None:
        name = organisations.get(scan.subject_id)
        if name is None or scan.kind is None or not caller.may_see_region(scan.region):
            return None
        return Holder(scan.subject_id, scan.kind, scan.region, name, None, None)
    if not caller.may_see_region(row.region):
        return None
    name = keys.open("name", scan.subject_id, row.name_cipher)
    shown = name if PERSON_SCOPE in caller.scopes else mask_name(name)
    return Holder(scan.subject_id, Kind.HOUSEHOLD, row.region, shown, row.persons, row.status)
