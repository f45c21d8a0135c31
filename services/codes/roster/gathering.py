"""From the rows of a sheet to one record for each household or organisation.

With one row per person, the rows of a household are those with its 户编号, wherever they stand; their number is its
persons, the head's row speaks for it, and of the other members nothing is kept. What they are numbered by is looked at
once, here in memory, to say that somebody is a member of two households.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from services.codes.roster.columns import Header, Layout
from services.codes.roster.reasons import Reason

HEAD: Final = frozenset({"户主", "本人", "户主本人", "本人或户主", "01", "1"})
_OF_HOUSEHOLD: Final = (
    "phone", "persons", "baseline_income", "baseline_year", "attribute", "poverty_state", "prefecture", "county",
    "township", "village", "region", "group", "poverty_cause", "exit_year", "registered_on", "head_name",
    "head_id_card", "no_id_reason",
)  # fmt: skip
"""What may stand in any row of a household when the head's row leaves it empty."""
_OF_PERSON: Final = {"person_no", "relation"}


class Record(msgspec.Struct, array_like=True, gc=False):
    """A household or organisation as the file writes it: cells by the fields of its part, nothing read yet."""

    row_no: int
    cells: list[str]
    reasons: list[Reason]


def fields_of(header: Header) -> tuple[str, ...]:
    """The fields of the records that :func:`gather_records` makes."""
    fields = tuple(field for field in header.fields if field is not None and field not in _OF_PERSON)
    if header.layout is Layout.PERSON and "persons" not in fields:
        return (*fields, "persons")
    return fields


def gather_records(header: Header, rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Record]:
    """The records of a sheet: of each row, or of each household in the order in which they begin."""
    fields = fields_of(header)
    positions = [header.fields.index(field) if field in header.fields else None for field in fields]
    if header.layout is Layout.HOUSEHOLD:
        picks = [position for position in positions if position is not None]
        width = max(picks) + 1
        for row_no, cells in rows:
            if len(cells) < width:
                cells = [*cells, *[""] * (width - len(cells))]  # noqa: PLW2901 - a row that ends early
            picked = [cells[position].strip() for position in picks]
            if any(picked):
                yield Record(row_no, picked, [])
        return
    yield from _gather_households(header, fields, positions, rows)


class _Household:
    """The rows of one household so far."""

    __slots__ = ("elsewhere", "heads", "rows")

    def __init__(self) -> None:
        self.rows: list[tuple[int, list[str]]] = []
        self.heads: list[int] = []
        self.elsewhere: int | None = None


def _gather_households(
    header: Header,
    fields: Sequence[str],
    positions: Sequence[int | None],
    rows: Iterable[tuple[int, Sequence[str]]],
) -> Iterator[Record]:
    number_at, relation_at = header.fields.index("external_id"), header.fields.index("relation")
    id_card_at = header.fields.index("id_card") if "id_card" in header.fields else None
    households: dict[str, _Household] = {}
    first_of_person: dict[str, tuple[int, str]] = {}
    for row_no, given in rows:
        cells = [cell.strip() for cell in given] + [""] * (len(header.fields) - len(given))
        number = cells[number_at]
        if not number:
            yield Record(row_no, _pick(cells, positions), [Reason("external_id_missing", "external_id")])
            continue
        household = households.setdefault(number, _Household())
        if cells[relation_at] in HEAD:
            household.heads.append(len(household.rows))
        household.rows.append((row_no, cells))
        if id_card_at is not None and cells[id_card_at]:
            first = first_of_person.setdefault(cells[id_card_at], (row_no, number))
            if first[1] != number:
                household.elsewhere = household.elsewhere or first[0]
    for household in households.values():
        yield _record_of(household, fields, positions)


def _pick(cells: Sequence[str], positions: Sequence[int | None]) -> list[str]:
    return ["" if position is None else cells[position] for position in positions]


def _record_of(household: _Household, fields: Sequence[str], positions: Sequence[int | None]) -> Record:
    reasons = []
    if len(household.heads) != 1:
        reasons.append(Reason("two_heads" if household.heads else "head_missing", "relation"))
    row_no, head = household.rows[household.heads[0] if household.heads else 0]
    picked = _pick(head, positions)
    for at, (field, position) in enumerate(zip(fields, positions, strict=True)):
        if position is None or field not in _OF_HOUSEHOLD or picked[at]:
            continue
        picked[at] = next((cells[position] for _, cells in household.rows if cells[position]), "")
    at = fields.index("persons")
    counted = str(len(household.rows))
    if picked[at] and picked[at] != counted:
        reasons.append(Reason("persons_by_rows", "persons"))
    picked[at] = counted
    if household.elsewhere is not None:
        reasons.append(Reason("member_in_two", "id_card", row=household.elsewhere))
    return Record(row_no, picked, reasons)
