"""The wire of income ratios."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, Tag

from services.sales.schemas.dated import MAX_FACTS, ChangedFact, Ending, Fact, Valid, one_or_many
from services.sales.schemas.fields import CategoryKey, Incoming, Outgoing, Region, Source
from services.sales.validity import Dated


class RatioIn(Valid):
    """The part of net sales of a category in a region that is income; the rest is cost."""

    category: Literal["*"] | CategoryKey = Field(description="`*`: all categories that have none of their own.")
    region: Region = Field(description="Division in whose tree it holds; the deepest wins.")
    ratio_bp: int = Field(strict=True, ge=0, le=10_000, description="1/10000 of net sales.")
    basis: Literal["contract", "imputed"]
    source: Source = Field(description="Where it comes from: a survey, a statement of accounts, a contract.")

    def facts(self) -> list[Dated]:
        """As values."""
        said = (self.ratio_bp, self.basis, self.source)
        return [Dated((self.category, self.region), said, self.valid_from, self.valid_to)]


class RatiosIn(Incoming):
    """Many ratios."""

    ratios: list[RatioIn] = Field(min_length=1, max_length=MAX_FACTS)

    def facts(self) -> list[Dated]:
        """As values."""
        return [fact for ratio in self.ratios for fact in ratio.facts()]


class RatioEnding(Ending):
    """Which ratio ends."""

    category: Literal["*"] | CategoryKey
    region: Region


class RatioOut(Fact):
    """A ratio."""

    category: str
    region: str
    ratio_bp: int
    basis: str
    source: str


class CurrentRatio(RatioOut):
    """A ratio as known now, the number by which income entries name it, and the batch that wrote it."""

    ratio_id: str
    recorded_in: int

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row."""
        return cls.model_validate({**row._mapping, "ratio_id": str(row.ratio_id)})  # noqa: SLF001 - SQLAlchemy's public name


class ChangedRatio(RatioOut, ChangedFact):
    """What a request did to a ratio."""


class RatiosPage(Outgoing):
    """A page of ratios; ``next`` is the ``after`` of the next page, null on the last."""

    ratios: list[CurrentRatio]
    next: str | None


OneOrManyRatios = Annotated[Annotated[RatioIn, Tag("one")] | Annotated[RatiosIn, Tag("many")], one_or_many("ratios")]
