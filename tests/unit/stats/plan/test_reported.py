"""Which reports make a figure."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.stats.plan.catalogue import read_plan
from services.stats.plan.progress import share_of
from services.stats.plan.reported import Report, by_audience, figure_of

INDICATORS = read_plan().indicators
BEGIN = date(2019, 1, 1)
END = date(2021, 1, 1)


def report(indicator: str, first: date, past: date, value: int, audience: str = "") -> Report:
    return Report(indicator, "zunyi", audience, first, past, value, "test", "test", date(2021, 1, 5))


def test_what_there_is_on_a_day_is_the_latest_report_of_a_period_that_is_over() -> None:
    brands = INDICATORS["regional_brands"]
    reports = [
        report("regional_brands", date(2020, 1, 1), date(2020, 4, 1), 3),
        report("regional_brands", date(2020, 1, 1), date(2021, 1, 1), 5),
    ]
    on = {
        day: figure_of(brands, reports, since=date(2020, 1, 1), past=day)
        for day in (date(2020, 3, 31), date(2020, 7, 1), END)
    }
    assert [None if figure is None else figure.value for figure in on.values()] == [None, 3, 5]


def test_a_longer_period_counts_instead_of_its_parts() -> None:
    """Months until the quarter is reported; a month of another quarter is added."""
    trainings = INDICATORS["training_attendances"]
    months = [report("training_attendances", date(2020, m, 1), date(2020, m + 1, 1), 10 * m) for m in (1, 2, 4)]
    assert figure_of(trainings, months, since=BEGIN, past=END) == figure_of(trainings, months, since=BEGIN, past=END)
    found = figure_of(trainings, months, since=BEGIN, past=END)
    assert found is not None
    assert found.value == 70
    quarter = report("training_attendances", date(2020, 1, 1), date(2020, 4, 1), 33)
    found = figure_of(trainings, [*months, quarter], since=BEGIN, past=END)
    assert found is not None
    assert (found.value, len(found.parts)) == (73, 2)


def test_attendances_of_audiences_add_up_and_people_do_not() -> None:
    said = [("officials", 10), ("poor_households", 20)]
    for name, whole in (("training_attendances", 30), ("training_people", None)):
        reports = [report(name, date(2020, 1, 1), END, value, audience) for audience, value in said]
        found = figure_of(INDICATORS[name], reports, since=date(2020, 1, 1), past=END)
        assert (None if found is None else found.value) == whole
        parts = by_audience(INDICATORS[name], reports, since=date(2020, 1, 1), past=END)
        assert {audience: part.value for audience, part in parts.items()} == dict(said)


@given(
    st.lists(
        st.tuples(st.integers(0, 23), st.integers(1, 12), st.integers(0, 1_000)),
        min_size=1,
        max_size=12,
        unique_by=lambda one: one[:2],
    )
)
def test_no_day_is_counted_twice(said: list[tuple[int, int, int]]) -> None:
    """Whatever periods were reported, those that count do not overlap, and none that would fit beside them is left."""
    trainings = INDICATORS["training_attendances"]

    def month(number: int) -> date:
        return date(2019 + number // 12, number % 12 + 1, 1)

    reports = [
        report("training_attendances", month(first), month(min(first + length, 24)), value)
        for first, length, value in said
    ]
    found = figure_of(trainings, reports, since=BEGIN, past=END)
    assert found is not None
    for one, other in zip(found.parts, found.parts[1:], strict=False):
        assert one.past <= other.first
    for left in reports:
        assert any(left.first < taken.past and taken.first < left.past for taken in found.parts)
    assert found.value == sum(part.value for part in found.parts)


def test_a_target_that_is_missed_never_looks_reached() -> None:
    """99,999 of 100,000 is not 1.0000, though it would round to it."""
    assert share_of(99_999, 100_000) == 9_999
    assert share_of(100_000, 100_000) == 10_000
    assert share_of(4, 3) == 13_333
    assert share_of(4, None) is None
