"""What a release covers, what its status is, and what its digest stands for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.stats.period import parse_period
from services.stats.release.release import (
    Part,
    Release,
    Row,
    Status,
    covered_periods,
    digest_of_part,
    digest_of_release,
    plan_parts,
)

NOON = datetime(2020, 4, 17, 4, tzinfo=UTC)
DRAFT = Release(
    1, "520000000000", "2020-Q1", date(2020, 1, 1), date(2020, 4, 1), "preliminary", "2020Q1", "compiler", "note",
    None, "village", None, None, NOON,
)  # fmt: skip


@pytest.mark.parametrize(
    ("period", "covered"),
    [
        ("2020-02", ["2020-02"]),
        ("2020-Q1", ["2020-Q1", "2020-01", "2020-02", "2020-03"]),
        ("2020-01..2020-02", ["2020-01..2020-02", "2020-01", "2020-02"]),
        ("2020-02..2020-05", ["2020-02..2020-05", "2020-02", "2020-03", "2020-04", "2020-05"]),
        ("2020-W07", ["2020-W07"]),
    ],
)
def test_a_release_covers_its_period_and_the_units_in_it(period: str, covered: list[str]) -> None:
    assert [unit.label for unit in covered_periods(parse_period(period))] == covered


def test_a_year_has_seventeen_periods() -> None:
    assert len(covered_periods(parse_period("2020"))) == 17


def test_the_plan_has_each_period_level_and_narrowing_once() -> None:
    parts = list(plan_parts(covered_periods(parse_period("2020-Q1")), ["province", "county"], {"kind": ["a", "b"]}))
    assert len(parts) == len(set(parts)) == 4 * 2 * 3


def test_the_status_follows_from_what_was_done_and_from_the_time() -> None:
    frozen = replace(DRAFT, frozen_at=NOON)
    approved = replace(frozen, decision="approved", decided_at=NOON, publish_at=NOON + timedelta(hours=1))
    assert DRAFT.status(NOON) is Status.FREEZING
    assert frozen.status(NOON) is Status.DRAFT
    assert approved.status(NOON + timedelta(minutes=59)) is Status.APPROVED
    assert approved.status(NOON + timedelta(hours=1)) is Status.PUBLISHED
    assert replace(approved, superseded_by=2).status(NOON + timedelta(hours=1)) is Status.SUPERSEDED
    assert replace(frozen, decision="rejected", decided_at=NOON).status(NOON) is Status.REJECTED


def test_what_is_approved_after_its_day_is_public_from_the_approval_on() -> None:
    late = replace(DRAFT, decision="approved", decided_at=NOON, publish_at=NOON - timedelta(days=1))
    assert late.published_at == NOON


def test_a_digest_stands_for_every_row_whatever_their_order() -> None:
    rows = [Row("520000000000", "sales", {"sales_gross": 1, "refunds": 2}), Row("520100000000", "sales", {"orders": 3})]
    digest = digest_of_part(rows)
    assert digest_of_part(reversed(rows)) == digest
    assert digest_of_part([Row("520000000000", "sales", {"refunds": 2, "sales_gross": 1}), rows[1]]) == digest
    assert digest_of_part(rows[:1]) != digest
    assert digest_of_part([rows[0], replace(rows[1], figures={"orders": 4})]) != digest


@pytest.mark.parametrize(
    "change",
    [{"note": "another"}, {"position": 1}, {"stage": "final"}, {"publish_at": NOON}, {"first_month": date(2019, 1, 1)}],
)
def test_a_digest_stands_for_what_the_release_says_of_itself(change: dict[str, object]) -> None:
    parts = [(Part("2020-01", "province"), "a"), (Part("2020-02", "province"), "b")]
    assert digest_of_release(DRAFT, parts) == digest_of_release(DRAFT, parts[::-1])
    assert digest_of_release(replace(DRAFT, **change), parts) != digest_of_release(DRAFT, parts)  # type: ignore[arg-type]
