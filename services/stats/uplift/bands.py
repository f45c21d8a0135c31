"""Bands of yuan per head and year, by which incomes are distributed and households compared. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Band:
    """From ``from_fen`` to before ``past_fen`` (``None``: without end) per head and year."""

    from_fen: int
    past_fen: int | None

    @property
    def name(self) -> str:
        """``100-500``, in yuan; ``5000-`` without end."""
        return f"{self.from_fen // 100}-" + ("" if self.past_fen is None else str(self.past_fen // 100))


def _bands(*bounds_yuan: int) -> tuple[Band, ...]:
    bounds = [bound * 100 for bound in bounds_yuan]
    return tuple(Band(low, high) for low, high in zip([0, *bounds], [*bounds, None], strict=True))


INCOME_BANDS = _bands(100, 500, 1_000, 2_000, 5_000)
"""Of coded income per head: what reached a person in a year."""

BASELINE_BANDS = _bands(2_000, 3_000, 4_000, 5_000, 7_000, 10_000)
"""Of registered income per head: who is compared with whom."""
