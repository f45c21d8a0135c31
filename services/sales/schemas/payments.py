"""The wire of payments as they are read."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints

from services.kit.money import format_yuan
from services.sales.payment import last_day
from services.sales.schemas.fields import Outgoing

Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class VoidOut(Outgoing):
    """When and why a payment turned out not to be so."""

    batch_id: int
    voided_at: datetime
    reason: str | None


class PaymentOut(Outgoing):
    """A payment, and what it does to income."""

    payment_no: str
    group: str | None = Field(description="The payer's code; null where no coded group paid.")
    member: str | None = Field(description="The code as it was sent, or the member's newest.")
    member_kind: str
    method: str
    amount: str
    paid_on: date
    for_month: str
    counts_on: date | None = Field(
        description="The day on which it is income: the last of its month. Null: it counts nowhere, because it is "
        "voided, or was not paid to a household."
    )
    linked: bool = Field(
        description="Whether the member was in the group in that month, as known now. If so, what the group's sales "
        "are modelled to give the member in that month is replaced by what was paid."
    )
    evidence: str
    confirmation: str
    batch_id: int
    position: int | None = Field(description="Of the batch in the feed; null until it is sealed.")
    recorded_at: datetime
    voided: VoidOut | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row."""
        counts = row.superseded_in is None and row.member_kind == "household"
        return cls(
            payment_no=row.payment_no,
            group=row.group_code or None,
            member=row.shown_member,
            member_kind=row.member_kind,
            method=row.method,
            amount=format_yuan(row.amount_fen),
            paid_on=row.paid_on,
            for_month=row.for_month.strftime("%Y-%m"),
            counts_on=last_day(row.for_month) if counts else None,
            linked=row.linked,
            evidence=row.evidence,
            confirmation=row.confirmation,
            batch_id=row.recorded_in,
            position=row.position,
            recorded_at=row.recorded_at,
            voided=None
            if row.superseded_in is None
            else VoidOut(batch_id=row.superseded_in, voided_at=row.voided_at, reason=row.void_reason),
        )


class PaymentsPage(Outgoing):
    """A page of payments; ``next`` is the ``after`` of the next page, null on the last."""

    payments: list[PaymentOut]
    next: str | None
