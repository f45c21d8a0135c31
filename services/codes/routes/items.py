"""Requests with several objects: each is read by itself, so that one that cannot be read does not stop the others."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from services.codes.errors import TooMany
from services.codes.schemas.base import ITEMS_LIMIT, Counts
from services.kit.errors import Conflict, InvalidInput, Problem

T = TypeVar("T")
O = TypeVar("O")  # noqa: E741 - an outcome


def read_items(adapter: TypeAdapter[T], items: Sequence[dict[str, Any]]) -> list[T | Problem]:
    """Each object, or what is wrong with it (never its values). Raises :class:`TooMany`."""
    if len(items) > ITEMS_LIMIT:
        raise TooMany(ITEMS_LIMIT)
    read: list[T | Problem] = []
    for item in items:
        try:
            read.append(adapter.validate_python(item))
        except ValidationError as error:
            read.append(_unreadable(error))
    return read


def _unreadable(error: ValidationError) -> Problem:
    fields = [
        {"field": ".".join(str(part) for part in one["loc"]), "message": one["msg"]}
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return InvalidInput("请检查所列字段 / Check the fields listed", errors=fields)


def fill_in(read: Sequence[T | Problem], outcomes: Iterable[O | Problem]) -> Iterator[O | Problem]:
    """The outcomes in the places of what could be read, and between them what is wrong with the others."""
    following = iter(outcomes)
    for item in read:
        yield item if isinstance(item, Problem) else next(following)


def count(statuses: Iterable[str], *, recorded: str, repeated: str) -> Counts:
    """How many results have which status."""
    counted = Counter(statuses)
    return Counts(
        recorded=counted[recorded],
        repeated=counted[repeated],
        conflict=counted["conflict"],
        rejected=counted["rejected"],
    )


def status_of(problem: Problem) -> str:
    """``conflict`` for what contradicts the record, else ``rejected``."""
    return "conflict" if isinstance(problem, Conflict) else "rejected"
