"""The hash chain over the feed: a consumer builds it, so that no writer waits for another; ``verify`` builds it again.

hash(n) = SHA-256( hash(n-1) ‖ position ‖ batch number ‖ SHA-256 of the batch's ledger entries ), the numbers as eight
bytes, big-endian; hash(0) is 32 zero bytes. The text that is hashed for a batch is made by the query BATCH_DIGESTS:
a line per entry, in the order of its key, the columns in their order joined by ``|``.
"""

import hashlib
from collections.abc import Iterable, Iterator

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.feed import Window
from services.sales.queries import chain as queries

ORIGIN = bytes(32)
_CHUNK_POSITIONS = 2_000


def link(before: bytes, position: int, batch_id: int, digest: bytes) -> bytes:
    """The hash of one position."""
    return hashlib.sha256(before + position.to_bytes(8) + batch_id.to_bytes(8) + digest).digest()


def links(before: bytes, batches: Iterable[tuple[int, int, bytes]]) -> Iterator[tuple[int, int, bytes]]:
    """Chain (position, batch number, digest of entries), in ascending positions, onto the hash ``before``."""
    for position, batch_id, digest in batches:
        before = link(before, position, batch_id, digest)
        yield position, batch_id, before


async def extend_chain(connection: AsyncConnection, window: Window) -> None:
    """Chain the batches of a window."""
    before = ORIGIN if window.after == 0 else await connection.scalar(queries.HASH_AT, {"position": window.after})
    if before is None:
        raise RuntimeError(f"the chain has no link at position {window.after}")
    bounds = {"after": window.after, "upto": window.upto}
    rows = (await connection.execute(queries.BATCH_DIGESTS, bounds)).all()
    chained = list(links(bytes(before), ((row.position, row.batch_id, bytes(row.digest)) for row in rows)))
    parameters = {
        "position": [position for position, _, _ in chained],
        "batch_id": [batch_id for _, batch_id, _ in chained],
        "hash": [digest for _, _, digest in chained],
    }
    await connection.execute(queries.ADD_LINKS, parameters)


async def broken_links(connection: AsyncConnection, *, limit: int) -> list[dict[str, object]]:
    """Positions whose stored hash is not the one that the entries give, the first ``limit`` of them."""
    upto = int(await connection.scalar(queries.LAST_POSITION) or 0)
    broken: list[dict[str, object]] = []
    before = ORIGIN
    for after in range(0, upto, _CHUNK_POSITIONS):
        bounds = {"after": after, "upto": min(after + _CHUNK_POSITIONS, upto)}
        stored = {row.position: bytes(row.hash) for row in (await connection.execute(queries.LINKS, bounds)).all()}
        rows = (await connection.execute(queries.BATCH_DIGESTS, bounds)).all()
        for position, batch_id, digest in links(before, ((r.position, r.batch_id, bytes(r.digest)) for r in rows)):
            before = digest
            if stored.get(position) != digest and len(broken) < limit:
                found = stored.get(position)
                broken.append({"position": position, "batch_id": batch_id, "stored": found and found.hex()})
    return broken
