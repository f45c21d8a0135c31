"""Member lists on both clocks."""

from datetime import date

from services.stats.cube.membership import Link, MemberBook, Terms

DAY = date(2020, 2, 21)
LATER = date(2020, 6, 1)


def link(member: int, weight: int = 1, *, until: date | None = None, known: tuple[int, int | None] = (1, None)) -> Link:
    """A link to group 9 from 2020 on."""
    return Link(9, member, "household", weight, date(2020, 1, 1), until, *known)


def terms(members_bp: int, *, known: tuple[int, int | None] = (1, None)) -> Terms:
    """Terms of group 9."""
    return Terms(9, members_bp, "520111105201", date(2019, 1, 1), None, *known)


def weights(book: MemberBook, day: date, position: int) -> dict[int, int]:
    """Weight by member."""
    return {member.subject_id: member.weight for member in book.list_of(9, day, position).members}


def test_a_link_counts_from_its_first_day_to_before_its_end() -> None:
    """Validity is half-open."""
    book = MemberBook([link(1, until=LATER)], [terms(10_000)])
    assert weights(book, date(2019, 12, 31), 5) == {}
    assert weights(book, date(2020, 1, 1), 5) == {1: 1}
    assert weights(book, date(2020, 5, 31), 5) == {1: 1}
    assert weights(book, LATER, 5) == {}


def test_a_list_is_as_it_was_known_at_a_position() -> None:
    """A correction changes no list of an earlier position."""
    book = MemberBook([link(1, 2, known=(3, 6)), link(1, 5, known=(6, None))], [terms(10_000)])
    assert [weights(book, DAY, position) for position in (2, 3, 5, 6, 9)] == [{}, {1: 2}, {1: 2}, {1: 5}, {1: 5}]


def test_two_links_of_a_member_are_one_member() -> None:
    """Whoever is linked twice to a group has both weights, once."""
    assert weights(MemberBook([link(1, 2), link(1, 3), link(2)], [terms(10_000)]), DAY, 5) == {1: 5, 2: 1}


def test_terms_have_both_clocks_too() -> None:
    """The part for members is that of the position; unknown terms promise nothing."""
    book = MemberBook([link(1)], [terms(6_000, known=(2, 4)), terms(7_000, known=(4, None))])
    found = [book.list_of(9, DAY, position) for position in (1, 2, 4)]
    assert [(listed.members_bp, listed.region) for listed in found] == [
        (0, ""),
        (6_000, "520111105201"),
        (7_000, "520111105201"),
    ]
