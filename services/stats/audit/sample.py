"""Which lines of a frame are looked at: drawn by a seed, so that anybody who has frame and seed draws the same. Pure.

The frame is the income lines of a county and quarter: what each household had of each month, apart for each basis. The
strata are the bases. In each the lines are put in the order of a hash that begins with the seed, and the first are
taken: a simple random sample without replacement as long as the seed was not chosen with the lines in view.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.kit.money import split_by_weight

BASES = ("paid", "contract", "imputed")
MIN_IN_STRATUM = 2
"""Lines of a stratum at least (or all): one alone says nothing about spread."""


@dataclass(frozen=True, slots=True, order=True)
class IncomeLine:
    """What a household had of a month and basis."""

    household_id: int
    month: date
    basis: str
    amount_fen: int

    @property
    def key(self) -> str:
        """What names it."""
        return f"{self.household_id}/{self.month:%Y-%m}/{self.basis}"


@dataclass(frozen=True, slots=True)
class Stratum:
    """What the frame holds of a basis, and how many of its lines are drawn."""

    basis: str
    lines: int
    amount_fen: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn."""

    strata: tuple[Stratum, ...]
    lines: tuple[IncomeLine, ...]
    frame_digest: bytes


def draw(frame: Iterable[IncomeLine], size: int, seed: str) -> Sample:
    """Draw ``size`` lines (more only where strata need their least; all, if there are no more)."""
    by_basis: dict[str, list[IncomeLine]] = {}
    ordered = sorted(frame)
    for line in ordered:
        by_basis.setdefault(line.basis, []).append(line)
    numbers = allocate({basis: (len(of), sum(line.amount_fen for line in of)) for basis, of in by_basis.items()}, size)
    strata, drawn = [], []
    for basis in BASES:
        lines = by_basis.get(basis)
        if lines:
            strata.append(Stratum(basis, len(lines), sum(line.amount_fen for line in lines), numbers[basis]))
            drawn += sorted(lines, key=lambda line: _turn(seed, line))[: numbers[basis]]
    return Sample(tuple(strata), tuple(drawn), digest_of(ordered))


def allocate(strata: Mapping[str, tuple[int, int]], size: int) -> dict[str, int]:
    """How many lines each stratum gives, from its (lines, amount): its least, and the rest in proportion to amounts,
    since it is the amount whose error is asked for.
    """
    given = {basis: min(lines, MIN_IN_STRATUM) for basis, (lines, _) in strata.items()}
    while (rest := size - sum(given.values())) > 0:
        open_strata = [basis for basis in sorted(strata) if given[basis] < strata[basis][0]]
        if not open_strata:
            break
        parts = split_by_weight(rest, [strata[basis][1] for basis in open_strata])
        for basis, part in zip(open_strata, parts, strict=True):
            given[basis] = min(strata[basis][0], given[basis] + part)
    return given


def digest_of(ordered: Sequence[IncomeLine]) -> bytes:
    """SHA-256 over all lines in their order: whether a frame is the one that was drawn from."""
    digest = hashlib.sha256()
    for line in ordered:
        digest.update(f"{line.key}={line.amount_fen}\n".encode())
    return digest.digest()


def _turn(seed: str, line: IncomeLine) -> bytes:
    return hashlib.sha256(f"{seed}/{line.key}".encode()).digest()
