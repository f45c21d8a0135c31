"""What a cooperative or an enterprise sells, on the wire: for everybody."""

from pydantic import Field

from services.stats.schemas.base import Answer


class GoodOut(Answer):
    """A category of goods."""

    category: str
    name: str | None
    name_en: str | None
    since: str = Field(description="The month of the first sale on record, such as 2019-03.")


class GoodsOut(Answer):
    """What was sold under a group's own code in the two years before its newest sale; no amounts."""

    code: str
    goods: list[GoodOut]
