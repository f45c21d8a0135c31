"""What is on record of cards that were shown at a station."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.card import CardKey
from services.codes.presented import IssuedCard

_KEYS = text("SELECT key_id, public_key, valid_from, valid_to, withdrawn_at FROM codes.card_keys")

_CARDS = text("SELECT card_no, code, revoked_at FROM codes.cards WHERE card_no = ANY(CAST(:card_nos AS bigint[]))")


async def keys_of_cards(connection: AsyncConnection) -> dict[int, CardKey]:
    """All public keys of cards, by id; there are 255 at most."""
    rows = await connection.execute(_KEYS)
    return {
        row.key_id: CardKey(row.key_id, bytes(row.public_key), row.valid_from, row.valid_to, row.withdrawn_at)
        for row in rows
    }


async def issued_cards(connection: AsyncConnection, card_nos: Collection[int]) -> dict[int, IssuedCard]:
    """Those of these cards that were ever issued."""
    rows = await connection.execute(_CARDS, {"card_nos": list(card_nos)})
    return {row.card_no: IssuedCard(row.code, row.revoked_at) for row in rows}
