"""Blocks: stretches of the feed whose effect on households' days is kept apart, so that it can be left out again.

``as_of`` a position is then the sum of the blocks before it, and of the part of its own block that lies before it,
which ``replay.py`` works out. So blocks are a balance: the fewer, the less is kept; the shorter, the less is replayed.
A block ends before what would bring more than :data:`MAX_ENTRIES` into it, but lasts :data:`MIN_SECONDS` at least, so
that a storm of sales does not keep a row for each household and second. See ADR 0060.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

MAX_ENTRIES = 1_000
"""Income entries and payments of a block, unless a single batch has more."""
MIN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Block:
    """The positions ``after < position <= upto``."""

    block: int
    after: int
    upto: int
    began_at: datetime
    entries: int


@dataclass(frozen=True, slots=True)
class Work:
    """A position that changes incomes, and by how many entries."""

    position: int
    sealed_at: datetime
    entries: int


def cut(known: Block | None, works: Iterable[Work], *, after: int, upto: int, sealed_at: datetime) -> list[Block]:
    """The blocks that a window ``after < position <= upto`` ends in: the one that was open, if any, and new ones.

    They hold the window's positions once, in order; ``works`` are those of its positions that change incomes.
    """
    blocks = [known or Block(1, after, after, sealed_at, 0)]
    for work in works:
        last = blocks[-1]
        is_full = last.entries > 0 and last.entries + work.entries > MAX_ENTRIES
        if is_full and (work.sealed_at - last.began_at).total_seconds() >= MIN_SECONDS:
            blocks[-1] = replace(last, upto=work.position - 1)
            blocks.append(Block(last.block + 1, work.position - 1, work.position, work.sealed_at, work.entries))
        else:
            began_at = last.began_at if last.entries else work.sealed_at
            blocks[-1] = replace(last, upto=work.position, entries=last.entries + work.entries, began_at=began_at)
    blocks[-1] = replace(blocks[-1], upto=upto)
    return blocks
