"""PINs, opened statements, and objections."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.territory import CodeRange

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('codes.pin.' || :code, 0))")

_PIN = text("SELECT pin_hash, set_at FROM codes.pins WHERE code = :code AND superseded_in IS NULL")

_PINS_SET = text("""
    SELECT code, count(*) AS pins FROM codes.pins WHERE code = ANY(CAST(:codes AS text[])) GROUP BY code
    """)

_SUPERSEDE_PIN = text("UPDATE codes.pins SET superseded_in = :batch_id WHERE code = :code AND superseded_in IS NULL")

_INSERT_PIN = text("""
    INSERT INTO codes.pins (code, recorded_in, pin_hash, set_at) VALUES (:code, :batch_id, :pin_hash, :set_at)
    """)

# An attempt that was not granted was wrong, or is being looked at; a grant or a new PIN starts over.
_WRONG_IN_A_ROW = text("""
    SELECT count(*) FROM codes.pin_attempts
    WHERE code = :code AND attempted_at >= :since AND attempt_id > coalesce((
        SELECT max(a.attempt_id) FROM codes.pin_attempts a JOIN codes.statement_grants g USING (attempt_id)
        WHERE a.code = :code
    ), 0)
    """)

_INSERT_ATTEMPT = text("""
    INSERT INTO codes.pin_attempts (code, station, actor, attempted_at)
    VALUES (:code, :station, :actor, :attempted_at) RETURNING attempt_id
    """)

_INSERT_GRANT = text("""
    INSERT INTO codes.statement_grants (attempt_id, grant_digest, subject_id, granted_at, expires_at)
    VALUES (:attempt_id, :grant_digest, :subject_id, :granted_at, :expires_at)
    """)

_GRANT = text("""
    SELECT g.attempt_id, g.subject_id, g.expires_at, a.code, a.station
    FROM codes.statement_grants g JOIN codes.pin_attempts a USING (attempt_id)
    WHERE g.grant_digest = :grant_digest
    """)

_ACCESSES = text("""
    SELECT g.granted_at, a.station, a.actor
    FROM codes.statement_grants g JOIN codes.pin_attempts a USING (attempt_id)
    WHERE g.subject_id = :subject_id ORDER BY g.granted_at DESC, g.attempt_id DESC LIMIT :limit
    """)

_INSERT_OBJECTION = text("""
    INSERT INTO codes.objections (subject_id, attempt_id, month, text_cipher, raised_at)
    VALUES (:subject_id, :attempt_id, :month, :text_cipher, :raised_at) RETURNING objection_id
    """)

_OBJECTIONS = """
    SELECT o.objection_id, o.subject_id, o.attempt_id, o.month, o.text_cipher, o.raised_at, a.station,
           n.text_cipher AS answer_cipher, n.answered_at
    FROM codes.objections o JOIN codes.pin_attempts a USING (attempt_id)
    LEFT JOIN codes.objection_answers n USING (objection_id)
    """

_OBJECTIONS_OF = text(f"{_OBJECTIONS} WHERE o.subject_id = :subject_id ORDER BY o.objection_id")

_IN_TREES = """EXISTS (
        SELECT FROM codes.subject_versions v
        JOIN unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) AS tree (low, high)
            ON v.region >= tree.low AND v.region < tree.high
        WHERE v.subject_id = o.subject_id AND v.superseded_in IS NULL
            AND v.valid_from <= :today AND (v.valid_to IS NULL OR :today < v.valid_to)
    )"""

_OBJECTIONS_AFTER = text(f"""{_OBJECTIONS}
    WHERE o.objection_id > :after AND (NOT CAST(:open AS boolean) OR n.objection_id IS NULL) AND {_IN_TREES}
    ORDER BY o.objection_id LIMIT :limit
    """)

_OBJECTION = text(f"{_OBJECTIONS} WHERE o.objection_id = :objection_id AND {_IN_TREES}")

_INSERT_ANSWER = text("""
    INSERT INTO codes.objection_answers (objection_id, subject_id, actor, text_cipher, answered_at)
    VALUES (:objection_id, :subject_id, :actor, :text_cipher, :answered_at) ON CONFLICT DO NOTHING
    """)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose objections somebody may read: those of subjects that live in these trees on the day."""

    trees: Sequence[CodeRange]
    today: date

    def parameters(self) -> dict[str, object]:
        """As the statements take them."""
        lows, highs = [tree.low for tree in self.trees], [tree.high for tree in self.trees]
        return {"lows": lows, "highs": highs, "today": self.today}


async def lock_pin(connection: AsyncConnection, code: str) -> None:
    """Be the only one who counts attempts at, or sets, a code's PIN until the transaction ends."""
    await connection.execute(_LOCK, {"code": code})


