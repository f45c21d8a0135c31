"""Cells as platforms and spreadsheets write them: read as what they say, or refused by name; never guessed."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.money import format_yuan
from services.sales.formats.cells import plain, read_key, read_money, read_quantity, read_time
from services.sales.formats.layout import shown_cells
from services.sales.formats.row import UnreadableRow

AT = datetime.fromisoformat("2020-02-21T00:03:00+08:00")


@given(st.integers(0, 10**12), st.sampled_from(["{}", "{}元", "¥{}", "￥{}"]))
def test_every_amount_is_read_to_the_fen(fen: int, form: str) -> None:
    """With or without a sign of the currency, with or without separators of thousands."""
    assert read_money("x", form.format(format_yuan(fen))) == fen
    assert read_money("x", form.format(f"{fen // 100:,}.{fen % 100:02d}")) == fen


@pytest.mark.parametrize("cell", ["1,5", "12,34.00", "1.234", "-1", "1e3", "一", "13985012345678901"])
def test_what_is_no_amount_is_refused(cell: str) -> None:
    """A comma that separates no thousands is not dropped."""
    with pytest.raises(UnreadableRow):
        read_money("x", cell)


@pytest.mark.parametrize("cell", ["", "-", "--", "null", "无退款申请"])
def test_nothing_is_nothing(cell: str) -> None:
    """In the words of each platform."""
    assert (read_money("x", cell), read_time("x", cell)) == (None, None)


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [("", "1"), ("2", "2"), ("2.0", "2"), ("0.5", "0.5"), ("2.5000", "2.5"), ("1,200", "1200"), ("100", "100")],
)
def test_quantities(cell: str, quantity: str) -> None:
    """At most three decimals that say something."""
    assert read_quantity("x", cell) == quantity


@pytest.mark.parametrize("cell", ["0", "0.000", "-1", "1,5", "2.1234", "1000000000000", "two"])
def test_what_is_no_quantity_is_refused(cell: str) -> None:
    """Nor is one cut to fit."""
    with pytest.raises(UnreadableRow):
        read_quantity("x", cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2020/2/21 0:03", "2020-02-21 00:03:00", "2020.02.21 00:03", "2020年2月21日 0:03", "2020-02-20T16:03:00Z",
        "2020-02-21T00:03:00+08:00", "2020-02-21T00:03:00.123+0800", "2020-02-20T11:03:00-05:00",
    ],
)  # fmt: skip
def test_times(cell: str) -> None:
    """Shanghai's, unless they say otherwise."""
    assert read_time("x", cell) == AT


@pytest.mark.parametrize("written", ['="1930"', "'1930", "\t1930\t", " 1930\u00a0", '="\'1930"'])
def test_numbers_kept_as_text(written: str) -> None:
    """Whatever kept a spreadsheet from touching them is taken off."""
    assert read_key("x", plain(written)) == "1930"


@pytest.mark.parametrize("cell", ["1.93068E+15", "1E+18", "", "订单", "x" * 65])
def test_what_is_no_number_of_an_order_is_refused(cell: str) -> None:
    """Above all one that a spreadsheet has rounded: two orders would become one."""
    with pytest.raises(UnreadableRow):
        read_key("x", cell)


@pytest.mark.parametrize(
    "cell", ["13985012345", "+8613985012345", "0854-8221177", "522701199001011234", "欧阳翠花", "cuihua99"]
)
def test_a_cell_that_may_be_a_persons_is_not_shown(cell: str) -> None:
    """Rows whose cells have slipped have one anywhere."""
    roles = {role: (role,) for role in ("order_no", "occurred_at", "amount", "refunded", "status")}
    assert shown_cells(dict.fromkeys(roles, cell), roles) == {}
