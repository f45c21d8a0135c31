"""How a row stands to what is registered: new, changed, unchanged, perhaps a duplicate, invalid or held."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

import msgspec

from services.codes.code import Kind
from services.codes.roster.entry import Entry
from services.codes.roster.reasons import Reason, Status, is_refusal


class Decision(StrEnum):
    """What a person decided about a row that resembles a registered subject, or an earlier row."""

    SAME = "same"
    DIFFERENT = "different"
    BY_EXTERNAL_ID = "by_external_id"
    """Of a row whose two numbers lead to two subjects: it is about the one of its 户编号."""
    BY_ID_CARD = "by_id_card"
    """It is about the one of its ID card."""

    @property
    def says_whose(self) -> bool:
        """Whether it says which registered subject the row is about."""
        return self is not Decision.DIFFERENT


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered subject as known now, with the values of the roster's day (None: it did not exist then)."""

    subject_id: int
    kind: Kind
    visible: bool
    """Whether it lives in the regions of whoever sent the roster."""
    existed: bool
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """By the names of :data:`COMPARED`; ``incomes`` (fen by year), ``external_indexes``, ``details``."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Which registered subjects and earlier rows a row leads to."""

    by_external_id: Registered | None = None
    by_id: Registered | None = None
    """By ID card or by credit code."""
    alike: Sequence[Registered] = ()
    """Of the same name, village and phone."""
    earlier_row: tuple[str, int] | None = None
    """Why and which: a row of the same file with the same number, or the same name, village and phone."""


NOTHING_FOUND: Final = Findings()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What will become of a row. ``changes`` are field → (registered, now said)."""

    status: Status
    reasons: tuple[Reason, ...] = ()
    subject_id: int | None = None
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict, repr=False)


COMPARED: Final = ("region", "persons", "status", "members_bp", "name", "id_card", "uscc", "phone")
"""Fields that are compared with what is registered, beside income, number in the sender's register, details."""
DATED: Final = ("region", "persons", "status", "members_bp")
"""Those with a validity, of which the upload says whether a change is an event or a correction."""