async def pin(connection: AsyncConnection, code: str) -> Row[Any] | None:
    """The hash of a code's PIN, and since when it is set."""
    return (await connection.execute(_PIN, {"code": code})).one_or_none()


async def pins_set(connection: AsyncConnection, codes: Collection[str]) -> dict[str, int]:
    """How many PINs those of ``codes`` have had that ever had one."""
    rows = await connection.execute(_PINS_SET, {"codes": list(codes)})
    return {row.code: row.pins for row in rows}


async def replace_pin(
    connection: AsyncConnection, batch_id: int, code: str, *, pin_hash: str, set_at: datetime
) -> None:
    """Set a code's PIN, keeping on record that there was another."""
    await connection.execute(_SUPERSEDE_PIN, {"batch_id": batch_id, "code": code})
    parameters = {"batch_id": batch_id, "code": code, "pin_hash": pin_hash, "set_at": set_at}
    await connection.execute(_INSERT_PIN, parameters)


async def wrong_in_a_row(connection: AsyncConnection, code: str, *, since: datetime) -> int:
    """Attempts that were not granted, after the last that was and after the PIN was set."""
    return int(await connection.scalar(_WRONG_IN_A_ROW, {"code": code, "since": since}) or 0)


async def insert_attempt(
    connection: AsyncConnection, *, code: str, station: str, actor: str, attempted_at: datetime
) -> int:
    """Log that somebody is about to try a PIN; answers the attempt's id."""
    parameters = {"code": code, "station": station, "actor": actor, "attempted_at": attempted_at}
    return int(await connection.scalar(_INSERT_ATTEMPT, parameters) or 0)


async def insert_grant(
    connection: AsyncConnection,
    attempt_id: int,
    *,
    grant_digest: bytes,
    subject_id: int,
    granted_at: datetime,
    expires_at: datetime,
) -> None:
    """Let an attempt have been right, and open the subject's statement for a while."""
    parameters = {"subject_id": subject_id, "granted_at": granted_at, "expires_at": expires_at}
    await connection.execute(_INSERT_GRANT, {"attempt_id": attempt_id, "grant_digest": grant_digest, **parameters})


async def grant(connection: AsyncConnection, grant_digest: bytes) -> Row[Any] | None:
    """What a grant opens, where, and until when."""
    return (await connection.execute(_GRANT, {"grant_digest": grant_digest})).one_or_none()


async def accesses(connection: AsyncConnection, subject_id: int, *, limit: int) -> Sequence[Row[Any]]:
    """When and where a statement was opened last, the newest first."""
    return (await connection.execute(_ACCESSES, {"subject_id": subject_id, "limit": limit})).all()


async def insert_objection(
    connection: AsyncConnection,
    *,
    subject_id: int,
    attempt_id: int,
    month: date | None,
    text_cipher: bytes,
    raised_at: datetime,
) -> int:
    """Write an objection; answers its id."""
    parameters = {"subject_id": subject_id, "attempt_id": attempt_id, "month": month, "raised_at": raised_at}
    return int(await connection.scalar(_INSERT_OBJECTION, {"text_cipher": text_cipher, **parameters}) or 0)


async def objections_of(connection: AsyncConnection, subject_id: int) -> Sequence[Row[Any]]:
    """All objections of a subject, with their answers."""
    return (await connection.execute(_OBJECTIONS_OF, {"subject_id": subject_id})).all()


async def objections_after(
    connection: AsyncConnection, after: int, *, reach: Reach, only_open: bool, limit: int
) -> Sequence[Row[Any]]:
    """The next objections within reach by ascending id, all or those without an answer."""
    parameters = {"after": after, "open": only_open, "limit": limit, **reach.parameters()}
    return (await connection.execute(_OBJECTIONS_AFTER, parameters)).all()


async def objection(connection: AsyncConnection, objection_id: int, *, reach: Reach) -> Row[Any] | None:
    """One objection, if it is within reach."""
    parameters = {"objection_id": objection_id, **reach.parameters()}
    return (await connection.execute(_OBJECTION, parameters)).one_or_none()


async def insert_answer(
    connection: AsyncConnection,
    *,
    objection_id: int,
    subject_id: int,
    actor: str,
    text_cipher: bytes,
    answered_at: datetime,
) -> bool:
    """Answer an objection; False if it has an answer."""
    parameters = {"objection_id": objection_id, "subject_id": subject_id, "actor": actor, "answered_at": answered_at}
    result = await connection.execute(_INSERT_ANSWER, {"text_cipher": text_cipher, **parameters})
    return result.rowcount == 1
