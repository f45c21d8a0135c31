"""How requests reach the ledger: grouped into transactions, idempotent by key, answered with a signed receipt."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.kit.errors import Problem, Unavailable
from services.sales.errors import AtomicRefused, IdempotencyInProgress, IdempotencyMismatch
from services.sales.grains import GrainClash
from services.sales.grouping import GroupCommit
from services.sales.queries import batches
from services.sales.receipt import ReceiptSigner, Statement
from services.sales.submission import Submission, add_batches
from services.sales.wire import Answer, encode

log = structlog.get_logger(__name__)

Decide = Callable[[AsyncConnection, Sequence[Submission[Any]]], Awaitable[None]]
"""Records the items of submissions in the caller's transaction and decides their results."""

AtOnce = Callable[[Sequence[Submission[Any]]], Awaitable[bool]]
"""Records submissions with their batches in a transaction of its own and decides their results; or answers False, and
nothing is recorded."""

RETRIES = 4
NUMBERS_AT_ONCE = 256
_RETRYABLE = {"40001", "40P01"}  # serialization failure, deadlock
_TAKEN = "23505"  # somebody else's row has the key
_IN_PROGRESS = "相同幂等键的请求正在处理,请稍后重试 / A request with this Idempotency-Key is still running"
_MISMATCH = "该幂等键已用于其他请求体,请换一个 / This Idempotency-Key was used with another body; use a new one"
_ATOMIC = "有行不可入账,整批未记录 / Some lines cannot be taken, so nothing was recorded: see results"
_FAILED = "服务器内部错误;可安全重发 / Something went wrong on our side; it is safe to send again"
_CONTENTION = "并发冲突,请重试 / Too much contention; try again"


@dataclass(slots=True)
class Entry:
    """A submission on its way, with the Idempotency-Key it carries."""

    submission: Submission[Any]
    idempotency_key: str | None = None
    body_hash: bytes = b""


@dataclass(frozen=True, slots=True)
class BesideFiles:
    """What is done for platforms that import files too."""

    look: Decide
    """Looks at what was recorded. Raises :class:`GrainClash`, and then it is undone and done again by the other."""
    decide: Decide


class _Undo(Exception):
    """Leaves the transaction of a trial without committing it."""