class Said(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An entry with the blind indexes of its numbers, and the keyed one of its likeness."""

    entry: Entry
    id_index: bytes | None
    external_index: bytes | None
    likeness_index: bytes | None


def judge(
    said: Said,
    reasons: Collection[Reason],
    found: Findings,
    *,
    kind: Kind,
    as_of: date,
    decision: Decision | None = None,
) -> Verdict:
    """The verdict on one row, whose reading gave ``reasons``."""
    if found is NOTHING_FOUND and not reasons and decision is None and _is_plain(said.entry, kind):
        return _NEW  # the most of a first roster by far
    subject, doubt = _whose(said, found, decision)
    subject_id = None if subject is None else subject.subject_id
    notes = tuple(reason for reason in reasons if not is_refusal(reason))
    place_known = subject is not None and subject.values.get("region") in said.entry.candidates
    if place_known:
        # Of the villages of that name one is where it is registered: nothing says that it moved to another.
        notes = tuple(reason for reason in notes if reason.code != "place_ambiguous")
    elif said.entry.candidates:
        # It may have moved away from there since the row was judged last.
        notes = tuple(dict.fromkeys((Reason("place_ambiguous", "place", regions=said.entry.candidates), *notes)))
    refusals = [reason for reason in reasons if is_refusal(reason)]
    refused = {reason.field for reason in refusals}
    more = _refuse(said.entry, subject, kind=kind, as_of=as_of, decided=decision is not None)
    refusals += [reason for reason in more if reason.field is None or reason.field not in refused]
    if refusals:
        return Verdict(Status.INVALID, (*refusals, *notes), subject_id)
    if decision is not None:
        notes = tuple(dict.fromkeys((*notes, Reason(f"decided_{decision.value}"))))
    waits = _wait(said.entry, found, doubt, decision, place_known=place_known)
    if waits is not None:
        status, why = waits
        return Verdict(status, (*why, *notes), subject_id or (doubt.subject_id if doubt else None))
    if subject is None:
        return Verdict(Status.NEW, notes)
    changes = differences(said, subject)
    if found.by_external_id is not None and found.by_external_id.subject_id != subject_id:
        changes.pop("external_id", None)  # it leads to another one, and stays there
    return Verdict(Status.CHANGED if changes else Status.UNCHANGED, notes, subject_id, changes)


_NEW: Final = Verdict(Status.NEW)


def _is_plain(entry: Entry, kind: Kind) -> bool:
    """Whether a new subject's entry has all that it needs, and no day of its own."""
    if entry.name is None or entry.region is None or entry.registered_on is not None:
        return False
    if kind is Kind.HOUSEHOLD:
        return entry.id_card is not None and entry.persons is not None and entry.status is not None
    return entry.uscc is not None


def _wait(
    entry: Entry, found: Findings, doubt: Reason | None, decision: Decision | None, *, place_known: bool
) -> tuple[Status, tuple[Reason, ...]] | None:
    """Why a row must wait for a person, if it must."""
    if found.earlier_row is not None and decision is not Decision.DIFFERENT:
        why, row = found.earlier_row
        return Status.DUPLICATE_IN_FILE, (Reason(why, row=row),)
    if doubt is not None:
        held = doubt.code in ("numbers_of_two", "registered_elsewhere")
        return Status.HELD if held else Status.DUPLICATE_OF_REGISTERED, (doubt,)
    if entry.region is None and entry.candidates and not place_known:
        return Status.HELD, ()
    return None


def may_decide(status: Status, reasons: Collection[Reason], decision: Decision, *, has_external_id: bool) -> bool:
    """Whether a person can decide so of a row: that it is the same as what it resembles, or another, or which of two.

    Two rows with one 户编号, or one credit code, cannot be two subjects; two with one ID card only if each has a 户编号
    to be known by. That goes for one that is registered in another county, too; that it is the same, only those may
    say who see both counties.
    """
    held_for = {reason.code for reason in reasons} & {"numbers_of_two", "registered_elsewhere"}
    if status is Status.HELD and held_for:
        if "numbers_of_two" in held_for:
            return decision in (Decision.BY_EXTERNAL_ID, Decision.BY_ID_CARD)
        return decision is Decision.SAME or (decision is Decision.DIFFERENT and has_external_id)
    if decision not in (Decision.SAME, Decision.DIFFERENT):
        return False
    if status not in (Status.DUPLICATE_IN_FILE, Status.DUPLICATE_OF_REGISTERED):
        return False
    codes = {reason.code for reason in reasons}
    if codes & {"resembles_row", "resembles_registered", "id_card_registered"}:
        return True
    return "repeats_id_card" in codes and has_external_id


def decisions_about(status: Status, reasons: Collection[Reason], entry: Entry) -> list[Decision]:
    """Everything that a person can decide of a row."""
    has_external_id = entry.external_id is not None
    return [one for one in Decision if may_decide(status, reasons, one, has_external_id=has_external_id)]


def _whose(said: Said, found: Findings, decision: Decision | None) -> tuple[Registered | None, Reason | None]:
    """The registered subject that a row is about, and what speaks against it.

    A 户编号 says which household it is, whoever heads it now; an ID card says so where no number contradicts it. A name
    with village and phone only raises the question.
    """
    by_number, by_id = found.by_external_id, found.by_id
    if by_number is not None and by_id is not None and by_number.subject_id != by_id.subject_id:
        return _which_of_two(said, by_number, by_id, decision)
    subject = by_number or by_id
    if subject is None:
        return _whom_it_resembles(said, found, decision)
    doubt = None
    if decision is not Decision.SAME:
        if not subject.visible:
            doubt = Reason("registered_elsewhere")
        elif by_number is None and _other_number(said, subject):
            doubt = Reason("id_card_registered", subject_id=subject.subject_id)
    if doubt is not None and by_number is None and decision is Decision.DIFFERENT:
        return None, None
    return subject, doubt


def _which_of_two(
    said: Said, by_number: Registered, by_id: Registered, decision: Decision | None
) -> tuple[Registered, Reason | None]:
    if decision is Decision.BY_ID_CARD:
        return by_id, None
    # The same ID number in the register: decided before that they are two households.
    if decision is Decision.BY_EXTERNAL_ID or by_number.values.get("id_card") == said.entry.id_card:
        return by_number, None
    return by_number, Reason("numbers_of_two", subject_id=by_id.subject_id)


def _whom_it_resembles(
    said: Said, found: Findings, decision: Decision | None
) -> tuple[Registered | None, Reason | None]:
    if not found.alike or decision is Decision.DIFFERENT:
        return None, None
    alike = found.alike[0]
    if decision is Decision.SAME or _says_nothing_else(said, alike):
        return alike, None
    return None, Reason("resembles_registered", subject_id=alike.subject_id)


def _other_number(said: Said, subject: Registered) -> bool:
    recorded = subject.values.get("external_indexes")
    return said.external_index is not None and bool(recorded) and said.external_index not in (recorded or ())


def _says_nothing_else(said: Said, alike: Registered) -> bool:
    """Whether a row without any number is, in all it says, what is registered without any number."""
    no_number = said.id_index is None and said.external_index is None
    return no_number and alike.values.get("id_card") is None and not differences(said, alike)


def _refuse(entry: Entry, subject: Registered | None, *, kind: Kind, as_of: date, decided: bool) -> list[Reason]:
    if entry.registered_on is not None and entry.registered_on > as_of:
        return [Reason("registered_after", "registered_on")]
    if subject is not None:
        return _refuse_for_subject(entry, subject, kind, decided=decided)
    refusals = []
    if entry.name is None:
        refusals.append(Reason("name_missing", "name"))
    if entry.region is None and not entry.candidates:
        refusals.append(Reason("place_missing", "place"))
    if kind is Kind.HOUSEHOLD:
        refusals += _refuse_new_household(entry)
    elif entry.uscc is None and entry.external_id is None:
        refusals.append(Reason("cannot_be_found_again", "uscc"))
    return refusals


def _refuse_new_household(entry: Entry) -> list[Reason]:
    refusals = []
    if entry.id_card is None:
        if "no_id_reason" not in entry.details:
            refusals.append(Reason("no_id_without_reason", "id_card"))
        if entry.external_id is None and entry.phone is None:
            refusals.append(Reason("cannot_be_found_again", "id_card"))
    if entry.persons is None:
        refusals.append(Reason("persons_missing", "persons"))
    if entry.status is None:
        refusals.append(Reason("status_missing", "status"))
    return refusals


def _refuse_for_subject(entry: Entry, subject: Registered, kind: Kind, *, decided: bool) -> list[Reason]:
    if subject.kind is not kind:
        return [Reason("number_of_other_kind", subject_id=subject.subject_id)]
    if not subject.visible and not decided:
        return []
    if not subject.existed:
        return [Reason("as_of_before_registration", subject_id=subject.subject_id)]
    if entry.income_fen is not None and entry.persons is None and subject.values.get("persons") is None:
        return [Reason("income_without_persons", "persons")]
    return []


def differences(said: Said, subject: Registered) -> dict[str, tuple[Any, Any]]:
    """Field → (registered, said) where a row says something else; what it leaves empty stays as it is."""
    entry, values = said.entry, subject.values
    found: dict[str, tuple[Any, Any]] = {}
    for name in COMPARED:
        new = getattr(entry, name)
        if new is not None and values.get(name) != new:
            found[name] = (values.get(name), new)
    if entry.income_fen is not None:
        recorded = values.get("incomes", {}).get(entry.income_year)
        if recorded != entry.income_fen:
            found["income"] = (recorded, entry.income_fen)
    if said.external_index is not None and said.external_index not in values.get("external_indexes", ()):
        found["external_id"] = (None, entry.external_id)
    details: Mapping[str, str] = values.get("details") or {}
    for name, text in entry.details.items():
        if details.get(name) != text:
            found[name] = (details.get(name), text)
    return found
