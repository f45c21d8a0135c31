"""Recording scans, a whole upload in a statement, and reading them."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind
from services.codes.device_clock import ScanTime
from services.codes.scan import Key, Purpose, Scan, Verdict


@dataclass(frozen=True, slots=True)
class Recorded:
    """A scan as it is on record."""

    key: Key
    purpose: Purpose
    code: str | None
    verdict: Verdict | None
    subject_id: int | None
    kind: Kind | None
    region: str | None
    scanned_at: datetime
    business_day: date
    amount_paid_fen: int | None
    content_hash: bytes
    voided: bool


@dataclass(frozen=True, slots=True)
class NewScan:
    """A scan to be written, with what was found out about it."""

    scan: Scan
    content_hash: bytes
    time: ScanTime
    business_day: date
    station_region: str | None
    verdict: Verdict | None
    subject_id: int | None
    kind: Kind | None
    region: str | None
    card_no: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a code at a moment."""

    verdict: Verdict
    subject_id: int | None = None
    kind: Kind | None = None
    region: str | None = None


_COLUMNS = """
    source, scan_id, sequence, purpose, code, card_no, verdict, subject_id, kind, region, station_region, device_time,
    scanned_at, business_day, clock, clock_skew_ms, offline, category, quantity_milli, unit, unit_price_fen,
    amount_paid_fen, waybill, order_no, operator, voids_source, voids_scan_id
    """

_INSERT = text(f"""
    INSERT INTO codes.scan_records ({_COLUMNS}, station, content_hash, recorded_in)
    SELECT {_COLUMNS}, :station, decode(content_hash, 'hex'), :batch_id
    FROM jsonb_to_recordset(CAST(:scans AS jsonb)) AS new (
        source text, scan_id text, sequence bigint, purpose text, code text, card_no bigint, verdict text,
        subject_id bigint, kind text, region text, station_region text, device_time timestamptz,
        scanned_at timestamptz, business_day date, clock text, clock_skew_ms bigint, offline boolean, category text,
        quantity_milli bigint, unit text, unit_price_fen bigint, amount_paid_fen bigint, waybill text, order_no text,
        operator text, voids_source text, voids_scan_id text, content_hash text
    )
    """)

_VOID = text("""
    UPDATE codes.scan_records AS voided SET superseded_in = :batch_id
    FROM codes.scan_records AS void
    WHERE void.recorded_in = :batch_id AND void.station = :station AND void.purpose = 'void'
        AND voided.station = void.station AND voided.source = void.voids_source
        AND voided.scan_id = void.voids_scan_id AND voided.superseded_in IS NULL
    """)

_RECORDED = text("""
    SELECT s.source, s.scan_id, s.purpose, s.code, s.verdict, s.subject_id, s.kind, s.region, s.scanned_at,
           s.business_day, s.amount_paid_fen, s.content_hash, s.superseded_in IS NOT NULL AS voided
    FROM unnest(CAST(:sources AS text[]), CAST(:scan_ids AS text[])) AS asked (source, scan_id)
    JOIN codes.scan_records s ON s.station = :station AND s.source = asked.source AND s.scan_id = asked.scan_id
    """)

# The entry that holds at the moment, or else the first: the code was not in force yet.
_FINDINGS = text("""
    SELECT asked.ordinality - 1 AS position, e.holds, e.state, e.subject_id, e.kind, e.region
    FROM unnest(CAST(:codes AS text[]), CAST(:moments AS timestamptz[])) WITH ORDINALITY AS asked (code, moment)
    JOIN LATERAL (
        SELECT valid_from <= asked.moment AND (valid_to IS NULL OR asked.moment < valid_to) AS holds,
               state, subject_id, kind, region
        FROM codes.directory_entries WHERE code = asked.code AND superseded_in IS NULL
        ORDER BY 1 DESC, valid_from LIMIT 1
    ) AS e ON true
    """)

_COOPERATIVES = text("""
    SELECT DISTINCT asked.subject_id, asked.day, o.name
    FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:days AS date[])) AS asked (subject_id, day)
    JOIN codes.links l ON l.member_id = asked.subject_id AND l.superseded_in IS NULL AND l.group_kind = 'cooperative'
        AND l.valid_from <= asked.day AND (l.valid_to IS NULL OR asked.day < l.valid_to)
    JOIN codes.organisations o ON o.subject_id = l.group_id AND o.superseded_in IS NULL
    ORDER BY asked.subject_id, asked.day, o.name
    """)

_ORGANISATIONS = text("""
    SELECT subject_id, name FROM codes.organisations
    WHERE subject_id = ANY(CAST(:subject_ids AS bigint[])) AND superseded_in IS NULL
    """)

_HOUSEHOLDS = text("""
    SELECT v.subject_id, v.region, v.persons, v.status, p.name_cipher
    FROM codes.subject_versions v JOIN codes.persons p ON p.subject_id = v.subject_id AND p.superseded_in IS NULL
    WHERE v.subject_id = ANY(CAST(:subject_ids AS bigint[])) AND v.superseded_in IS NULL
        AND v.valid_from <= :day AND (v.valid_to IS NULL OR :day < v.valid_to)
    """)

_SCANS_AFTER = text(f"""
    SELECT {_COLUMNS}, b.recorded_at, s.superseded_in IS NOT NULL AS voided
    FROM codes.scan_records s JOIN codes.batches b ON b.batch_id = s.recorded_in
    WHERE s.station = :station AND s.scanned_at >= :since AND s.scanned_at < :until
        AND (s.scanned_at, s.source, s.scan_id) > (:after_at, :after_source, :after_id)
    ORDER BY s.scanned_at, s.source, s.scan_id LIMIT :limit
    """)

