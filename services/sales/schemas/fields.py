"""The types of fields that several bodies and questions share."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.codes.published import MalformedCode, parse_code


def _well_formed(code: str) -> str:
    try:
        return parse_code(code)
    except MalformedCode as error:
        raise ValueError(f"识别码格式错误({error.reason}) / The code is malformed ({error.reason})") from error


PlatformKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""As the ``platform`` of a token."""
CategoryKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
ShopName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
"""A shop or a SKU, as lines name it."""
DisplayName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")]
OrderNo = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]
Source = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,300}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
"""A 12-digit division code."""
Code = Annotated[str, Field(max_length=40), AfterValidator(_well_formed)]
"""An identification code, however it was typed; canonical inside."""
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]
Mark = Annotated[str, Field(max_length=1_000, description="`next` of the page before.")]
BatchId = Annotated[int, Field(ge=1, lt=2**63)]


class Incoming(BaseModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Outgoing(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
