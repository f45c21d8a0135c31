"""Handover codes: by which a station sets a PIN as it hands a card over. Only officers get them, and it is on record.

They are printed on a sheet of their own, never on the card: who photographs a card has no handover code.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module

from services.codes.card_errors import NothingToPrint, UnknownCard, WithoutCard
from services.codes.credential import StationKey
from services.codes.printout import Handover, Printout
from services.codes.queries import batches, cards, statements
from services.codes.service.codes import read_code
from services.codes.service.holders import holder_for
from services.codes.service.labels import Found
from services.kit.auth import Caller
from services.kit.database import Database


async def tell_handover(
    database: Database, key: StationKey, caller: Caller, text: str, card_no: int
) -> tuple[str, str]:
    """The code, and the handover code of its card in use; for a card not handed over yet, or a forgotten PIN.

    Raises :class:`CodeMalformed`, :class:`UnknownCode`, :class:`RegionNotAllowed`, :class:`UnknownCard`.
    """
    code = await read_code(database, text)
    async with database.transaction() as connection:
        await holder_for(connection, caller, code)
        known = await cards.cards_of(connection, code)
        if not any(card.card_no == card_no and card.revoked_at is None for card in known):
            raise UnknownCard
        pins = await statements.pins_set(connection, [code])
        await batches.open_batch(connection, actor=caller.client_id, operation="tell_handover")
    return code, key.handover_code(code, card_no, pins_before=pins.get(code, 0))


async def print_handovers(
    database: Database, key: StationKey, caller: Caller, found: Sequence[Found], *, listed: bool, moment: datetime
) -> Printout:
    """Strips for the cards in use of ``found``; of those that were listed all, of others those that have no PIN yet.

    Raises :class:`NothingToPrint` and :class:`WithoutCard`.
    """
    lacking = [one.code for one in found if one.card is None]
    if lacking:
        raise WithoutCard(lacking)
    async with database.transaction() as connection:
        pins = await statements.pins_set(connection, [one.code for one in found])
        told = [(one, one.card) for one in found if one.card is not None and (listed or one.code not in pins)]
        if not told:
            raise NothingToPrint
        await batches.open_batch(connection, actor=caller.client_id, operation="print_handovers")
    strips = [
        Handover(
            one.code,
            card.card_no,
            key.handover_code(one.code, card.card_no, pins_before=pins.get(one.code, 0)),
            one.title,
            one.place,
        )
        for one, card in told
    ]
    # What draws sheets takes a while to load, and is needed by nobody who does not print.
    draw = import_module("services.codes.sheet").draw_handovers
    printed: Printout = await asyncio.to_thread(draw, strips, printed_at=moment)
    return printed
