"""The wire of imports."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from services.sales.schemas.fields import Outgoing
from services.sales.tally import Tally


class ImportState(StrEnum):
    """How far an import is."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    DONE = "done"


class ImportAmounts(Outgoing):
    """Sums in yuan of what was accepted."""

    sales: str
    refunds: str
    reversals: str = Field(description="Taken back of refunds, because the file states less than was recorded.")
    replaced: str = Field(description="Net of order lines whose place finer lines took.")
    net: str = Field(description="sales - refunds + reversals - replaced")


class ImportOut(Outgoing):
    """An import, and what came of it so far."""

    import_id: int
    state: ImportState
    platform: str
    shop: str
    format: str
    file_name: str | None
    sha256: str | None = Field(description="Of the file, once all of it has been read.")
    exported_at: datetime = Field(description="The moment of which the file speaks.")
    started_at: datetime
    changed_at: datetime
    watermark_row: int = Field(description="Rows up to here are recorded; from here the import is resumed.")
    rows: int = Field(description="Rows with content.")
    skipped: dict[str, int] = Field(description="Rows that are no sale, by why: unpaid, closed, totals.")
    lines: dict[str, int]
    refunds: dict[str, int]
    reversals: int
    replaced_lines: int
    amounts: ImportAmounts
    unchanged: bool = Field(description="Nothing that is counted was changed.")
    first_day: date | None = Field(description="The earliest business day of a sale in the file.")
    last_day: date | None
    last_batch_id: int | None
    unreadable_rows: int = Field(description="Rows that were not taken: see errors.csv.")
    problem: str | None = Field(description="The code of the problem that ended it.")
    errors_csv: str | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """From the row of an import."""
        return cls.model_validate(
            {
                **row._mapping,  # noqa: SLF001 - SQLAlchemy's public name for it
                **Tally.of(row).document(),
                "sha256": row.sha256 and row.sha256.hex(),
                "errors_csv": f"/v1/imports/{row.import_id}/errors.csv" if row.error_count else None,
            }
        )


class ImportsPage(Outgoing):
    """A page of imports, the newest first."""

    imports: list[ImportOut]
    next: str | None


class ImportErrorOut(Outgoing):
    """A row that was not taken."""

    row: int
    column: str = Field(description="The column it is about; '' for the whole row.")
    reason: str
    detail: str
    cells: dict[str, str] = Field(description="order_no, occurred_at, amount, refunded, status; nothing else is kept.")


class PieceReceipt(Outgoing):
    """The receipt of a batch that a piece of the file became."""

    batch_id: int
    kind: str
    receipt: str


class ImportAnswer(Outgoing):
    """What an import did. What it counts includes the requests that it was resumed from."""

    import_id: int
    state: ImportState
    format: str
    resumed_after_row: int
    rows: int
    skipped: dict[str, int]
    lines: dict[str, int]
    refunds: dict[str, int]
    reversals: int
    replaced_lines: int
    amounts: ImportAmounts
    unchanged: bool
    first_day: date | None
    last_day: date | None
    last_batch_id: int | None
    unreadable_rows: int
    errors: list[ImportErrorOut] = Field(description="The first of them.")
    errors_csv: str | None
    receipts: list[PieceReceipt] = Field(description="Of the batches it became; the first thousand of them.")
    receipts_at: str = Field(description="Where all of them are.")
