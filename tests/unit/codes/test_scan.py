"""What tells a scan from its repeat, and what is income."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from services.codes.code import Kind
from services.codes.scan import Key, Purpose, Scan, Verdict, Work, content_hash, is_paid_income

BOUGHT = Scan(
    key=Key("device:D1", "7"),
    purpose=Purpose.GOODS_RECEIVED,
    device_time=datetime(2020, 2, 1, 2, 0, tzinfo=UTC),
    offline=True,
    code="HGP1XF3A71",
    sequence=7,
    work=Work(category="tea", quantity_milli=2500, unit="斤", amount_paid_fen=12_600, operator="W17"),
)


def test_a_repeat_is_known_by_what_it_says_not_by_how_it_was_sent() -> None:
    zoned = BOUGHT.device_time.astimezone(timezone(timedelta(hours=8)))
    assert content_hash(replace(BOUGHT, device_time=zoned, sequence=None)) == content_hash(BOUGHT)


def test_whatever_is_said_otherwise_is_another_content() -> None:
    others = [
        replace(BOUGHT, purpose=Purpose.GOODS_SOLD),
        replace(BOUGHT, device_time=BOUGHT.device_time + timedelta(microseconds=1)),
        replace(BOUGHT, offline=False),
        replace(BOUGHT, code="HGP1XF3A72"),
        replace(BOUGHT, card="0123"),
        *(replace(BOUGHT, work=replace(BOUGHT.work, **{field: None})) for field in ("category", "unit", "operator")),
        replace(BOUGHT, work=replace(BOUGHT.work, amount_paid_fen=12_601)),
        replace(BOUGHT, work=replace(BOUGHT.work, unit=None, waybill="斤")),
        replace(BOUGHT, voids=Key("device:D1", "6")),
    ]
    hashes = {content_hash(one) for one in [BOUGHT, *others]}
    assert len(hashes) == 1 + len(others)


def test_only_goods_paid_to_a_household_under_a_valid_code_are_income() -> None:
    assert is_paid_income(Purpose.GOODS_RECEIVED, Verdict.VALID, Kind.HOUSEHOLD, 1)
    for not_income in (
        (Purpose.GOODS_SOLD, Verdict.VALID, Kind.HOUSEHOLD, 1),
        (Purpose.GOODS_RECEIVED, Verdict.SUSPENDED, Kind.HOUSEHOLD, 1),
        (Purpose.GOODS_RECEIVED, Verdict.UNKNOWN, None, 1),
        (Purpose.GOODS_RECEIVED, Verdict.VALID, Kind.COOPERATIVE, 1),
        (Purpose.GOODS_RECEIVED, Verdict.VALID, Kind.HOUSEHOLD, 0),
        (Purpose.GOODS_RECEIVED, Verdict.VALID, Kind.HOUSEHOLD, None),
        (Purpose.VOID, None, None, None),
    ):
        assert not is_paid_income(*not_income)
    assert "HGP1XF3A71" not in repr(BOUGHT)
