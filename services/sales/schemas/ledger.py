"""The wire of the ledger and of what is parked."""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import Field

from services.kit.money import format_yuan
from services.sales.schemas.fields import Outgoing


class EntryOut(Outgoing):
    """An entry of the ledger."""

    batch_id: int
    position: int | None = Field(description="Of the batch in the feed; null until it is sealed.")
    recorded_at: datetime
    order_no: str
    platform: str
    line_no: str
    entry_no: int
    cause: str
    measure: str
    amount: str = Field(description="Yuan; sales are positive, refunds negative.")
    subject_id: str
    kind: str
    code: str | None = Field(description="The subject's newest code.")
    region: str = Field(description="The subject's division when the line was sold.")
    category: str
    sale_day: date = Field(description="The business day on which it counts: its line's.")
    event_day: date = Field(description="The business day of the event itself.")
    reference: str = Field(description="Why: method and code of a sale, number of a refund.")

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row of the ledger."""
        shown = {**row._mapping, "amount": format_yuan(row.amount_fen), "subject_id": str(row.subject_id)}  # noqa: SLF001
        return cls.model_validate(shown)


class EntriesPage(Outgoing):
    """A page of the ledger; ``next`` is the ``after`` of the next page, null on the last."""

    entries: list[EntryOut]
    next: str | None
    income: str | None = Field(
        default=None,
        description=(
            "Of a household's code: where a month of its income is explained, line by line (put in the month): from "
            "which group, for which day, by which contract, ratio and weight, or which payment replaced it."
        ),
    )


class ParkedOut(Outgoing):
    """A line or a refund that waits for what it lacks. It is not counted anywhere."""

    what: Literal["line", "refund"]
    platform: str
    order_no: str
    line_no: str | None = Field(description="Null for a refund of a whole order.")
    refund_no: str | None
    reason: str = Field(description="What it lacks.")
    amount: str
    occurred_at: datetime
    shop: str | None
    sku: str | None
    category: str | None
    code: str | None = Field(description="The code on the line, if it carries one.")
    batch_id: int
    recorded_at: datetime

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row, in which an absent number is an empty text."""
        shown = {
            **row._mapping,  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
            "amount": format_yuan(row.amount_fen),
            "line_no": row.line_no or None,
            "refund_no": row.refund_no or None,
        }
        return cls.model_validate(shown)


class ParkedPage(Outgoing):
    """A page of what is parked; ``next`` is the ``after`` of the next page, null on the last."""

    parked: list[ParkedOut]
    next: str | None
