"""The data dictionary on the wire."""

from pydantic import Field

from services.stats.schemas.base import Answer


class IndicatorOut(Answer):
    """One entry of the data dictionary."""

    name: str
    name_zh: str
    name_en: str
    unit: str
    unit_zh: str
    unit_en: str
    definition_zh: str
    definition_en: str
    formula: str
    formula_zh: str
    source_zh: str
    source_en: str
    additive: bool = Field(description="Whether the figures of a division's parts sum to the division's.")
    filters: list[str]
    breakdowns: list[str]
    published: list[str] = Field(
        description="In releases, for everybody: whole, and by which dimensions, one at a time; empty: not at all."
    )


class QualityOut(Answer):
    """One member of the quality block, or figure of the uplift."""

    name: str
    unit: str
    definition_zh: str
    definition_en: str


class ReasonOut(Answer):
    """Why a figure may be null."""

    reason: str
    meaning_zh: str
    meaning_en: str


class DictionaryOut(Answer):
    """The data dictionary."""

    indicators: list[IndicatorOut]
    quality: list[QualityOut]
    uplift: list[QualityOut] = Field(description="Figures of /v1/stats/uplift, by part and name.")
    reasons: list[ReasonOut]
