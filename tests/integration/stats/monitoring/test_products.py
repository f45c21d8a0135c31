"""Products, as the ledger has them."""

import io
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import text

from tests.integration.stats.monitoring.conftest import Desk
from tests.integration.stats.story import COUNTY, FAR_COUNTY
from tests.tokens import PROVINCE


async def from_ledger(desk: Desk, where: str) -> Any:
    """The second path: entries, joined with what their lines say."""
    async with desk.database.transaction() as connection:
        return (
            await connection.execute(
                text(f"""
                SELECT sum(entry.amount_fen) FILTER (WHERE measure = 'gross') AS gross_fen,
                       -coalesce(sum(entry.amount_fen) FILTER (WHERE measure = 'refund'), 0) AS refund_fen,
                       sum(quantity_milli) FILTER (WHERE measure = 'gross') AS quantity_milli
                FROM sales.entries AS entry JOIN sales.lines AS line USING (order_no, platform, line_no) WHERE {where}
                """)
            )
        ).one()


async def test_categories_are_summed_as_the_ledger_has_them(desk: Desk) -> None:
    """Gross, refunds, quantity of each unit by itself, average price, and the change against the year before."""
    answer = (await desk.get("products", region=PROVINCE, period="2020")).json()
    rows = {row["category"]: row for row in answer["rows"]}
    row = await from_ledger(desk, "entry.category = 'tea' AND entry.sale_day >= '2020-01-01'")
    tea = rows["tea"]
    assert (tea["sales_gross"], tea["refunds"]) == (f"{row.gross_fen / 100:.2f}", f"{row.refund_fen / 100:.2f}")
    assert tea["refund_rate"] == f"{row.refund_fen / row.gross_fen:.4f}"
    assert tea["quantities"] == [
        {"unit": "盒", "quantity": "36", "average_price": "50.00"},
        {"unit": "袋", "quantity": "1", "average_price": "7.00"},
    ]
    assert row.quantity_milli == 37_000
    assert (tea["sales_net"], tea["sales_net_year_before"], tea["growth_yoy"]) == ("1707.00", "900.00", "0.8967")
    assert [one["category"] for one in answer["rising"]] == ["tea"], "chili sold as in the year before"
    assert answer["falling"] == []
    assert [(one["province"], one["name"]) for one in answer["buyers"]] == [
        ("310000000000", "上海"),
        ("440000000000", "广东"),
    ]


async def test_a_product_has_the_name_it_was_called_by_last_and_its_place(desk: Desk) -> None:
    answer = (await desk.get("products", region=COUNTY, period="2020-03", by="sku", category="tea")).json()
    assert [(row["sku"], row["name"], row["sales_net"]) for row in answer["rows"]] == [
        ("DY-500", "goods DY-500", "200.00"),
        ("DY-100", "goods DY-100", "7.00"),
    ]
    assert [row["sku"] for row in answer["rising"]] == ["DY-500", "DY-100"]
    elsewhere = await desk.get("products", region=FAR_COUNTY, period="2020-03", regions=[COUNTY])
    assert elsewhere.status_code == 403
    parts = await desk.get("products", region=COUNTY, period="2020-03-05")
    assert (parts.status_code, parts.json()["code"]) == (422, "invalid_period")


async def test_a_category_has_its_season_and_a_forecast_beside_the_naive_one(desk: Desk) -> None:
    """Two years are no season to forecast by: the month before is what the model is held against."""
    answer = (await desk.get("products", region=PROVINCE, period="2020", category="tea", horizon=2)).json()
    season = {one["month"]: float(one["index"]) for one in answer["season"]}
    assert max(season, key=season.__getitem__) in {3, 4, 5}
    sales, quantity = answer["forecasts"]
    assert (sales["of"], quantity["of"]) == ("sales_net", "盒")
    assert [month["month"] for month in sales["months"]] == ["2021-01", "2021-02"]
    assert sales["naive_method"] == "naive"
    for one in answer["forecasts"]:
        better = float(one["theta_error"]["mean_absolute"]) < float(one["naive_error"]["mean_absolute"])
        assert one["naive_wins"] is not better
        assert ("采用上月" in one["zh"]) is one["naive_wins"]


async def test_a_workbook_has_every_part(desk: Desk) -> None:
    answer = await desk.get("products", region=PROVINCE, period="2020", category="tea", format="xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names[1:4] == ["months", "buyers", "forecast"]
    header, *rows = book.get_sheet_by_index(0).to_python()
    assert dict(zip(header, rows[0], strict=True))["sales_net"] == 1707.0
