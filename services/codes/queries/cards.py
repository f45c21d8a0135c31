"""Cards, the keys that sign them, and replaced codes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.card import CardKey

_LOCK_KEYS = text("SELECT pg_advisory_xact_lock(hashtextextended('codes.card_keys', 0))")

_KEYS = text("SELECT key_id, public_key, valid_from, valid_to, withdrawn_at FROM codes.card_keys ORDER BY key_id")

_INSERT_KEY = text("""
    INSERT INTO codes.card_keys (key_id, public_key, valid_from, valid_to, withdrawn_at, recorded_in)
    VALUES (:key_id, :public_key, :valid_from, :valid_to, :withdrawn_at, :batch_id)
    """)

_UPDATE_KEY = text("""
    UPDATE codes.card_keys SET valid_from = :valid_from, valid_to = :valid_to, withdrawn_at = :withdrawn_at
    WHERE key_id = :key_id
    """)

_CARD_COLUMNS = "c.card_no, c.code, c.key_id, c.issued_on, c.revoked_at"

# In order of the code, so that two who issue cards for the same codes wait for each other instead of in a circle.
_ISSUE = text("""
    INSERT INTO codes.cards (code, key_id, issued_on, recorded_in)
    SELECT code, :key_id, :issued_on, :batch_id FROM unnest(CAST(:codes AS text[])) AS new (code) ORDER BY code
    ON CONFLICT (code) WHERE revoked_in IS NULL DO NOTHING
    """)

# A card of a withdrawn key is good no more: it gives way to the next one.
_REVOKE_VOID = text("""
    UPDATE codes.cards AS card SET revoked_at = key.withdrawn_at, revoked_in = :batch_id
    FROM codes.card_keys AS key
    WHERE key.key_id = card.key_id AND key.withdrawn_at IS NOT NULL AND card.revoked_in IS NULL
        AND card.code = ANY(CAST(:codes AS text[]))
    """)

_IN_USE = text(f"""
    SELECT {_CARD_COLUMNS} FROM codes.cards c WHERE c.code = ANY(CAST(:codes AS text[])) AND c.revoked_in IS NULL
    """)

_OF_CODE = text("""
    SELECT c.card_no, c.code, c.key_id, c.issued_on, coalesce(c.revoked_at, k.withdrawn_at) AS revoked_at, b.reason
    FROM codes.cards c JOIN codes.card_keys k USING (key_id) LEFT JOIN codes.batches b ON b.batch_id = c.revoked_in
    WHERE c.code = :code ORDER BY c.card_no
    """)

_REVOKE = text("""
    UPDATE codes.cards SET revoked_at = :moment, revoked_in = :batch_id WHERE card_no = :card_no AND revoked_in IS NULL
    """)

_INSERT_REPLACEMENT = text("""
    WITH issued AS (
        INSERT INTO codes.codes (code, subject_id, recorded_in)
        SELECT :replaced_by, subject_id, :batch_id FROM codes.codes WHERE code = :code
    )
    INSERT INTO codes.code_replacements (code, replaced_by, compromised_at, recorded_in)
    VALUES (:code, :replaced_by, :compromised_at, :batch_id)
    """)

_REPLACEMENT = text("SELECT replaced_by, compromised_at FROM codes.code_replacements WHERE code = :code")


async def lock_card_keys(connection: AsyncConnection) -> None:
    """Be the only one who changes keys until the transaction ends."""
    await connection.execute(_LOCK_KEYS)


async def card_keys(connection: AsyncConnection) -> list[CardKey]:
    """All public keys, by id; there are 255 at most."""
    rows = await connection.execute(_KEYS)
    return [CardKey(row.key_id, bytes(row.public_key), row.valid_from, row.valid_to, row.withdrawn_at) for row in rows]


async def write_card_keys(
    connection: AsyncConnection, batch_id: int, before: Sequence[CardKey], after: Sequence[CardKey]
) -> None:
    """Bring the keys from ``before`` to ``after``."""
    known = {key.key_id: key for key in before}
    for key in after:
        values = {
            "key_id": key.key_id,
            "valid_from": key.valid_from,
            "valid_to": key.valid_to,
            "withdrawn_at": key.withdrawn_at,
        }
        if key.key_id not in known:
            await connection.execute(_INSERT_KEY, {**values, "public_key": key.public_key, "batch_id": batch_id})
        elif key != known[key.key_id]:
            await connection.execute(_UPDATE_KEY, values)


async def issue_cards(
    connection: AsyncConnection, batch_id: int, codes: Collection[str], *, key_id: int, issued_on: date
) -> int:
    """Give each of ``codes`` a card, unless it has one in use of a key that stands; answers how many were issued."""
    await connection.execute(_REVOKE_VOID, {"batch_id": batch_id, "codes": list(codes)})
    parameters = {"batch_id": batch_id, "codes": list(codes), "key_id": key_id, "issued_on": issued_on}
    return (await connection.execute(_ISSUE, parameters)).rowcount


async def cards_in_use(connection: AsyncConnection, codes: Collection[str]) -> Mapping[str, Row[Any]]:
    """The card in use of each of ``codes`` that has one, also if its key was withdrawn."""
    return {row.code: row for row in await connection.execute(_IN_USE, {"codes": list(codes)})}


async def cards_of(connection: AsyncConnection, code: str) -> Sequence[Row[Any]]:
    """Every card that was ever issued for a code, with the reason of its revocation. One of a withdrawn key is revoked
    since then.
    """
    return (await connection.execute(_OF_CODE, {"code": code})).all()


async def revoke_card(connection: AsyncConnection, batch_id: int, card_no: int, moment: datetime) -> None:
    """Revoke a card from ``moment`` on, unless it is revoked already."""
    await connection.execute(_REVOKE, {"batch_id": batch_id, "card_no": card_no, "moment": moment})


async def record_replacement(
    connection: AsyncConnection, batch_id: int, code: str, *, replaced_by: str, compromised_at: datetime
) -> None:
    """Issue a new code to the subject of a compromised one; its states and directory are the caller's to write.

    Raises ``IntegrityError`` when it was issued before.
    """
    await connection.execute(
        _INSERT_REPLACEMENT,
        {"batch_id": batch_id, "code": code, "replaced_by": replaced_by, "compromised_at": compromised_at},
    )


async def replacement_of(connection: AsyncConnection, code: str) -> Row[Any] | None:
    """By which code a compromised one was replaced, and from when on it counts as compromised."""
    return (await connection.execute(_REPLACEMENT, {"code": code})).one_or_none()
