"""What the wires of bindings and ratios have in common: validity, one or many in a body, and what a request did."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Generic, Self, TypeVar

from pydantic import Discriminator, Field, model_validator

from services.sales.dated import Change, Changes
from services.sales.schemas.fields import Day, Incoming, Outgoing

MAX_FACTS = 1_000
"""Bindings or ratios in one request."""


class Valid(Incoming):
    """From which day on, and until before which."""

    valid_from: Day
    valid_to: Day | None = Field(default=None, description="First day no longer valid; null: until further notice.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to 须晚于 valid_from / valid_to must be later than valid_from")
        return self


class Ending(Incoming):
    """When what begins on ``valid_from`` ends."""

    valid_from: Day = Field(description="First day of the binding or ratio that is meant.")
    valid_to: Day = Field(description="First day no longer valid; equal to `valid_from`: it was never true.")


def one_or_many(name: str) -> Discriminator:
    """Tell a body of one from a body of many, so that what is wrong in it is said of the one or of the many."""
    return Discriminator(lambda body: "many" if isinstance(body, dict) and name in body else "one")


class Fact(Outgoing):
    """A binding or a ratio, from ``valid_from`` until before ``valid_to``."""

    valid_from: date
    valid_to: date | None


class ChangedFact(Fact):
    """What a request did to a binding or a ratio."""

    status: Change


Changed = TypeVar("Changed", bound=ChangedFact)


class ChangesOut(Outgoing, Generic[Changed]):
    """What a request did, item by item in its order; without a batch it changed nothing."""

    batch_id: int | None
    recorded_at: datetime | None
    results: list[Changed]

    @classmethod
    def of(cls, changes: Changes, result: type[Changed], columns: Sequence[str]) -> Self:
        """From the use case's answer; ``columns`` name the parts of a fact's key and of what it says."""
        results = [
            result.model_validate(
                {
                    **dict(zip(columns, (*fact.key, *fact.said), strict=True)),
                    "valid_from": fact.valid_from,
                    "valid_to": fact.valid_to,
                    "status": change,
                }
            )
            for fact, change in changes.facts
        ]
        return cls(batch_id=changes.batch_id, recorded_at=changes.recorded_at, results=results)
