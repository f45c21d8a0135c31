"""The wire of payments that may be one."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from services.sales.payment import MAX_REASON_LENGTH
from services.sales.schemas.fields import Code, Incoming, Outgoing
from services.sales.schemas.payments import PaymentOut

MAX_DISTINCTIONS = 500


class PaymentKey(Incoming):
    """Which payment."""

    group: Code | None = Field(default=None, description="Null of one that a station scanned.")
    payment_no: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]

    def key(self) -> tuple[str, str]:
        """As it is recorded."""
        return self.group or "", self.payment_no


class DistinctionIn(Incoming):
    """Two payments that look like one and are two."""

    first: PaymentKey
    second: PaymentKey
    reason: Annotated[
        str, StringConstraints(min_length=1, max_length=MAX_REASON_LENGTH, pattern=r"^[^\x00-\x1f\x7f]+$")
    ]

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.first.key() == self.second.key():
            raise ValueError("first 与 second 是同一笔 / first and second are the same payment")
        return self


class DistinctionsIn(Incoming):
    """Body of ``POST /v1/payments/distinct``."""

    distinctions: Annotated[list[DistinctionIn], Field(min_length=1, max_length=MAX_DISTINCTIONS)]


class DistinctionsOut(Outgoing):
    """How many were new; the others had been said before, and stay as they were said."""

    recorded: int
    known: int


class PairOut(Outgoing):
    """Two payments that may be one. Both count until one of them is voided."""

    first: PaymentOut
    second: PaymentOut


class PairsOut(Outgoing):
    """Pairs that nobody has decided; ``more``: there are others, which come up once these are decided."""

    pairs: list[PairOut]
    more: bool
