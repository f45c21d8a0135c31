"""What becomes of links and registered incomes when a household divides or joins another. Values in, values out.

A division hands over what the request says, a joining hands over everything, both from a day on; what was true before
that day stays as it is, and with whom it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from services.codes.link import Terms
from services.kit.money import round_ratio


@dataclass(frozen=True, slots=True)
class Linked:
    """A link as known now: ``link_id`` is None for one that is still to be given an id."""

    link_id: int | None
    terms: Terms


@dataclass(frozen=True, slots=True)
class Relinking:
    """Links that are no longer right, and those that take their place; what keeps its id is in both."""

    wrong: tuple[int, ...] = ()
    right: tuple[Linked, ...] = ()


def divide_link(link: Linked, day: date, weights: Sequence[int]) -> tuple[Relinking, list[Terms | None]]:
    """Divide a link among successors from ``day`` on: ``weights`` of the one that keeps the code, then of the others.

    Answers what becomes of the link itself, and the terms of each of the others (None: no part in it).
    """
    terms = link.terms
    begins = max(day, terms.valid_from)
    kept, *others = weights
    shares = [replace(terms, weight=weight, valid_from=begins) if weight else None for weight in others]
    if kept == terms.weight:
        return Relinking(), shares
    right = [Linked(link.link_id, replace(terms, valid_to=day))] if terms.valid_from < day else []
    if kept:
        again = link.link_id if begins == terms.valid_from else None
        right.append(Linked(again, replace(terms, weight=kept, valid_from=begins)))
    return Relinking(_ids([link]), tuple(right)), shares


def end_links(links: Iterable[Linked], day: date) -> Relinking:
    """The links of a household that is no more from ``day`` on."""
    ended = [link for link in links if link.terms.valid_to is None or link.terms.valid_to > day]
    return Relinking(_ids(ended), tuple(_before(ended, day)))


def join_links(own: Sequence[Linked], joining: Iterable[Terms], day: date) -> Relinking:
    """The links of a household and one group, once others that were in that group have joined it on ``day``: from then
    on the weights of the same days are summed, and the contracts stand beside each other.
    """
    handed_over = _from(joining, day)
    if not handed_over:
        return Relinking()
    touched = [link for link in own if link.terms.valid_to is None or link.terms.valid_to > day]
    spans = [*_from((link.terms for link in touched), day), *handed_over]
    right = [*_before(touched, day), *(Linked(None, terms) for terms in _summed(spans))]
    return Relinking(_ids(touched), tuple(right))


def _ids(links: Iterable[Linked]) -> tuple[int, ...]:
    return tuple(link.link_id for link in links if link.link_id is not None)


def _before(links: Iterable[Linked], day: date) -> list[Linked]:
    return [replace(link, terms=replace(link.terms, valid_to=day)) for link in links if link.terms.valid_from < day]


def _from(spans: Iterable[Terms], day: date) -> list[Terms]:
    return [
        replace(terms, valid_from=max(day, terms.valid_from))
        for terms in spans
        if terms.valid_to is None or terms.valid_to > day
    ]


def _summed(spans: Sequence[Terms]) -> list[Terms]:
    """The longest stretches of days on which the same links hold, their weights together."""
    bounds = sorted({bound for span in spans for bound in (span.valid_from, span.valid_to or date.max)})
    found: list[Terms] = []
    for begin, past in pairwise(bounds):
        held = [span for span in spans if span.valid_from <= begin and (span.valid_to or date.max) >= past]
        if not held:
            continue
        contracts = dict.fromkeys(span.contract for span in held if span.contract)
        valid_to = None if past == date.max else past
        terms = Terms(sum(span.weight for span in held), begin, valid_to, "; ".join(contracts) or None)
        last = found[-1] if found else None
        if last is not None and last == replace(terms, valid_from=last.valid_from, valid_to=begin):
            found[-1] = replace(last, valid_to=valid_to)
        else:
            found.append(terms)
    return found


@dataclass(frozen=True, slots=True)
class Income:
    """Registered net income per head of an accounting year in fen, by how many persons it was divided, and from when
    to when the household reckons with it.
    """

    year: int
    per_head_fen: int
    persons: int
    valid_from: date = date.min
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Registered incomes that are no longer right, and those that take their place."""

    wrong: tuple[Income, ...] = ()
    right: tuple[Income, ...] = ()


def inherit_incomes(incomes: Iterable[Income], day: date, persons: int) -> list[Income]:
    """What a household of ``persons`` reckons with that came out of another on ``day``: the same income per head."""
    return [replace(income, persons=persons, valid_from=day) for income in _held(incomes, day)]


def keep_incomes(incomes: Sequence[Income], day: date, persons: int) -> Reckoning:
    """What the household reckons with that keeps the code when others leave it on ``day``, ``persons`` strong."""
    return _take_place(incomes, inherit_incomes(incomes, day, persons), day)


def end_incomes(incomes: Sequence[Income], day: date) -> Reckoning:
    """The registered incomes of a household that is no more from ``day`` on."""
    return _take_place(incomes, [], day)


def join_incomes(own: Sequence[Income], joining: Iterable[Sequence[Income]], day: date) -> Reckoning:
    """What a household reckons with that others join on ``day``: of each year the income of all by the persons of all.

    Who has no registered income of a year is in neither sum, as everywhere.
    """
    by_year: dict[int, list[Income]] = {}
    for incomes in (own, *joining):
        for income in _held(incomes, day):
            by_year.setdefault(income.year, []).append(income)
    joined = []
    for year, parts in sorted(by_year.items()):
        persons = sum(part.persons for part in parts)
        per_head_fen = round_ratio(sum(part.per_head_fen * part.persons for part in parts), persons)
        joined.append(Income(year, per_head_fen, persons, day))
    return _take_place(own, joined, day)


def _held(incomes: Iterable[Income], day: date) -> list[Income]:
    return [one for one in incomes if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)]


def _take_place(before: Sequence[Income], after: Sequence[Income], day: date) -> Reckoning:
    touched = tuple(income for income in before if income.valid_to is None or income.valid_to > day)
    past = [replace(income, valid_to=day) for income in touched if income.valid_from < day]
    return Reckoning(touched, (*past, *after))
