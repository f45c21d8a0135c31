"""Record what stations report, each scan once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.device_clock import TOLERANCE, ClockVerdict, ScanTime, correct, is_wrong, skew_of
from services.codes.presented import Presented, card_no_of, verdict_of_card
from services.codes.queries import batches, stations
from services.codes.queries import scans as queries
from services.codes.queries.presented import issued_cards, keys_of_cards
from services.codes.queries.scans import Finding, NewScan, Recorded
from services.codes.reporter import Reporter
from services.codes.scan import Key, Purpose, Scan, Verdict, content_hash
from services.codes.station import StationStatus, Version, version_on
from services.codes.station_errors import (
    AlreadyVoided,
    DatedInFuture,
    NotVoidable,
    OtherStation,
    ScanConflict,
    StationNeeded,
    StationNotActive,
    UnknownScan,
    UnknownStation,
)
from services.kit.clock import business_day, start_of_day
from services.kit.database import Database
from services.kit.errors import Problem

NO_STATION = ""
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anything here: what bounds the scans of a client that neither was enrolled nor belongs to a station."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A scan that is on record; ``repeated``: it was before."""

    recorded: Recorded
    repeated: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an upload: an outcome for each scan, in its order."""

    station: str
    batch_id: int | None
    """``None`` if nothing was new."""
    skew: timedelta | None
    outcomes: list[Reported | Problem]

    @property
    def clock_is_wrong(self) -> bool:
        """Whether the device should set its clock."""
        return is_wrong(self.skew)


async def report_scans(
    database: Database,
    reporter: Reporter,
    scans: Sequence[Scan],
    *,
    station: str | None,
    sent_at: datetime | None,
    received_at: datetime,
) -> Report:
    """Record the scans that are new, in one batch, and answer each: with its record, or with why not.

    One writer at a time for a station: what is known is read after its lock is had, so an upload that comes twice, at
    once or cut anywhere, counts once. Scans are taken before the voids that come with them, whatever their order.

    A device's clock is compared with ours at ``received_at``, when the request arrived; whatever it says,
    a scan happened before the time that its batch bears, which is the database's.

    Raises :class:`UnknownStation` and :class:`OtherStation`.
    """
    place = station_of(reporter, station)
    skew = skew_of(sent_at, received_at)
    async with database.transaction() as connection:
        began_at = await stations.lock_station(connection, place or reporter.actor)
        upload = _Upload(
            reporter=reporter,
            timeline=await timeline_for(connection, reporter, place) if place else None,
            skew=skew,
            received_at=began_at,
            known=await queries.recorded(connection, place, _keys(scans)),
        )
        times = [upload.time(scan) for scan in scans]
        findings = await _findings(connection, scans, times)
        outcomes: dict[int, Reported | Problem] = {}
        for position in sorted(range(len(scans)), key=lambda one: scans[one].purpose is Purpose.VOID):
            outcomes[position] = upload.judge(scans[position], times[position], findings.get(position))
        batch_id = None
        if upload.new:
            batch_id = await batches.open_batch(connection, actor=reporter.actor, operation="report_scans")
            await queries.insert_scans(connection, batch_id, place, list(upload.new.values()), skew=skew)
    return Report(place, batch_id, skew, [upload.as_it_stands(outcomes[position]) for position in range(len(scans))])


def station_of(reporter: Reporter, named: str | None) -> str:
    """The station a request is about, :data:`NO_STATION` if about none. Raises :class:`OtherStation`."""
    if reporter.station is None:
        return named or NO_STATION
    if named not in {None, reporter.station}:
        raise OtherStation
    return reporter.station


async def timeline_for(connection: AsyncConnection, reporter: Reporter, station: str) -> list[Version]:
    """The versions of a station for which the reporter may act. Raises :class:`UnknownStation`."""
    timeline = await stations.timeline(connection, station)
    if not timeline:
        raise UnknownStation
    if reporter.station is None and not (
        reporter.caller is not None and reporter.caller.may_see_region(timeline[-1].region)
    ):
        raise UnknownStation
    return timeline


def _keys(scans: Sequence[Scan]) -> set[Key]:
    return {scan.key for scan in scans} | {scan.voids for scan in scans if scan.voids is not None}


async def _findings(
    connection: AsyncConnection, scans: Sequence[Scan], times: Sequence[ScanTime]
) -> dict[int, Finding]:
    """What each code, and the card that was shown with it, was good for at its corrected time, by position."""
    coded = [(position, scan.code) for position, scan in enumerate(scans) if scan.code is not None]
    found = await queries.findings(connection, [(code, times[position].scanned_at) for position, code in coded])
    findings = {position: finding for (position, _), finding in zip(coded, found, strict=True)}
    shown = [(position, Presented(code, scans[position].card)) for position, code in coded if scans[position].card]
    if shown:
        keys = await keys_of_cards(connection)
        numbers = {card_no_of(presented.token) for _, presented in shown}
        issued = await issued_cards(connection, [number for number in numbers if number is not None])
        for position, presented in shown:
            verdict = verdict_of_card(presented, times[position].scanned_at, keys, issued)
            if verdict is Verdict.BAD_SIGNATURE:
                findings[position] = Finding(verdict)
            elif verdict is Verdict.REVOKED:
                findings[position] = replace(findings[position], verdict=verdict)
    return findings


class _Upload:
    """The scans of one request as they are judged, one after the other."""

    def __init__(
        self,
        *,
        reporter: Reporter,
        timeline: list[Version] | None,
        skew: timedelta | None,
        received_at: datetime,
        known: dict[Key, Recorded],
    ) -> None:
        self.new: dict[Key, NewScan] = {}
        self._timeline = timeline
        self._skew = skew
        self._received_at = received_at
        self._known = known
        begun = _BEGINNING if timeline is None else start_of_day(timeline[0].valid_from)
        self._earliest = min(reporter.enrolled_at or begun, received_at)

    def time(self, scan: Scan) -> ScanTime:
        """When it happened. What is written on paper is not a clock's, so it is taken as it stands."""
        if scan.key.on_paper:
            return ScanTime(scan.device_time, ClockVerdict.AS_TOLD)
        return correct(scan.device_time, self._skew, earliest=self._earliest, latest=self._received_at)

    def judge(self, scan: Scan, time: ScanTime, finding: Finding | None) -> Reported | Problem:
        """Take a scan if it is new and may be; a scan that is refused takes no key."""
        said = content_hash(scan)
        earlier = self._known.get(scan.key)
        if earlier is not None:
            return Reported(earlier, repeated=True) if earlier.content_hash == said else ScanConflict()
        refusal = self._refusal(scan, time)
        if refusal is not None:
            return refusal
        new = self._new_scan(scan, said, time, finding)
        self.new[scan.key] = new
        self._known[scan.key] = _as_recorded(new)
        if scan.voids is not None:
            self._known[scan.voids] = replace(self._known[scan.voids], voided=True)
        return Reported(self._known[scan.key], repeated=False)

    def as_it_stands(self, outcome: Reported | Problem) -> Reported | Problem:
        """An outcome after the whole upload: a scan may be voided by another of the same request."""
        if isinstance(outcome, Problem):
            return outcome
        return replace(outcome, recorded=self._known[outcome.recorded.key])

    def _refusal(self, scan: Scan, time: ScanTime) -> Problem | None:
        day = business_day(time.scanned_at)
        if self._timeline is None:
            if scan.purpose is not Purpose.VERIFY:
                return StationNeeded()
        elif scan.key.on_paper and time.scanned_at > self._received_at + TOLERANCE:
            return DatedInFuture()
        else:
            version = version_on(self._timeline, day)
            if version is None or version.status is not StationStatus.ACTIVE:
                return StationNotActive(day, "not_registered" if version is None else version.status.value)
        return None if scan.voids is None else self._refusal_to_void(scan.voids)

    def _refusal_to_void(self, key: Key) -> Problem | None:
        voided = self._known.get(key)
        if voided is None:
            return UnknownScan()
        if voided.purpose is Purpose.VOID:
            return NotVoidable()
        return AlreadyVoided() if voided.voided else None

    def _new_scan(self, scan: Scan, said: bytes, time: ScanTime, finding: Finding | None) -> NewScan:
        day = business_day(time.scanned_at)
        version = None if self._timeline is None else version_on(self._timeline, day)
        return NewScan(
            scan=scan,
            content_hash=said,
            time=time,
            business_day=day,
            station_region=None if version is None else version.region,
            verdict=None if finding is None else finding.verdict,
            subject_id=None if finding is None else finding.subject_id,
            kind=None if finding is None else finding.kind,
            region=None if finding is None else finding.region,
            card_no=card_no_of(scan.card),
        )


def _as_recorded(new: NewScan) -> Recorded:
    return Recorded(
        key=new.scan.key,
        purpose=new.scan.purpose,
        code=new.scan.code,
        verdict=new.verdict,
        subject_id=new.subject_id,
        kind=new.kind,
        region=new.region,
        scanned_at=new.time.scanned_at,
        business_day=new.business_day,
        amount_paid_fen=new.scan.work.amount_paid_fen,
        content_hash=new.content_hash,
        voided=False,
    )
