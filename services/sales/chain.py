"""The hash chain over the feed: a consumer builds it, so that no writer waits for another; ``verify`` builds it again.

hash(n) = SHA-256( hash(n-1) ‖ position ‖ batch number ‖ digest of the batch ), the numbers as eight bytes, big-endian;
hash(0) is 32 zero bytes. The digest of a batch is (form 4) SHA-256 over the hashes of its own row, its ledger
entries, income entries, payments, voids, corrections, bindings, ratios and holders of payments, in this order, where
nothing has the SHA-256 of nothing. Links made before there was form 4 have form 3, without holders, form 2, without
bindings and ratios either, or form 1: the hash of the ledger entries. The texts that are hashed are made by
``queries/chain.py``. Which rows a later batch ended (``superseded_in``) is in no hash, but that batch's own rows are.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.feed import Window
from services.sales.queries import chain as queries

ORIGIN = bytes(32)
NOTHING = hashlib.sha256().digest()
ENTRIES_ONLY, _NEWEST = 1, 4
_PARTS = (
    queries.ENTRIES, queries.INCOMES, queries.PAYMENTS, queries.VOIDS, queries.CORRECTIONS, queries.BINDINGS,
    queries.RATIOS, queries.HOLDERS,
)  # fmt: skip
_PARTS_OF_FORM = {2: 5, 3: 7, 4: 8}
"""How many of these each form covers."""
_CHUNK_POSITIONS = 2_000

Batch = tuple[int, int, bytes]
"""Position, batch number, digest."""


def link(before: bytes, position: int, batch_id: int, digest: bytes) -> bytes:
    """The hash of one position."""
    return hashlib.sha256(before + position.to_bytes(8) + batch_id.to_bytes(8) + digest).digest()


def links(before: bytes, batches: Iterable[Batch]) -> Iterator[Batch]:
    """Chain batches, in ascending positions, onto the hash ``before``: their digests become the hashes of positions."""
    for position, batch_id, digest in batches:
        before = link(before, position, batch_id, digest)
        yield position, batch_id, before


async def digests(connection: AsyncConnection, bounds: Mapping[str, int], forms: Mapping[int, int]) -> list[Batch]:
    """The batches of a window with their digests; ``forms`` are those of positions that have a link already."""
    batches = (await connection.execute(queries.BATCHES, bounds)).all()
    parts = []
    for statement in _PARTS:
        rows = await connection.execute(statement, bounds)
        parts.append({row.batch_id: bytes(row.digest) for row in rows.all()})
    found: list[Batch] = []
    for batch in batches:
        covered = [part.get(batch.batch_id, NOTHING) for part in parts]
        form = forms.get(batch.position, _NEWEST)
        if form == ENTRIES_ONLY:
            digest = covered[0]
        else:
            digest = hashlib.sha256(b"".join([bytes(batch.digest), *covered[: _PARTS_OF_FORM[form]]])).digest()
        found.append((batch.position, batch.batch_id, digest))
    return found


async def extend_chain(connection: AsyncConnection, window: Window) -> None:
    """Chain the batches of a window."""
    before = ORIGIN if window.after == 0 else await connection.scalar(queries.HASH_AT, {"position": window.after})
    if before is None:
        raise RuntimeError(f"the chain has no link at position {window.after}")
    found = await digests(connection, {"after": window.after, "upto": window.upto}, {})
    chained = list(links(bytes(before), found))
    parameters = {
        "position": [position for position, _, _ in chained],
        "batch_id": [batch_id for _, batch_id, _ in chained],
        "hash": [digest for _, _, digest in chained],
        "form": [_NEWEST] * len(chained),
    }
    await connection.execute(queries.ADD_LINKS, parameters)


async def broken_links(connection: AsyncConnection, *, limit: int) -> list[dict[str, object]]:
    """Positions whose stored hash is not the one that the batches give, the first ``limit`` of them."""
    upto = int(await connection.scalar(queries.LAST_POSITION) or 0)
    broken: list[dict[str, object]] = []
    before = ORIGIN
    for after in range(0, upto, _CHUNK_POSITIONS):
        bounds = {"after": after, "upto": min(after + _CHUNK_POSITIONS, upto)}
        rows = (await connection.execute(queries.LINKS, bounds)).all()
        stored = {row.position: bytes(row.hash) for row in rows}
        found = await digests(connection, bounds, {row.position: row.form for row in rows})
        for position, batch_id, digest in links(before, found):
            before = digest
            if stored.get(position) != digest and len(broken) < limit:
                known = stored.get(position)
                broken.append({"position": position, "batch_id": batch_id, "stored": known and known.hex()})
    return broken
