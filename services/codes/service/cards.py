"""Issue cards and revoke them. A code has one card in use at most; a lost one is revoked and another issued, and the
code, which thousands of labels bear, lives on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.card_errors import CodeNotInForce, UnknownCard
from services.codes.card_keys import CardSecrets
from services.codes.queries import batches, cards, codes
from services.codes.service.card_keys import key_to_sign_with
from services.codes.service.codes import read_code
from services.codes.service.holders import holder_for
from services.codes.service.labels import Selection, find_codes
from services.codes.timeline import State, interval_at
from services.kit.auth import Caller
from services.kit.database import Database

ISSUED_AT_ONCE = 1_000
"""Cards that one transaction issues."""


@dataclass(frozen=True, slots=True)
class CardInUse:
    """A code's card; ``already`` if it had it before."""

    code: str
    card_no: int
    key_id: int
    issued_on: date
    already: bool


@dataclass(frozen=True, slots=True)
class IssuedCards:
    """How many cards of a selection were issued, and after which code to go on if that was not all."""

    issued: int
    already: int
    following: str | None


async def issue_card(
    database: Database,
    secrets: CardSecrets,
    caller: Caller,
    text: str,
    *,
    replaces: int | None,
    reason: str | None,
    moment: datetime,
    today: date,
) -> CardInUse:
    """Give a code a card, or another one for ``replaces``, which is revoked from ``moment`` on; repeating it changes
    nothing. A card whose key was withdrawn is none.

    Raises :class:`CodeMalformed`, :class:`UnknownCode`, :class:`RegionNotAllowed`, :class:`UnknownCard`,
    :class:`CodeNotInForce` and :class:`NoCardKey`.
    """
    code = await read_code(database, text)
    key = await key_to_sign_with(database, secrets, today=today)
    async with database.transaction() as connection:
        await _lock_holder(connection, caller, code)
        held = interval_at(await codes.current_states(connection, code), moment)
        if held is None or held.state is not State.IN_FORCE:
            raise CodeNotInForce([code])
        known = await cards.cards_of(connection, code)
        if replaces is not None and replaces not in {card.card_no for card in known}:
            raise UnknownCard
        in_use = next((card for card in known if card.revoked_at is None), None)
        if in_use is not None and in_use.card_no != replaces:
            return _in_use(in_use, already=True)
        operation = "issue_card" if in_use is None else "replace_card"
        batch_id = await batches.open_batch(connection, actor=caller.client_id, operation=operation, reason=reason)
        if in_use is not None:
            await cards.revoke_card(connection, batch_id, in_use.card_no, moment)
        await cards.issue_cards(connection, batch_id, [code], key_id=key.key_id, issued_on=today)
        issued = await cards.cards_in_use(connection, [code])
    return _in_use(issued[code], already=False)


async def issue_cards(
    database: Database,
    secrets: CardSecrets,
    caller: Caller,
    selection: Selection,
    *,
    after: str | None,
    limit: int,
    moment: datetime,
    today: date,
) -> IssuedCards:
    """Give each code of the selection that has none, or one of a withdrawn key, a card: a thousand in a transaction,
    of ``limit`` codes at most.

    What was issued stays when it is interrupted; repeated, it goes on. Raises what :func:`find_codes` raises, and
    :class:`NoCardKey`.
    """
    key = await key_to_sign_with(database, secrets, today=today)
    issued = looked_at = 0
    following = after
    while looked_at < limit:
        at_once = min(ISSUED_AT_ONCE, limit - looked_at)
        found = await find_codes(database, caller, selection, after=following, limit=at_once, moment=moment)
        lacking = [one.code for one in found.codes if one.card is None]
        if lacking:
            async with database.transaction() as connection:
                batch_id = await batches.open_batch(connection, actor=caller.client_id, operation="issue_cards")
                issued += await cards.issue_cards(connection, batch_id, lacking, key_id=key.key_id, issued_on=today)
        looked_at += len(found.codes)
        following = found.following
        if following is None:
            break
    return IssuedCards(issued, looked_at - issued, following)


async def list_cards(database: Database, caller: Caller, text: str) -> Sequence[Row[Any]]:
    """Every card of a code. Raises :class:`CodeMalformed`, :class:`UnknownCode` and :class:`RegionNotAllowed`."""
    code = await read_code(database, text)
    async with database.snapshot() as connection:
        await holder_for(connection, caller, code)
        return await cards.cards_of(connection, code)


async def revoke_card(
    database: Database, caller: Caller, text: str, card_no: int, *, moment: datetime, reason: str
) -> tuple[Row[Any], bool]:
    """Revoke a card from ``moment`` on; answers it, and whether that changed anything. Raises as :func:`issue_card`."""
    code = await read_code(database, text)
    async with database.transaction() as connection:
        await _lock_holder(connection, caller, code)
        card = await _card(connection, code, card_no)
        if card.revoked_at is not None:
            return card, False
        batch_id = await batches.open_batch(connection, actor=caller.client_id, operation="revoke_card", reason=reason)
        await cards.revoke_card(connection, batch_id, card_no, moment)
        return await _card(connection, code, card_no), True


async def _lock_holder(connection: AsyncConnection, caller: Caller, code: str) -> None:
    """Be the only writer of the code's cards until the transaction ends."""
    holder = await holder_for(connection, caller, code)
    await batches.lock_subjects(connection, [holder.subject_id])


async def _card(connection: AsyncConnection, code: str, card_no: int) -> Row[Any]:
    card = next((card for card in await cards.cards_of(connection, code) if card.card_no == card_no), None)
    if card is None:
        raise UnknownCard
    return card


def _in_use(card: Row[Any], *, already: bool) -> CardInUse:
    return CardInUse(card.code, card.card_no, card.key_id, card.issued_on, already)