class Recorder:
    """Records submissions of one kind (order lines, or refunds)."""

    def __init__(
        self,
        database: Database,
        signer: ReceiptSigner,
        decide: Decide,
        *,
        issuer: str,
        concurrent: int = 4,
        first_try: Decide | None = None,
        at_once: AtOnce | None = None,
        beside_files: "BesideFiles | None" = None,
    ) -> None:
        self._database = database
        self._signer = signer
        self._decide = decide
        self._first_try = first_try or decide
        """What is tried first: it may fail where somebody else records the same at this moment."""
        self._at_once = at_once
        self._beside_files = beside_files
        self._issuer = issuer
        self._group: GroupCommit[Entry, bytes] = GroupCommit(self._record_group, concurrent=concurrent)
        self._numbers: list[int] = []
        self._drawing = asyncio.Lock()
        self.committed: Callable[[], None] = lambda: None
        """Called after each commit, so that the sealer need not wait."""

    def deciding(self, decide: Decide) -> "Recorder":
        """A recorder of something else, on the same database, that wakes the same sealer."""
        other = Recorder(self._database, self._signer, decide, issuer=self._issuer)
        other.committed = self.committed
        other._numbers, other._drawing = self._numbers, self._drawing
        return other

    async def next_batch_id(self) -> int:
        """A number for a batch; taken in blocks, so that few requests wait for one."""
        while not self._numbers:
            async with self._drawing:
                if not self._numbers:
                    drawn = await self._database.fetch(batches.NEXT_BATCH_IDS, {"count": NUMBERS_AT_ONCE})
                    self._numbers.extend(row["batch_id"] for row in drawn)
        return self._numbers.pop()

    async def record(self, submission: Submission[Any], *, idempotency_key: str | None, body: bytes) -> bytes:
        """Record a submission, together with others that wait; answers the JSON body once it is committed.

        Raises IdempotencyMismatch (422), IdempotencyInProgress (409), Unavailable (503).
        """
        entry = Entry(submission, idempotency_key, hashlib.sha256(body).digest() if idempotency_key else b"")
        return await self._group.submit(entry, max(1, len(submission.items)))

    async def try_out(self, submission: Submission[Any]) -> bytes:
        """Judge a submission to the end and undo it: ``?dry_run=true``."""
        try:
            try:
                await self._try(submission, self._decide)
            except GrainClash:
                if self._beside_files is not None:
                    await self._try(submission, self._beside_files.decide)
        except _Undo:
            counts, amounts, _, _ = submission.totals()
        return encode(Answer(None, None, counts, amounts, submission.decided(), dry_run=True))

    async def _try(self, submission: Submission[Any], decide: Decide) -> NoReturn:
        async with self._database.transaction() as connection:
            await decide(connection, [submission])
            if self._beside_files is not None and decide is self._decide:
                await self._beside_files.look(connection, [submission])
            raise _Undo

    async def record_alone(
        self, submission: Submission[Any], *, idempotency_key: str | None, body: bytes, all_or_nothing: bool = False
    ) -> bytes:
        """Record a submission in a transaction of its own; with ``all_or_nothing`` (``?atomic=true``), nothing is
        recorded if a line is rejected or conflicts.

        Raises AtomicRefused (422) with every line's result.
        """
        entry = Entry(submission, idempotency_key, hashlib.sha256(body).digest() if idempotency_key else b"")
        answer = (await self._in_one_transaction([entry], all_or_nothing=all_or_nothing))[0]
        if isinstance(answer, Problem):
            raise answer
        self.committed()
        return answer

    async def _record_group(self, entries: list[Entry]) -> list[bytes | Problem]:
        try:
            answers = await self._in_one_transaction(entries)
        except Exception as error:
            if len(entries) == 1:
                if isinstance(error, Problem):
                    return [error]
                raise
            log.warning("group_split", entries=len(entries), error=repr(error)[:200])
            return [answer for entry in entries for answer in await self._try_alone(entry)]
        self.committed()
        return answers

    async def _try_alone(self, entry: Entry) -> list[bytes | Problem]:
        try:
            answers = await self._in_one_transaction([entry])
        except Problem as problem:
            return [problem]
        except Exception:
            log.exception("recording_failed")
            return [Problem(_FAILED)]
        self.committed()
        return answers

    async def _in_one_transaction(self, entries: list[Entry], *, all_or_nothing: bool = False) -> list[bytes | Problem]:
        decide = self._first_try
        at_once = None if all_or_nothing or any(entry.idempotency_key for entry in entries) else self._at_once
        answers: dict[int, bytes | Problem] = {}
        for attempt in range(1, RETRIES + 1):
            try:
                if at_once is not None:
                    tried, at_once = at_once, None
                    if await tried([entry.submission for entry in entries]):
                        break
                answers = await self._transact(decide, entries, all_or_nothing=all_or_nothing)
                break
            except GrainClash:
                decide = self._beside_files.decide if self._beside_files is not None else decide
            except DBAPIError as error:
                sqlstate = getattr(error.orig, "sqlstate", None)
                if sqlstate == _TAKEN and decide is not self._decide:
                    decide = self._decide
                elif sqlstate not in _RETRYABLE or attempt == RETRIES:
                    raise
        else:
            raise Unavailable(_CONTENTION, retry_after_seconds=1)
        return [answers.get(id(entry)) or self._answer(entry.submission) for entry in entries]

    async def _transact(
        self, decide: Decide, entries: list[Entry], *, all_or_nothing: bool
    ) -> dict[int, bytes | Problem]:
        """Record entries in one transaction; answers what is known of their answers, by the entry's ``id``."""
        async with self._database.transaction() as connection:
            answers = await self._replays(connection, entries)
            live = [entry for entry in entries if id(entry) not in answers]
            submissions = [entry.submission for entry in live]
            if submissions:
                await decide(connection, submissions)
                if all_or_nothing:
                    _refuse_if_any_failed(submissions)
                await add_batches(connection, submissions)
                if self._beside_files is not None and decide is not self._beside_files.decide:
                    beside = [submission for submission in submissions if submission.beside_files]
                    await self._beside_files.look(connection, beside)
            for entry in live:
                if entry.idempotency_key is not None:
                    answers[id(entry)] = await self._store(connection, entry)
        return answers

    async def _replays(self, connection: AsyncConnection, entries: list[Entry]) -> dict[int, bytes | Problem]:
        """Answers that need no recording: those kept for the same key, and refusals of keys that are in use."""
        answers: dict[int, bytes | Problem] = {}
        seen: set[tuple[str, str]] = set()
        for entry in entries:
            if entry.idempotency_key is None:
                continue
            client_id = entry.submission.client_id
            name = f"{client_id} {entry.idempotency_key}"
            in_group = (client_id, entry.idempotency_key) in seen
            seen.add((client_id, entry.idempotency_key))
            if in_group or not await connection.scalar(batches.LOCK_KEY, {"name": name}):
                answers[id(entry)] = IdempotencyInProgress(_IN_PROGRESS, retry_after_seconds=1)
                continue
            parameters = {"client_id": client_id, "key": entry.idempotency_key}
            stored = (await connection.execute(batches.STORED_ANSWER, parameters)).one_or_none()
            if stored is not None:
                same = stored.body_hash == entry.body_hash
                answers[id(entry)] = stored.answer if same else IdempotencyMismatch(_MISMATCH)
        return answers

    async def _store(self, connection: AsyncConnection, entry: Entry) -> bytes:
        answer = self._answer(entry.submission)
        parameters = {
            "client_id": entry.submission.client_id,
            "key": entry.idempotency_key,
            "body_hash": entry.body_hash,
            "answer": answer,
        }
        await connection.execute(batches.STORE_ANSWER, parameters)
        return answer

    def _answer(self, submission: Submission[Any]) -> bytes:
        counts, amounts, _, digest = submission.totals()
        recorded_at = submission.recorded_at
        if recorded_at is None:
            message = "a submission is answered before it is recorded"
            raise RuntimeError(message)
        stated = Statement(
            submission.batch_id,
            submission.platform,
            submission.kind,
            recorded_at,
            {name: getattr(counts, name) for name in counts.__struct_fields__},
            amounts.accepted,
            amounts.parked,
            digest,
        )
        receipt = self._signer.sign(stated.payload(self._issuer))
        return encode(Answer(submission.batch_id, recorded_at, counts, amounts, submission.decided(), receipt))


def _refuse_if_any_failed(submissions: Sequence[Submission[Any]]) -> None:
    for submission in submissions:
        results = submission.decided()
        if any(result.status in ("rejected", "conflict") for result in results):
            documents = [
                {name: value for name, value in msgspec.to_builtins(result).items() if value is not None}
                for result in results
            ]
            raise AtomicRefused(_ATOMIC, results=documents)