_SCAN = text(f"""
    SELECT {_COLUMNS}, b.recorded_at, s.superseded_in IS NOT NULL AS voided
    FROM codes.scan_records s JOIN codes.batches b ON b.batch_id = s.recorded_in
    WHERE s.station = :station AND s.source = :source AND s.scan_id = :scan_id
    """)


async def recorded(connection: AsyncConnection, station: str, keys: Collection[Key]) -> dict[Key, Recorded]:
    """Those of these scans of a station that are on record."""
    parameters = {
        "station": station,
        "sources": [key.source for key in keys],
        "scan_ids": [key.scan_id for key in keys],
    }
    rows = await connection.execute(_RECORDED, parameters)
    return {Key(row.source, row.scan_id): _recorded(row) for row in rows}


def _recorded(row: Row[Any]) -> Recorded:
    return Recorded(
        key=Key(row.source, row.scan_id),
        purpose=Purpose(row.purpose),
        code=row.code,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        subject_id=row.subject_id,
        kind=None if row.kind is None else Kind(row.kind),
        region=row.region,
        scanned_at=row.scanned_at,
        business_day=row.business_day,
        amount_paid_fen=row.amount_paid_fen,
        content_hash=bytes(row.content_hash),
        voided=row.voided,
    )


async def findings(connection: AsyncConnection, asked: Sequence[tuple[str, datetime]]) -> list[Finding]:
    """What each code was good for at its moment, as known now."""
    found = [Finding(Verdict.UNKNOWN)] * len(asked)
    parameters = {"codes": [code for code, _ in asked], "moments": [moment for _, moment in asked]}
    for row in await connection.execute(_FINDINGS, parameters):
        verdict = Verdict.NOT_YET_IN_FORCE
        if row.holds:
            verdict = Verdict.VALID if row.state == "in_force" else Verdict(row.state)
        found[row.position] = Finding(verdict, row.subject_id, Kind(row.kind), row.region)
    return found


async def insert_scans(
    connection: AsyncConnection, batch_id: int, station: str, scans: Sequence[NewScan], *, skew: timedelta | None
) -> None:
    """Write new scans, and let those that they void count no more."""
    skew_ms = None if skew is None else round(skew / timedelta(milliseconds=1))
    rows = json.dumps([_row(new, skew_ms) for new in scans])
    await connection.execute(_INSERT, {"station": station, "batch_id": batch_id, "scans": rows})
    await connection.execute(_VOID, {"station": station, "batch_id": batch_id})


def _row(new: NewScan, skew_ms: int | None) -> dict[str, Any]:
    scan, work = new.scan, new.scan.work
    return {
        "source": scan.key.source,
        "scan_id": scan.key.scan_id,
        "sequence": scan.sequence,
        "purpose": scan.purpose,
        "code": scan.code,
        "card_no": new.card_no,
        "verdict": new.verdict,
        "subject_id": new.subject_id,
        "kind": new.kind,
        "region": new.region,
        "station_region": new.station_region,
        "device_time": scan.device_time.isoformat(),
        "scanned_at": new.time.scanned_at.isoformat(),
        "business_day": new.business_day.isoformat(),
        "clock": new.time.clock,
        "clock_skew_ms": None if scan.key.on_paper else skew_ms,
        "offline": scan.offline,
        "category": work.category,
        "quantity_milli": work.quantity_milli,
        "unit": work.unit,
        "unit_price_fen": work.unit_price_fen,
        "amount_paid_fen": work.amount_paid_fen,
        "waybill": work.waybill,
        "order_no": work.order_no,
        "operator": work.operator,
        "voids_source": scan.voids and scan.voids.source,
        "voids_scan_id": scan.voids and scan.voids.scan_id,
        "content_hash": new.content_hash.hex(),
    }


async def cooperatives(
    connection: AsyncConnection, asked: Collection[tuple[int, date]]
) -> dict[tuple[int, date], list[str]]:
    """Names of the cooperatives that a subject belonged to on a day."""
    parameters = {"subject_ids": [subject for subject, _ in asked], "days": [day for _, day in asked]}
    found: dict[tuple[int, date], list[str]] = {}
    for row in await connection.execute(_COOPERATIVES, parameters):
        found.setdefault((row.subject_id, row.day), []).append(row.name)
    return found


async def organisation_names(connection: AsyncConnection, subject_ids: Collection[int]) -> dict[int, str]:
    """The public names of cooperatives and enterprises."""
    rows = await connection.execute(_ORGANISATIONS, {"subject_ids": list(subject_ids)})
    return {row.subject_id: row.name for row in rows}


async def households(connection: AsyncConnection, subject_ids: Collection[int], *, day: date) -> dict[int, Row[Any]]:
    """Division, persons, status and encrypted name of households on a day; for those who may know."""
    rows = await connection.execute(_HOUSEHOLDS, {"subject_ids": list(subject_ids), "day": day})
    return {row.subject_id: row for row in rows}


async def scans_after(
    connection: AsyncConnection,
    station: str,
    after: tuple[datetime, str, str],
    *,
    since: datetime,
    until: datetime,
    limit: int,
) -> Sequence[Row[Any]]:
    """The next scans of a station by time, source and number."""
    after_at, after_source, after_id = after
    parameters = {
        "station": station,
        "since": since,
        "until": until,
        "after_at": after_at,
        "after_source": after_source,
        "after_id": after_id,
        "limit": limit,
    }
    return (await connection.execute(_SCANS_AFTER, parameters)).all()


async def scan(connection: AsyncConnection, station: str, key: Key) -> Row[Any] | None:
    """One scan."""
    parameters = {"station": station, "source": key.source, "scan_id": key.scan_id}
    return (await connection.execute(_SCAN, parameters)).one_or_none()
