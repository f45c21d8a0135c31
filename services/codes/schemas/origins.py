"""Where a product comes from, on the wire: for everybody."""

from typing import Literal

from services.codes.schemas.base import Outgoing


class GroupOut(Outgoing):
    """A cooperative or enterprise by its public name."""

    name: str
    code: str


class OriginOut(Outgoing):
    """Where what bears a code comes from. It does not tell what kind of holder the code has."""

    code: str
    level: Literal["province", "prefecture", "county", "township", "village"]
    place: str
    """The smallest division around it in which twenty households or more have codes, with all that it lies in."""
    organisation: GroupOut | None
    """If the code is a cooperative's or an enterprise's own."""
    cooperatives: list[GroupOut]
    """Those that its holder belongs to."""
