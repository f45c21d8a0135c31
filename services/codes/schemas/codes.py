"""Codes on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.codes.code import Kind
from services.codes.schemas.base import Incoming, Moment, Outgoing


class ChangeIn(Incoming):
    """Since when a code's state changes, and why."""

    valid_from: Moment | None = Field(default=None, alias="from")
    """The moment from which it holds; now, if not given."""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ChangeOut(Outgoing):
    """One change of a code's state, in the order in which they were recorded."""

    state: Literal["in_force", "suspended", "revoked"]
    valid_from: datetime = Field(serialization_alias="from")
    recorded_at: datetime
    operation: str
    actor: str
    reason: str | None


class HolderOut(Outgoing):
    """Whose a code is for a time: another's, once a household has joined another one."""

    subject_id: str
    valid_from: datetime = Field(serialization_alias="from")
    valid_to: datetime | None = Field(serialization_alias="to")


class CodeOut(Outgoing):
    """What a code is. Fields from ``subject_id`` on are there for callers who may read the registry there."""

    code: str
    state: Literal["in_force", "suspended", "revoked", "not_yet_in_force"]
    """At the moment asked about."""
    since: datetime | None
    """Since when this state holds, in Shanghai time; null before the code was in force."""
    place: str
    """For callers who may read the registry there the county, with what it belongs to; for others the smallest division
    in which at least twenty households have codes in force, else the province (as of ``/origin``)."""
    kind: Kind | None = None
    """Only for cooperatives and enterprises, unless the caller may read the registry there."""
    name: str | None = None
    """The public name of a cooperative or enterprise."""
    subject_id: str | None = None
    region: str | None = None
    history: list[ChangeOut] | None = None
    holders: list[HolderOut] | None = None
    replaced_by: str | None = None
    """The code that replaces this one, which was compromised."""
    replaces: str | None = None


class ChangedOut(Outgoing):
    """A code after a change; ``changed`` is false if it was so already."""

    code: str
    state: Literal["in_force", "suspended", "revoked"]
    """From the moment of the change on."""
    since: datetime
    changed: bool
