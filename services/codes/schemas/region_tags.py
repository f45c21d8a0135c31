"""Dated tags of divisions on the wire."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from services.codes.region_tags import RegionTag, Tag
from services.codes.schemas.base import Incoming, Outgoing, RegionCode

_ITEMS = 20_000


class RegionTagIn(Incoming):
    """A division is listed as something from a day on."""

    code: RegionCode
    tag: Tag
    valid_from: date
    valid_to: date | None = None
    """The first day on which it no longer is."""
    source: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """The list that says so."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "RegionTagIn":
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to 须晚于 valid_from / valid_to must be later than valid_from")
        return self

    def value(self) -> RegionTag:
        """In the service's own terms."""
        return RegionTag(self.code, self.tag, self.valid_from, self.valid_to, self.source)


class RegionTagsIn(Incoming):
    """A list."""

    tags: Annotated[list[RegionTagIn], Field(min_length=1, max_length=_ITEMS)]


class RegionTagsRecordedOut(Outgoing):
    """How many of them said something new."""

    recorded: int
    unchanged: int


class RegionTagOut(Outgoing):
    """A division that is listed."""

    code: str
    name: str
    tag: Tag
    valid_from: date
    valid_to: date | None
    source: str


class RegionTagsOut(Outgoing):
    """All that are listed so on the day."""

    tags: list[RegionTagOut]
