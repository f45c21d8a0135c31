"""What all models of the wire share."""

from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from services.kit.clock import within_reach

ITEMS_LIMIT = 1000
"""Objects that one request may carry."""


class Incoming(BaseModel):
    """A body, or a part of one. Text loses the space around it; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Outgoing(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


RegionCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
"""A 12-digit statistical division code."""

Moment = Annotated[AwareDatetime, AfterValidator(within_reach)]
"""A moment with its offset, of this or the neighbouring centuries."""

Problem = dict[str, Any]
"""A problem document (RFC 9457) inside an answer that has several results."""


class Counts(Outgoing):
    """How the objects of a request fared."""

    recorded: int
    repeated: int
    """Known already with the same content; nothing was changed."""
    conflict: int
    rejected: int
