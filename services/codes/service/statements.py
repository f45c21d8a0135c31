"""PINs of cards, and the key to a household's own statement: card and PIN, in a station's session, each access logged.

The figures of the statement are not of this service: whoever keeps them reads the grant from the published view
``codes.open_statements`` and shows them to who holds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.credential import StationKey, digest_of, draw_grant
from services.codes.errors import RegionNotAllowed, UnknownCode
from services.codes.pin import flaw_of, may_try
from services.codes.pin_hashes import PinHasher
from services.codes.presented import Presented, card_no_of, verdict_of_card
from services.codes.queries import batches
from services.codes.queries import codes as code_queries
from services.codes.queries import scans as scan_queries
from services.codes.queries import statements as queries
from services.codes.queries.presented import issued_cards, keys_of_cards
from services.codes.reporter import Reporter
from services.codes.scan import Verdict
from services.codes.service.scans import NO_STATION, station_of, timeline_for
from services.codes.station_errors import (
    CardNeeded,
    HandoverNeeded,
    PinAlreadySet,
    PinLocked,
    StatementRefused,
    StationNeeded,
    UnfitPinGiven,
)
from services.kit.auth import Caller
from services.kit.database import Database

GRANT_LIFETIME = timedelta(minutes=10)
ACCESSES_SHOWN = 10
OFFICER_SCOPE = "registry:write"


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened statement: the grant is told once and not kept."""

    grant: str = field(repr=False)
    expires_at: datetime
    code: str
    subject_id: int
    accesses: Sequence[Row[Any]]
    """When and where it was opened last, this time included: so that its owner sees if somebody else did."""


async def set_pin(
    database: Database,
    hasher: PinHasher,
    key: StationKey,
    reporter: Reporter,
    presented: Presented,
    *,
    pin: str,
    handover: str | None,
    now: datetime,
) -> None:
    """Set the PIN of a code when its card is handed over: by an officer of its region, or at a station with the card's
    handover code, which only an officer prints and which this uses up. So nobody sets one who has but a photograph.

    Raises :class:`UnfitPinGiven`, :class:`UnknownCode`, :class:`CardNeeded`, :class:`RegionNotAllowed`,
    :class:`HandoverNeeded`, :class:`PinAlreadySet`.
    """
    code = presented.code
    flaw = flaw_of(pin)
    if flaw is not None:
        raise UnfitPinGiven(flaw.value)
    pin_hash = await hasher.hash(code, pin)
    async with database.transaction() as connection:
        holder = (await code_queries.holders(connection, [code])).get(code)
        if holder is None:
            raise UnknownCode
        if await _card_verdict(connection, presented, now) is not Verdict.VALID:
            raise CardNeeded
        await queries.lock_pin(connection, code)
        if not _is_officer_of(reporter.caller, holder.region):
            if not reporter.at_station:
                raise RegionNotAllowed
            pins_before = (await queries.pins_set(connection, [code])).get(code, 0)
            card_no = card_no_of(presented.token) or 0
            if handover is None or not key.is_handover_code(handover, code, card_no, pins_before=pins_before):
                raise PinAlreadySet if pins_before else HandoverNeeded
        batch_id = await batches.open_batch(connection, actor=reporter.actor, operation="set_pin")
        await queries.replace_pin(connection, batch_id, code, pin_hash=pin_hash, set_at=now)


def _is_officer_of(caller: Caller | None, region: str) -> bool:
    return caller is not None and OFFICER_SCOPE in caller.scopes and caller.may_see_region(region)


async def _card_verdict(connection: AsyncConnection, presented: Presented, now: datetime) -> Verdict:
    card_no = card_no_of(presented.token)
    issued = await issued_cards(connection, [] if card_no is None else [card_no])
    return verdict_of_card(presented, now, await keys_of_cards(connection), issued)


async def open_statement(
    database: Database,
    hasher: PinHasher,
    reporter: Reporter,
    presented: Presented,
    pin: str,
    *,
    station: str | None,
    now: datetime,
) -> Opened:
    """Open a household's statement with its card and the PIN.

    Without a good card no PIN is looked at, so nobody locks a PIN who only read a code off a label. With one, the
    attempt is committed before the PIN is looked at, and counts as wrong until it is granted: however many are made at
    once, no more are looked at than may be wrong in a row.

    Raises :class:`StationNeeded`, :class:`UnknownStation`, :class:`OtherStation`, :class:`PinLocked`,
    :class:`StatementRefused` (which of card and PIN is wrong is not told).
    """
    place, code = station_of(reporter, station), presented.code
    if place == NO_STATION:
        raise StationNeeded
    async with database.transaction() as connection:
        await timeline_for(connection, reporter, place)
        (finding,) = await scan_queries.findings(connection, [(code, now)])
        card = await _card_verdict(connection, presented, now)
        if card is not Verdict.VALID or finding.verdict is not Verdict.VALID or finding.subject_id is None:
            raise StatementRefused
        await queries.lock_pin(connection, code)
        known = await queries.pin(connection, code)
        if known is not None and not may_try(await queries.wrong_in_a_row(connection, code, since=known.set_at)):
            raise PinLocked
        attempt_id = await queries.insert_attempt(
            connection, code=code, station=place, actor=reporter.actor, attempted_at=now
        )
    right = await hasher.matches(code, pin, None if known is None else known.pin_hash)
    if not right:
        raise StatementRefused
    grant = draw_grant()
    expires_at = now + GRANT_LIFETIME
    async with database.transaction() as connection:
        await _require_same_pin(connection, code, known)
        await queries.insert_grant(
            connection,
            attempt_id,
            grant_digest=digest_of(grant),
            subject_id=finding.subject_id,
            granted_at=now,
            expires_at=expires_at,
        )
        accesses = await queries.accesses(connection, finding.subject_id, limit=ACCESSES_SHOWN)
    return Opened(grant, expires_at, code, finding.subject_id, accesses)


async def _require_same_pin(connection: AsyncConnection, code: str, known: Row[Any] | None) -> None:
    """A PIN that was set anew while the old one was looked at opens nothing any more."""
    await queries.lock_pin(connection, code)
    now_set = await queries.pin(connection, code)
    if known is None or now_set is None or now_set.pin_hash != known.pin_hash:
        raise StatementRefused
