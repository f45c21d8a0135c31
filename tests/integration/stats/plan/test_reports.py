"""Reported figures: nothing is edited, the same again changes nothing, and a file's bad rows are named."""

import io

from xlsxwriter import Workbook

from tests.integration.stats.plan.conftest import Office, a_report

CSV = """\
电商扶贫上报表,,,,,,
指标代码,统计单位,期间,数值,依据,上报单位,上报日期
taobao_villages,zunyi,2020,3,名单,商务局,2021-01-10
courier_subsidies,zunyi,2020-Q1,1200.5,台账,商务局,2021/01/10
taobao_villages,zunyi,2020,三,名单,商务局,2021-01-10
no_such_thing,zunyi,2020,3,名单,商务局,2021-01-10
taobao_villages,nowhere,2020,3,名单,商务局,2021-01-10
taobao_villages,bijie,2020,3,名单,商务局,2021-01-10
online_retail_growth,zunyi,2020-02,0.18,公报,统计局,2021-01-10
live_campaigns,zunyi,2020,5,,商务局,2021-01-10
live_campaigns,zunyi,2020,5,台账,商务局,昨天
"""


async def test_a_correction_stands_beside_what_it_corrects(office: Office) -> None:
    """Sent again, neither the first nor the second changes anything: a late repetition undoes no correction."""
    first, second = (
        a_report("taobao_villages", "zunyi", 3),
        a_report("taobao_villages", "zunyi", 4, reported_on="2021-02-01"),
    )
    for report, status in (
        (first, "recorded"),
        (first, "repeated"),
        (second, "corrected"),
        (first, "repeated"),
        (second, "repeated"),
    ):
        answer = await office.post("reports", {"reports": [report]})
        assert [result["status"] for result in answer.json()["results"]] == [status]
    history = (await office.get("reports", indicator="taobao_villages")).json()["reports"]
    assert [(one["value"], one["corrected"]) for one in history] == [(3, True), (4, False)]
    [row] = [
        row
        for row in (await office.get("targets", year=2020, unit="zunyi")).json()["rows"]
        if row["indicator"] == "taobao_villages"
    ]
    assert (row["actual"], row["reported_from"]["reported_on"]) == (4, "2021-02-01")
    before = (await office.get("targets", year=2020, unit="zunyi", as_of=history[0]["recorded_at"])).json()
    assert [r["actual"] for r in before["rows"] if r["indicator"] == "taobao_villages"] == [3], "as it was known then"


async def test_what_cannot_be_taken_is_answered_one_by_one(office: Office) -> None:
    bad = [
        a_report("taobao_villages", "zunyi", -1),
        a_report("taobao_villages", "zunyi", 1, "2999"),
        a_report("training_people", "zunyi", 1, "2020-Q1"),
        a_report("taobao_villages", "zunyi", 1, audience="officials"),
        a_report("online_retail_growth", "province", "0.18"),
    ]
    answer = (await office.post("reports", {"reports": bad})).json()
    assert [result["status"] for result in answer["results"]] == ["invalid"] * 4 + ["recorded"]
    assert [result["detail"].split(":")[0] for result in answer["results"][:4]] == [
        "value",
        "period",
        "period",
        "audience",
    ]
    assert answer["counts"] == {"recorded": 1, "corrected": 0, "repeated": 0, "not_allowed": 0, "invalid": 4}


async def test_a_file_is_taken_row_by_row(office: Office) -> None:
    """With a title above the header, in GB18030; the rows that are bad are named by their number, the others count."""
    own = ("520300000000",)
    answer = (await office.post("reports/file", CSV.encode("gb18030"), regions=own)).json()
    assert (answer["rows"], answer["counts"]["recorded"]) == (9, 2)
    assert [(error["row"], error["column"]) for error in answer["errors"]] == [
        (5, "value"), (6, "indicator"), (7, "unit"), (8, "unit"), (9, "period"), (10, "source"), (11, "reported_on"),
    ]  # fmt: skip
    again = (await office.post("reports/file", CSV.encode(), regions=own)).json()
    assert (again["counts"]["recorded"], again["counts"]["repeated"]) == (0, 2)
    rows = (await office.get("targets", year=2020, unit="zunyi")).json()["rows"]
    assert {row["indicator"]: row["actual"] for row in rows}["courier_subsidies"] == "1200.50"
    nonsense = await office.post("reports/file", b"a,b\n1,2\n")
    assert (nonsense.status_code, nonsense.json()["code"]) == (422, "unreadable_reports")


async def test_cells_that_no_column_holds_are_named(office: Office) -> None:
    """Thousands of digits, an unprintable character, a whole page: each is a bad row, and no other row suffers."""
    head, rest = "indicator,unit,period,value,source,reporter,reported_on", "bureau,2021-01-10"
    rows = (
        f"taobao_villages,zunyi,2020,{'9' * 5_000},list,{rest}",
        f"online_retail_growth,zunyi,2020,-{'9' * 5_000},list,{rest}",
        f"online_retail_growth,zunyi,2020,-{'9' * 18},list,{rest}",
        f"taobao_villages,zunyi,2020,3,li\0st,{rest}",
        f"taobao_villages,zunyi,2020,3,{'x' * 201},{rest}",
        f'taobao_villages,zunyi,2020,3,"list\nof villages",{rest}',
    )
    answer = (await office.post("reports/file", "\n".join([head, *rows]).encode())).json()
    assert [(error["row"], error["column"]) for error in answer["errors"]] == [
        (2, "value"), (3, "value"), (4, "value"), (5, "source"), (6, "source"),
    ]  # fmt: skip
    [kept] = (await office.get("reports", indicator="taobao_villages")).json()["reports"]
    assert (answer["counts"]["recorded"], kept["source"]) == (1, "list of villages")
    target = {"indicator": "platforms", "unit": "zunyi", "year": 2020, "target": "9" * 5_000, "source": "plan"}
    refused = await office.post("targets", {"targets": [target]}, scope="targets:write")
    assert (refused.status_code, refused.json()["code"]) == (422, "unfit_target")


async def test_the_form_comes_back_filled_in(office: Office) -> None:
    """As a workbook with numbers and dates as a spreadsheet keeps them."""
    written = io.BytesIO()
    book = Workbook(written, {"in_memory": True})
    sheet = book.add_worksheet()
    titles = ("indicator", "unit", "period", "value", "source", "reporter", "reported_on")
    rows = [
        ("regional_brands", "anshun", 2020, 3, "名单", "农业农村局"),
        ("ecommerce_loans", "anshun", 2020, 120000.5, "台账", "金融办"),
    ]
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for line, cells in enumerate(rows, start=1):
        for column, cell in enumerate(cells):
            sheet.write(line, column, cell)
        sheet.write_number(line, 6, 44211, day)
    book.close()
    answer = (await office.post("reports/file", written.getvalue())).json()
    assert (answer["counts"]["recorded"], answer["errors"]) == (2, [])
    history = (await office.get("reports", unit="anshun")).json()["reports"]
    assert {(one["indicator"], one["value"], one["reported_on"]) for one in history} == {
        ("regional_brands", 3, "2021-01-15"),
        ("ecommerce_loans", "120000.50", "2021-01-15"),
    }
    form = await office.get("reports/template", period="2020-Q1", regions=("520400000000",))
    assert form.content.startswith(b"PK")
