"""A station's timeline."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.codes.station import Alteration, ChangedLater, StationStatus, StationType, Version, alter, version_on

BEGIN = date(2019, 1, 1)
FIRST = Version(BEGIN, None, "桃花村服务站", "522701005016", StationType.SERVICE_STATION, StationStatus.ACTIVE, None)

alterations = st.builds(
    Alteration,
    valid_from=st.integers(0, 6).map(lambda days: BEGIN + timedelta(days=days)),
    reason=st.just("…"),
    name=st.none() | st.sampled_from(["甲", "乙"]),
    status=st.none() | st.sampled_from(list(StationStatus)),
)


@given(st.lists(alterations, max_size=8))
def test_a_timeline_has_neither_gaps_nor_overlaps_and_says_what_was_said_last(wishes: list[Alteration]) -> None:
    timeline = [FIRST]
    for wish in wishes:
        if wish.valid_from < timeline[-1].valid_from:
            with pytest.raises(ChangedLater):
                alter(timeline, wish)
            continue
        timeline = alter(timeline, wish)
        now = version_on(timeline, wish.valid_from)
        assert now is not None
        assert wish.status in {None, now.status}
        assert wish.name in {None, now.name}
    assert timeline[0].valid_from == BEGIN
    assert timeline[-1].valid_to is None
    for one, following in pairwise(timeline):
        assert one.valid_to == following.valid_from > one.valid_from


def test_saying_what_is_so_changes_nothing() -> None:
    assert alter([FIRST], Alteration(BEGIN + timedelta(days=9), "again", status=StationStatus.ACTIVE)) == [FIRST]


def test_what_is_recorded_from_a_later_day_is_not_put_in_question() -> None:
    closed = alter([FIRST], Alteration(date(2020, 1, 1), "关闭", status=StationStatus.CLOSED))
    with pytest.raises(ChangedLater):
        alter(closed, Alteration(date(2019, 6, 1), "更名", name="甲"))
    assert version_on(closed, date(2018, 1, 1)) is None
