"""What an import did so far: counts and sums, as they are kept in its row and answered to its sender."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.kit import clock
from services.kit.money import format_yuan

STATUSES = ("accepted", "parked", "duplicate", "conflict", "rejected")


@dataclass(slots=True)
class Tally:
    """Counts of rows and lines, sums in fen."""

    rows: int = 0
    """Rows with content, those that are no sale too."""
    skipped: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    refunds: Counter[str] = field(default_factory=Counter)
    reversals: int = 0
    replaced_lines: int = 0
    fen: Counter[str] = field(default_factory=Counter)
    """``sales``, ``refunds``, ``reversals``, and the net of ``replaced`` lines."""
    errors: int = 0
    """Rows that were not taken."""
    first_day: date | None = None
    last_day: date | None = None
    last_batch_id: int | None = None

    def copy(self) -> "Tally":
        """One that can be added to while this one stays."""
        return Tally(
            self.rows,
            self.skipped.copy(),
            self.lines.copy(),
            self.refunds.copy(),
            self.reversals,
            self.replaced_lines,
            self.fen.copy(),
            self.errors,
            self.first_day,
            self.last_day,
            self.last_batch_id,
        )

    def note_sale(self, occurred_at: datetime) -> None:
        """Remember between which business days the file's sales lie."""
        day = clock.business_day(occurred_at)
        self.first_day = day if self.first_day is None else min(self.first_day, day)
        self.last_day = day if self.last_day is None else max(self.last_day, day)

    def kept(self) -> dict[str, Any]:
        """As JSON for the import's row; :meth:`of` reads it."""
        return {
            "skipped": dict(self.skipped),
            "lines": dict(self.lines),
            "refunds": dict(self.refunds),
            "reversals": self.reversals,
            "replaced_lines": self.replaced_lines,
            "fen": dict(self.fen),
            "last_batch_id": self.last_batch_id,
        }

    @classmethod
    def of(cls, row: Any) -> "Tally":
        """From the row of an import."""
        counts = row.counts
        return cls(
            rows=row.row_count,
            skipped=Counter(counts["skipped"]),
            lines=Counter(counts["lines"]),
            refunds=Counter(counts["refunds"]),
            reversals=counts["reversals"],
            replaced_lines=counts["replaced_lines"],
            fen=Counter(counts["fen"]),
            errors=row.error_count,
            first_day=row.first_day,
            last_day=row.last_day,
            last_batch_id=counts["last_batch_id"],
        )

    def document(self) -> dict[str, Any]:
        """As the API answers it."""
        changed = any(kind[status] for kind in (self.lines, self.refunds) for status in ("accepted", "parked"))
        net_fen = self.fen["sales"] - self.fen["refunds"] + self.fen["reversals"] - self.fen["replaced"]
        return {
            "rows": self.rows,
            "skipped": dict(self.skipped),
            "lines": {status: self.lines[status] for status in STATUSES},
            "refunds": {status: self.refunds[status] for status in STATUSES},
            "reversals": self.reversals,
            "replaced_lines": self.replaced_lines,
            "amounts": {
                "sales": format_yuan(self.fen["sales"]),
                "refunds": format_yuan(self.fen["refunds"]),
                "reversals": format_yuan(self.fen["reversals"]),
                "replaced": format_yuan(self.fen["replaced"]),
                "net": format_yuan(net_fen),
            },
            "unchanged": not (changed or self.reversals or self.replaced_lines),
            "first_day": self.first_day and self.first_day.isoformat(),
            "last_day": self.last_day and self.last_day.isoformat(),
            "last_batch_id": self.last_batch_id,
            "unreadable_rows": self.errors,
        }
