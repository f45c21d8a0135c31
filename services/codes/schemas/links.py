"""Links on the wire."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, TypeAdapter, model_validator

from services.codes.link import Terms
from services.codes.schemas.base import Counts, Incoming, Outgoing, Problem

CodeText = Annotated[str, StringConstraints(max_length=64)]
"""A code as people write it: case, spaces and hyphens do not matter."""


class LinkIn(Incoming):
    """A member joins a group, with a weight, for a time."""

    member: CodeText
    group: CodeText
    weight: int = Field(default=1, ge=1, le=1_000_000_000, strict=True)
    valid_from: date
    valid_to: date | None = None
    """The first day on which it is no longer true."""
    contract: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _has_a_day(self) -> "LinkIn":
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to 须晚于 valid_from / valid_to must be later than valid_from")
        return self

    def terms(self) -> Terms:
        """What it says apart from who is linked."""
        return Terms(self.weight, self.valid_from, self.valid_to, self.contract)


LINK_IN: TypeAdapter[LinkIn] = TypeAdapter(LinkIn)


class LinksIn(Incoming):
    """Up to 1,000 links; each is judged by itself, so they are read one by one."""

    links: list[dict[str, Any]]


def _one_or_many(body: Any) -> str:
    return "many" if isinstance(body, LinksIn) or (isinstance(body, dict) and "links" in body) else "one"


LinkBody = Annotated[Annotated[LinkIn, Tag("one")] | Annotated[LinksIn, Tag("many")], Discriminator(_one_or_many)]


class LinkEndIn(Incoming):
    """The first day on which a link is no longer true."""

    valid_to: date


class LinkOut(Outgoing):
    """A link as known now."""

    link_id: str
    member: str
    group: str
    weight: int
    valid_from: date
    valid_to: date | None
    contract: str | None


class LinkedOut(LinkOut):
    """A link after it was sent; ``already_linked``: it was known with this very content, nothing was changed."""

    already_linked: bool


class LinkResult(Outgoing):
    """How one of several links fared."""

    index: int
    status: Literal["linked", "already_linked", "conflict", "rejected"]
    link: LinkedOut | None = None
    problem: Problem | None = None


class LinkResultsOut(Outgoing):
    """The results of a request with several links, in its order."""

    counts: Counts
    results: list[LinkResult]


class LinksOut(Outgoing):
    """A page of links; ``next`` is the ``after`` of the next page, null at the end."""

    links: list[LinkOut]
    next: str | None
