"""From changed income bases to changed household incomes, in plain values: what a window's entries do to the cube.

An enterprise is divided first; what a cooperative has from enterprises joins its own base of that day and category,
and is divided with it, once. Bases are kept apart, so that each yuan says how it is known. Whatever changed — a base,
a member list — the effect is the division as it should be now, less the division as it stood.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from services.stats.cube.gains import Gains
from services.stats.cube.membership import MemberBook
from services.stats.cube.split import Division, MemberList, divide

if TYPE_CHECKING:
    import numpy as np

KNOWN_BASES = ("contract", "imputed")
"""The bases that sales settle; a base is divided only when it is known how it came to be."""


class Key(NamedTuple):
    """What is divided together, for each basis."""

    subject_id: int
    sale_day: date
    category: str


@dataclass(frozen=True, slots=True)
class SourceDay:
    """Sum of the income entries of a key and basis."""

    kind: str
    region: str
    net_fen: int
    base_fen: int
    list_position: int


@dataclass(frozen=True, slots=True)
class Received:
    """What a cooperative has from a giver, by the list known at ``list_position``."""

    received_fen: int
    list_position: int


SourceDays = dict[Key, dict[str, SourceDay]]
"""By key, then basis."""
PaidMembers = Mapping[tuple[int, date], AbstractSet[int]]
"""By group and month (its first day): the households for which what was paid counts in place of what is modelled."""
Ways = dict[tuple[int, int, str, str], dict[str, int]]
"""Fen by (household, year, way, category), then basis. A way is ``own`` or the kind of the group."""
ReceivedDays = dict[Key, dict[tuple[int, str], Received]]
"""By the cooperative's key, then giver and basis."""


@dataclass(frozen=True, slots=True)
class GroupDay:
    """How a group's base of one key and basis is divided."""

    region: str
    members_fen: int
    kept_fen: int
    list_position: int


@dataclass(slots=True)
class Outcome:
    """What has to be stored."""

    gains: Gains = field(default_factory=Gains)
    """What households gain and lose."""
    replaced: dict[tuple[int, int, date], dict[str, int]] = field(default_factory=dict)
    """Gains and losses in fen by (household, group, day), then basis, of months for which the household was paid."""
    groups: dict[Key, dict[str, GroupDay]] = field(default_factory=dict)
    """The divisions of every group key that was divided anew, by basis; these replace what is stored."""
    received: ReceivedDays = field(default_factory=dict)
    """What cooperatives now have from the enterprises that were divided anew; it replaces what is stored."""
    givers: list[Key] = field(default_factory=list)
    """Those enterprises' keys."""


@dataclass
class Divided:
    """A key's division, of all bases."""

    parties: MemberList | None = None
    """The list by which it was divided; none where there was nothing to divide."""
    divisions: dict[str, Division] = field(default_factory=dict)
    """By basis, of those that there is something of."""
    groups: dict[str, GroupDay] = field(default_factory=dict)

    @cached_property
    def amounts(self) -> dict[tuple[int, str, str], int]:
        """Fen by (member, its kind, basis), without noughts."""
        members = self.parties.members if self.parties else ()
        return {
            (member.subject_id, member.kind, basis): amount
            for basis, division in self.divisions.items()
            for member, amount in zip(members, division.amounts_fen, strict=True)
            if amount
        }


def divide_key(key: Key, own: Mapping[str, SourceDay], received: Iterable[tuple[str, Received]],
               book: MemberBook) -> Divided:  # fmt: skip
    """Divide all bases of a key by one list: the newest that any of its parts was settled with."""
    inputs = defaultdict(int, {basis: source.base_fen for basis, source in own.items() if basis in KNOWN_BASES})
    positions = [source.list_position for source in own.values()]
    for basis, part in received:
        inputs[basis] += part.received_fen
        positions.append(part.list_position)
    divided = Divided()
    if not any(inputs.values()):
        return divided
    position = max(positions)
    parties = divided.parties = book.list_of(key.subject_id, key.sale_day, position)
    for basis, base_fen in inputs.items():
        if base_fen == 0:
            continue
        division = divided.divisions[basis] = divide(base_fen, key.subject_id, key.sale_day, key.category, parties)
        divided.groups[basis] = GroupDay(parties.region, base_fen - division.kept_fen, division.kept_fen, position)
    return divided


