"""The list of what is good no more, for stations to carry."""

from dataclasses import dataclass
from datetime import datetime

from services.codes.card_errors import PositionAhead, RegionNeeded
from services.codes.card_keys import CardSecrets
from services.codes.divisions import Level, parent_code_of
from services.codes.errors import RegionNotAllowed
from services.codes.queries import cards, revocations, stations
from services.codes.reporter import Reporter
from services.codes.revocation import DOMAIN, Delta, write_delta
from services.codes.service.card_keys import key_to_sign_with
from services.codes.territory import tree_of
from services.codes.timeline import State
from services.kit.auth import Caller
from services.kit.clock import business_day
from services.kit.database import Database
from services.kit.territory import region_prefix


@dataclass(frozen=True, slots=True)
class SignedDelta:
    """A delta, its bytes with the signature behind them, and which key that is of."""

    delta: Delta
    signed: bytes
    key_id: int


async def list_revocations(
    database: Database, secrets: CardSecrets, reporter: Reporter, *, region: str | None, since: int, moment: datetime
) -> SignedDelta:
    """What changed in a division since a position of the feed; everything that is good no more, for position 0.

    ``region`` is by default the caller's only root, or the county of the device's station. Raises
    :class:`RegionNotAllowed`, :class:`RegionNeeded`, :class:`PositionAhead` and :class:`NoCardKey`.
    """
    key = await key_to_sign_with(database, secrets, today=business_day(moment))
    roots = await _roots(database, reporter)
    if region is None:
        if len(roots) != 1:
            raise RegionNeeded
        region = roots[0]
    elif not any(region.startswith(region_prefix(root)) for root in roots):
        raise RegionNotAllowed
    tree = tree_of(region)
    async with database.snapshot() as connection:
        upto, since_at = await revocations.positions(connection, since)
        if since > upto:
            raise PositionAhead(upto)
        changed = await revocations.changed_codes(
            connection, tree, since=since, since_at=since_at, upto=upto, moment=moment
        )
        revoked = await revocations.revoked_cards(connection, tree, since=since, upto=upto)
        keys = await cards.card_keys(connection)
    delta = Delta(
        since=since,
        upto=upto,
        at=moment.replace(microsecond=0),
        region=region,
        codes={code: State(state) for code, state in changed},
        cards=revoked,
        keys=[one.key_id for one in keys if one.withdrawn_at is not None],
    )
    content = write_delta(delta, key.key_id)
    return SignedDelta(delta, content + secrets.sign(key.key_id, DOMAIN + content), key.key_id)


async def _roots(database: Database, reporter: Reporter) -> tuple[str, ...]:
    caller: Caller | None = reporter.caller
    if caller is not None:
        return caller.regions
    async with database.transaction() as connection:
        versions = await stations.timeline(connection, reporter.station or "")
    return tuple({parent_code_of(version.region, Level.COUNTY) for version in versions[-1:]})
