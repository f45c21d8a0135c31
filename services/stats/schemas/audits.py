"""Audits on the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.kit.money import NotAnAmount, parse_yuan
from services.stats.schemas.base import Answer

MAX_SIZE = 5_000


def _amount(text: str) -> str:
    try:
        if parse_yuan(text) < 0:
            raise ValueError("金额不得为负 / an amount must not be negative")
    except NotAnAmount as error:
        raise ValueError("金额应为两位小数 / an amount with two decimals") from error
    return text


class AuditIn(BaseModel):
    """What to draw."""

    model_config = ConfigDict(extra="forbid")

    county: str = Field(pattern=r"^[0-9]{6}0{6}$")
    quarter: str = Field(pattern=r"^20[0-9]{2}-Q[1-4]$", examples=["2020-Q1"])
    size: int = Field(default=200, ge=6, le=MAX_SIZE, strict=True, description="Lines to draw.")
    seed: str | None = Field(
        default=None,
        min_length=4,
        max_length=100,
        description="What the draw follows from, such as the numbers of a public lottery; without it we draw one.",
    )


class FindingIn(BaseModel):
    """What was found of a line."""

    model_config = ConfigDict(extra="forbid")

    line: int = Field(ge=1, strict=True)
    confirmed: Annotated[str, AfterValidator(_amount)] = Field(description="Yuan that the household did receive.")
    finder: str = Field(min_length=2, max_length=200, description="Who looked: an office or a post, no private name.")
    evidence: str = Field(min_length=2, max_length=500, description="What it was seen from: slip, passbook, visit.")
    found_on: date


class FindingsIn(BaseModel):
    """Findings, all or none."""

    model_config = ConfigDict(extra="forbid")

    findings: list[FindingIn] = Field(min_length=1, max_length=MAX_SIZE)


class StratumOut(Answer):
    """The frame by how income is known."""

    basis: str
    lines: int
    amount: str
    drawn: int


class EstimateOut(Answer):
    """The error of a booked amount, estimated from a sample. Rates are parts of the amount."""

    amount: str | None = Field(description="Booked, of all lines that the samples were drawn from.")
    confirmed: str | None = Field(description="Estimated to be true of it.")
    error_rate: str | None = Field(
        description="Estimated not to be true; negative where more was received than booked."
    )
    low: str | None = Field(description="Lower end of the 95 % interval of the error rate.")
    high: str | None
    findings: int
    wrong: int = Field(description="Findings that were not confirmed as booked.")
    wrong_lines_at_most: str | None = Field(
        description="Where nothing wrong was found: the share of lines that may be wrong all the same (95 %)."
    )
    reason: str | None = Field(description="Why there is no estimate: too_few_findings, no_audit.")


class AuditOut(Answer):
    """A sample without its lines."""

    audit: str
    county: str
    quarter: str
    seed: str
    size: int
    lines: int = Field(description="Drawn.")
    found: int = Field(description="Of them: with a finding.")
    position: int = Field(description="Of the ledger's feed, at which the frame was read.")
    codes_position: int
    frame_digest: str = Field(description="SHA-256, in hex, of the frame's lines; see docs/api/audits.md.")
    drawn_at: datetime
    strata: list[StratumOut]
    estimate: EstimateOut


class AuditsOut(Answer):
    """Samples, by quarter and county."""

    audits: list[AuditOut]


class AuditLineOut(Answer):
    """A line to be looked at."""

    line: int
    code: str | None = Field(description="The household's code.")
    month: str
    basis: str
    amount: str
    confirmed: str | None
    finder: str | None
    evidence: str | None
    found_on: date | None
    turn: int = Field(description="How many findings there are; the last one counts.")


class SampleOut(AuditOut):
    """A sample with its lines."""

    sample: list[AuditLineOut]
