"""What every answer shares."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Answers have exactly the documented fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WatermarkOut(Answer):
    """What the figures contain: all of the ledger up to ``position`` of its feed, its income up to
    ``income_position``, and the registry up to ``registry_position`` of the registry's own feed.
    """

    position: int
    sealed_at: datetime | None
    income_position: int
    registry_position: int
