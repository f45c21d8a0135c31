"""Poverty lines on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.kit.money import NotAnAmount, parse_yuan
from services.stats.schemas.base import Answer

MAX_LINES = 200


def _positive(text: str) -> str:
    try:
        fen = parse_yuan(text)
    except NotAnAmount as error:
        raise ValueError("金额应为两位小数 / an amount with two decimals") from error
    if not 0 < fen <= 10_000_000:  # noqa: PLR2004 - 100,000 yuan a head is no poverty line
        raise ValueError("应在 0.01 与 100000.00 元之间 / must be between 0.01 and 100000.00 yuan")
    return text


class PovertyLineIn(BaseModel):
    """A line to record. It counts in place of any that is known for the region and year."""

    model_config = ConfigDict(extra="forbid")

    region: Annotated[str, Field(pattern=r"^(\*|[0-9]{2}0{10})$")] = Field(
        description="Code of the province whose line it is; `*` for the national one."
    )
    year: int = Field(ge=1978, le=2100, strict=True)
    per_head: Annotated[str, AfterValidator(_positive)] = Field(description="Yuan of that year per head and year.")
    standing: Literal["published", "approximate", "guideline"]
    source: str = Field(min_length=3, max_length=500, description="Where it stands: title, issuer, page or number.")
    note: str = Field(default="", max_length=500)


class PovertyLinesIn(BaseModel):
    """Lines to record, all or none."""

    model_config = ConfigDict(extra="forbid")

    lines: list[PovertyLineIn] = Field(min_length=1, max_length=MAX_LINES)


class PovertyLineOut(Answer):
    """A line in force."""

    region: str
    year: int
    per_head: str
    standing: str = Field(
        description="published; approximate: published figures differ, the note says how; guideline: a standard of "
        "exit that was announced, not a line computed from prices."
    )
    source: str
    note: str
    recorded_at: datetime | None = Field(description="null: it comes with the program.")
    status: str = Field(
        description="confirmed: recorded by an office, or found in two public sources; to_be_confirmed: by the bureau."
    )


class PovertyLinesOut(Answer):
    """The lines in force, national ones first."""

    lines: list[PovertyLineOut]
