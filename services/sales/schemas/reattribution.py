"""The wire of re-attribution."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from services.sales.schemas.fields import Incoming, Outgoing, PlatformKey, ShopName


class ReattributionIn(Incoming):
    """Which lines to attribute again, by the bindings as known now."""

    platform: PlatformKey
    shop: ShopName
    from_day: Annotated[date, Field(alias="from")]
    to_day: Annotated[date, Field(alias="to", description="First day that is left as it is.")]
    reason: Annotated[str, Field(min_length=1, max_length=400)]

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        if self.to_day <= self.from_day:
            raise ValueError("to 须晚于 from / to must be later than from")
        return self


class ReattributionOut(Outgoing):
    """What a re-attribution did."""

    batch_ids: list[int]
    moved: int
    refused: int = Field(description="Lines outside of the caller's divisions, or whose new code was not in force.")
