"""The rules of a payment by itself: what makes it the same, and the day on which it counts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sales.line import RejectedLine
from services.sales.payment import judge_payment, judge_void, last_day
from services.sales.wire import Payment, PaymentVoid

TODAY = date(2020, 1, 15)


def payment(**changed: object) -> Payment:
    """A wage of March 2019 unless told otherwise."""
    said = Payment("P1", "C2HNTN52NB", "HRQC2R1YDV", "wage", "80.00", date(2019, 4, 2), "2019-03", "工资表")
    for name, value in changed.items():
        setattr(said, name, value)
    return said


@given(st.dates(date(2015, 1, 1), date(2099, 12, 31)))
def test_a_payment_counts_on_the_last_day_of_its_month(day: date) -> None:
    """The day after it begins the next month, and no day of the month is later."""
    last = last_day(day.replace(day=1))
    assert (last.year, last.month) == (day.year, day.month)
    assert date.fromordinal(last.toordinal() + 1).day == 1


def test_how_it_was_typed_makes_no_other_payment() -> None:
    """Spaces, hyphens and case of codes, and zeros of an amount, are no content."""
    typed = payment(group="c2hn-tn52-nb", member=" hrqc2r1ydv ", amount="80", evidence=" 工资表 ")
    assert judge_payment(typed, TODAY) == judge_payment(payment(), TODAY)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("member", "H7H0MRD1WC"),
        ("method", "rent"),
        ("amount", "80.01"),
        ("paid_on", date(2019, 4, 3)),
        ("for_month", "2019-02"),
        ("evidence", "工资表 2"),
        ("confirmation", "bank_digest"),
    ],
)
def test_every_field_is_content(name: str, value: object) -> None:
    """Another value under the same number is another payment, and so a conflict."""
    hashes = {judge_payment(said, TODAY).content_hash for said in (payment(), payment(**{name: value}))}
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("month", "reason"),
    [
        ("2014-12", "for_month"),
        ("2020-04", None),
        ("2020-05", "for_month"),
        ("2019-13", "for_month"),
        ("", "for_month"),
    ],
)
def test_a_month_is_neither_long_ago_nor_far_ahead(month: str, reason: str | None) -> None:
    """A rent may be paid ahead by a year."""
    if reason is None:
        assert judge_payment(payment(for_month=month), TODAY).for_month == date(2020, 4, 1)
    else:
        with pytest.raises(RejectedLine) as refused:
            judge_payment(payment(for_month=month), TODAY)
        assert refused.value.reason == reason


def test_a_void_needs_a_reason() -> None:
    """Nobody takes a payment back without saying why."""
    with pytest.raises(RejectedLine):
        judge_void(PaymentVoid("C2HNTN52NB", "P1", " \n"))
