"""Publish the keys of cards whose secrets are here, let them sign in turn, and withdraw them."""

from collections.abc import Sequence
from datetime import date, datetime

from services.codes.card import CardKey
from services.codes.card_errors import NoCardKey, UnknownCardKey
from services.codes.card_keys import CardSecrets, add_keys, key_in_use, withdraw_key
from services.codes.queries import batches, cards
from services.kit.auth import Caller
from services.kit.database import Database


async def publish_card_keys(database: Database, secrets: CardSecrets, *, today: date) -> list[CardKey]:
    """All public keys, after those have been added whose secrets are new in the folder."""
    async with database.transaction() as connection:
        known = await cards.card_keys(connection)
        if set(secrets.held()) <= {key.key_id for key in known}:
            return known
        await cards.lock_card_keys(connection)
        known = await cards.card_keys(connection)
        new = {key_id: key for key_id, key in secrets.public_keys().items() if key_id not in _ids(known)}
        if not new:
            return known
        keys = add_keys(known, new, today)
        batch_id = await batches.open_batch(connection, actor="system", operation="publish_card_key")
        await cards.write_card_keys(connection, batch_id, known, keys)
    return keys


async def key_to_sign_with(database: Database, secrets: CardSecrets, *, today: date) -> CardKey:
    """The key that signs today. Raises :class:`NoCardKey`, also if the secret here is another than was published."""
    keys = await publish_card_keys(database, secrets, today=today)
    ours = secrets.public_keys()
    held = [key.key_id for key in keys if ours.get(key.key_id) == key.public_key]
    key = key_in_use(keys, today, held=held)
    if key is None:
        raise NoCardKey
    return key


async def withdraw_card_key(
    database: Database, caller: Caller, key_id: int, *, moment: datetime, today: date, reason: str
) -> list[CardKey]:
    """All keys after the withdrawal of one: its cards are good no more. Repeating it changes nothing.

    Raises :class:`UnknownCardKey`.
    """
    async with database.transaction() as connection:
        await cards.lock_card_keys(connection)
        known = await cards.card_keys(connection)
        if key_id not in _ids(known):
            raise UnknownCardKey
        keys = withdraw_key(known, key_id, moment, today)
        if keys == known:
            return known
        batch_id = await batches.open_batch(
            connection, actor=caller.client_id, operation="withdraw_card_key", reason=reason
        )
        await cards.write_card_keys(connection, batch_id, known, keys)
    return keys


def _ids(keys: Sequence[CardKey]) -> set[int]:
    return {key.key_id for key in keys}