class Settlement:
    """One window's settlement. ``before`` and ``after`` hold the same keys: those that entries touched; ``paid``
    says who had been paid before the window.
    """

    def __init__(self, before: SourceDays, after: SourceDays, book: MemberBook, paid: PaidMembers) -> None:
        self._before = before
        self._after = after
        self._book = book
        self._paid = paid
        self.outcome = Outcome()

    def settle_households(self) -> None:
        """A household that is itself the source keeps all."""
        for key, sources in self._after.items():
            if _kind(sources) != "household":
                continue
            for basis, source in sources.items():
                if basis in KNOWN_BASES:
                    earlier = self._before.get(key, {}).get(basis)
                    gain = source.base_fen - (earlier.base_fen if earlier else 0)
                    self.outcome.gains.add(key.subject_id, key.sale_day, ("own", key.category), basis, gain)

    def settle_enterprises(self) -> set[Key]:
        """Divide the enterprises; answers the cooperatives' keys whose received part may have changed."""
        concerned: set[Key] = set()
        for key, sources in self._after.items():
            if _kind(sources) != "enterprise":
                continue
            before = divide_key(key, self._before.get(key, {}), (), self._book)
            after = divide_key(key, sources, (), self._book)
            self.outcome.groups[key] = after.groups
            self.outcome.givers.append(key)
            concerned |= {_member_key(key, member) for member in (*before.amounts, *after.amounts) if _is_group(member)}
            self._gain_difference(key, "enterprise", before, after)
            for (member_id, kind, basis), amount in after.amounts.items():
                if kind == "cooperative":
                    received = self.outcome.received.setdefault(Key(member_id, key.sale_day, key.category), {})
                    received[key.subject_id, basis] = Received(amount, after.groups[basis].list_position)
        return concerned

    def settle_cooperatives(self, concerned: set[Key], own: SourceDays, received: ReceivedDays) -> None:
        """Divide every cooperative that sold or received.

        ``own`` and ``received`` are what was stored of the ``concerned`` keys before this window.
        """
        touched = {key for key, sources in self._after.items() if _kind(sources) == "cooperative"}
        givers = set(self.outcome.givers)
        for key in sorted(touched | concerned):
            own_before = self._before.get(key, {}) if key in touched else own.get(key, {})
            own_after = self._after[key] if key in touched else own_before
            received_before = received.get(key, {})
            received_after = {
                (giver, basis): part
                for (giver, basis), part in received_before.items()
                if Key(giver, key.sale_day, key.category) not in givers
            } | self.outcome.received.get(key, {})
            before = divide_key(key, own_before, by_basis(received_before), self._book)
            after = divide_key(key, own_after, by_basis(received_after), self._book)
            self.outcome.groups[key] = after.groups
            self._gain_difference(key, "cooperative", before, after)

    def _gain_difference(self, key: Key, way: str, before: Divided, after: Divided) -> None:
        for basis in before.divisions.keys() | after.divisions.keys():
            was, is_now = before.divisions.get(basis), after.divisions.get(basis)
            if was and is_now and before.parties is after.parties:
                self._gain_listed(key, way, basis, after, is_now.amounts - was.amounts)
                continue
            if was:
                self._gain_listed(key, way, basis, before, -was.amounts)
            if is_now:
                self._gain_listed(key, way, basis, after, is_now.amounts)

    def _gain_listed(self, key: Key, way: str, basis: str, divided: Divided, amounts: "np.ndarray") -> None:
        """Add to what the list's households gain; of those that were paid for the month, to what that replaces."""
        parties = divided.parties
        if parties is None:
            return
        paid = self._paid.get((key.subject_id, key.sale_day.replace(day=1)))
        for place, member in enumerate(parties.members if paid else ()):
            if paid and member.subject_id in paid and member.kind == "household" and amounts[place]:
                at = (member.subject_id, key.subject_id, key.sale_day)
                replaced = self.outcome.replaced.setdefault(at, defaultdict(int))
                replaced[basis] += int(amounts[place])
                amounts = amounts.copy()
                amounts[place] = 0
        self.outcome.gains.add_listed(parties, key.sale_day, (way, key.category), basis, amounts)


def _kind(sources: Mapping[str, SourceDay]) -> str:
    return next(iter(sources.values())).kind


def _is_group(member: tuple[int, str, str]) -> bool:
    return member[1] == "cooperative"


def _member_key(key: Key, member: tuple[int, str, str]) -> Key:
    return Key(member[0], key.sale_day, key.category)


def by_basis(received: Mapping[tuple[int, str], Received]) -> list[tuple[str, Received]]:
    """What a cooperative received, whoever gave it."""
    return [(basis, part) for (_, basis), part in received.items()]
