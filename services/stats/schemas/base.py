"""What every answer shares."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Answers have exactly the documented fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WatermarkOut(Answer):
    """What the figures contain: all of the ledger up to ``position`` of its feed, and its income up to
    ``income_position``.
    """

    position: int
    sealed_at: datetime | None
    income_position: int
