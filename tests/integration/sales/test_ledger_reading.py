"""Reading the ledger and what is parked: complete, page by page, within what the caller may see, by an index."""

import csv
import io
import json
from datetime import date
from typing import Any

import asyncpg
import jwt
import pytest
from sqlalchemy import TextClause, text

from services.codes.code import Kind, draw_code
from services.kit.feed import seal
from services.sales import export
from services.sales.queries import ledger as queries
from services.sales.queries import parked as parked_queries
from services.sales.wire import Correction
from tests.integration.sales.api import SalesApi
from tests.integration.sales.conftest import Ledger, line, order, refund

HOUSEHOLD, IN_GUIYANG = "HRQC2R1YDV", "H7H0MRD1WC"
QIANNAN, GUIYANG = "522700000000", "520100000000"


@pytest.fixture
async def sold(ledger: Ledger) -> Ledger:
    """Five lines of a household in Qiannan and one of a household in Guiyang, on two platforms; two refunds."""
    await ledger.register(HOUSEHOLD)
    await ledger.register(IN_GUIYANG, region="520111012201")
    await ledger.post(order("A1", line("1", "37.00", HOUSEHOLD), line("2", "5.00", HOUSEHOLD)))
    await ledger.post(order("A1", line("1", "8.00", HOUSEHOLD)), platform="jd")
    await ledger.post(
        order("A2", line("1", "2.00", HOUSEHOLD), at="2019-03-17T10:00:00+08:00"),
        order("A3", line("1", "3.00", HOUSEHOLD), line("2", "4.00", IN_GUIYANG)),
    )
    await ledger.refund(refund("R1", "A1", "7.00"))
    await ledger.refund(refund("R2", "A3", "4.00", "2"))
    return ledger


def keys(entries: list[dict[str, Any]]) -> list[tuple[str, str, str, int]]:
    """Which entries these are."""
    return [(entry["order_no"], entry["platform"], entry["line_no"], entry["entry_no"]) for entry in entries]


async def test_an_entry_says_all_there_is_to_say(api: SalesApi, sold: Ledger) -> None:
    """What, whose, where, when, by which batch and why; the position once the batch is sealed."""
    entry = (await api.get("/v1/ledger", order_no="A1")).json()["entries"][-1]
    batch = (await sold.rows("SELECT * FROM sales.batches WHERE batch_id = :id", id=entry["batch_id"]))[0]
    assert entry == {
        "batch_id": batch.batch_id,
        "position": None,
        "recorded_at": batch.recorded_at.isoformat().replace("+00:00", "Z"),
        "order_no": "A1",
        "platform": "tmall",
        "line_no": "1",
        "entry_no": 2,
        "cause": "refund",
        "measure": "refund",
        "amount": "-7.00",
        "subject_id": str(sold.subjects[HOUSEHOLD]),
        "kind": "household",
        "code": HOUSEHOLD,
        "region": "522701102201",
        "category": "tea",
        "sale_day": "2019-03-18",
        "event_day": "2019-03-20",
        "reference": "R1",
    }
    await seal(sold.database, "sales")
    (sealed,) = await sold.rows("SELECT position FROM sales.feed WHERE batch_id = :id", id=batch.batch_id)
    assert (await api.get("/v1/ledger", order_no="A1")).json()["entries"][-1]["position"] == sealed.position


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_pages_hold_every_entry_once(api: SalesApi, limit: int) -> None:
    """By order, by code and by batch, whatever the size of a page; by code in the order of sale days."""
    of_order = await api.pages("/v1/ledger", "entries", limit=limit, order_no="A1")
    assert keys(of_order) == [
        ("A1", "tmall", "1", 1),
        ("A1", "tmall", "2", 1),
        ("A1", "jd", "1", 1),
        ("A1", "tmall", "1", 2),
    ]
    of_code = await api.pages("/v1/ledger", "entries", limit=limit, code=HOUSEHOLD.lower())
    in_between = [("A3", "tmall", "1", 1)]
    assert keys(of_code) == [("A2", "tmall", "1", 1), *keys(of_order[:3]), *in_between, *keys(of_order[3:])]
    assert [entry["sale_day"] for entry in of_code] == ["2019-03-17"] + ["2019-03-18"] * 5
    batch_id = of_order[0]["batch_id"]
    of_day = await api.pages("/v1/ledger", "entries", limit=limit, day="2019-03-18")
    assert len(of_day) == 7
    assert sorted(keys(of_day)) == sorted({*keys(of_code[1:]), ("A3", "tmall", "2", 1), ("A3", "tmall", "2", 2)})
    of_both = await api.pages("/v1/ledger", "entries", limit=limit, code=HOUSEHOLD, day="2019-03-17")
    assert keys(of_both) == [("A2", "tmall", "1", 1)]
    of_batch = await api.pages("/v1/ledger", "entries", limit=limit, batch_id=batch_id)
    assert keys(of_batch) == [("A1", "tmall", "1", 1), ("A1", "tmall", "2", 1)]


async def test_an_order_shows_everything_that_ever_happened_to_it(api: SalesApi, sold: Ledger) -> None:
    """Corrections, and shares of refunds of the whole order that move when another line joins, by whatever batch."""
    await sold.refund(refund("W", "A1", "10.00", None))
    await sold.correct(Correction("K1", "tmall", "A1", "2", "reassign", "test", IN_GUIYANG))
    await sold.post(order("A1", line("3", "35.00", HOUSEHOLD)))
    await sold.settle()
    shown = await api.pages("/v1/ledger", "entries", limit=3, order_no="A1")
    there = await sold.rows("SELECT order_no, platform, line_no, entry_no FROM sales.ledger_entries "
                            "WHERE order_no = 'A1'")  # fmt: skip
    assert sorted(keys(shown)) == sorted(tuple(row) for row in there)
    assert len(shown) == len(there) > 10


@pytest.mark.usefixtures("sold")
async def test_the_ledger_leaves_as_a_file(api: SalesApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV and NDJSON, by parameter or by Accept, have all that the pages have, however short these are; a text that a
    spreadsheet would run is made harmless.
    """
    monkeypatch.setattr(export, "PAGE_ENTRIES", 2)
    entries = await api.pages("/v1/ledger", "entries", limit=100, day="2019-03-18")
    as_lines = await api.get("/v1/ledger", day="2019-03-18", format="ndjson", limit=1)
    assert as_lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(text) for text in as_lines.text.splitlines()] == entries
    headers = {**api.tokens.header("ledger:read"), "Accept": "text/csv"}
    as_table = await api.client.get("/v1/ledger", params={"day": "2019-03-18"}, headers=headers)
    assert as_table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(as_table.content.decode("utf-8-sig"))))
    assert [{name: str(value or "") for name, value in entry.items()} for entry in entries] == rows
    refused = await api.get("/v1/ledger", format="csv")
    assert (refused.status_code, refused.json()["code"]) == (422, "one_filter")


async def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(api: SalesApi, ledger: Ledger) -> None:
    """An order number may begin with an equals sign."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(order("=1+1", line("1", "37.00", HOUSEHOLD)))
    as_table = await api.get("/v1/ledger", code=HOUSEHOLD, format="csv")
    (row,) = csv.DictReader(io.StringIO(as_table.content.decode("utf-8-sig")))
    assert row["order_no"] == "'=1+1"


async def test_a_household_is_told_where_its_income_is_explained(api: SalesApi, ledger: Ledger) -> None:
    """What reached it through groups stands in no entry of its own: the answer names the page that says why."""
    await ledger.register(HOUSEHOLD)
    answer = (await api.get("/v1/ledger", code=HOUSEHOLD)).json()
    assert answer["income"] == f"/v1/stats/explain/household?code={HOUSEHOLD}&month={{month}}"
    assert "income" not in (await api.get("/v1/ledger", day="2019-03-18")).json()


async def test_a_page_goes_on_where_it_ended_though_entries_were_added(api: SalesApi, sold: Ledger) -> None:
    """What is recorded between two pages shifts nothing: no entry twice, none left out."""
    first = (await api.get("/v1/ledger", order_no="A1", limit=2)).json()
    await sold.refund(refund("R3", "A1", "1.00"))
    second = (await api.get("/v1/ledger", order_no="A1", limit=10, after=first["next"])).json()
    seen = keys(first["entries"] + second["entries"])
    assert len(set(seen)) == len(seen) == 5
    assert second["next"] is None


async def test_the_last_page_has_no_next(api: SalesApi, sold: Ledger) -> None:
    """Also when it is full to the last row."""
    assert (await api.get("/v1/ledger", order_no="A2", limit=1)).json()["next"] is None
    assert (await api.get("/v1/ledger", order_no="none", limit=1)).json() == {"entries": [], "next": None}
    assert await sold.scalar("SELECT count(*) FROM sales.ledger_entries WHERE order_no = 'none'") == 0


@pytest.mark.usefixtures("sold")
async def test_a_platform_sees_its_own_entries_only(api: SalesApi) -> None:
    """Of an order number that another platform uses too, and of a code that sells on both."""
    for query in ({"order_no": "A1"}, {"code": HOUSEHOLD}):
        entries = (await api.get("/v1/ledger", acting_for="jd", regions=[], **query)).json()["entries"]
        assert keys(entries) == [("A1", "jd", "1", 1)]
    batch_id = (await api.get("/v1/ledger", order_no="A2")).json()["entries"][0]["batch_id"]
    assert (await api.get("/v1/ledger", acting_for="jd", batch_id=batch_id)).json()["entries"] == []


@pytest.mark.usefixtures("sold")
async def test_others_see_the_entries_of_their_regions_only(api: SalesApi) -> None:
    """By the division of the subject when the line was sold; without a region nothing."""
    both = [QIANNAN, GUIYANG]
    for regions, lines in (([QIANNAN], ["1"]), ([GUIYANG], ["2", "2"]), (both, ["1", "2", "2"]), ([], [])):
        entries = (await api.get("/v1/ledger", regions=regions, order_no="A3")).json()["entries"]
        assert [entry["line_no"] for entry in entries] == lines
    assert (await api.get("/v1/ledger", regions=[GUIYANG], code=HOUSEHOLD)).json()["entries"] == []


async def test_a_replaced_code_leads_to_all_entries_of_its_subject(api: SalesApi, sold: Ledger) -> None:
    """Whichever code of the subject is asked for; the entries show the newest."""
    new_code = draw_code(Kind.HOUSEHOLD)
    batch_id = await sold.codes_batch()
    async with sold.codes.transaction() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO codes.directory_entries (code, valid_from, recorded_in, state, subject_id, kind, region) "
            "VALUES ($1, '2019-06-01', $2, 'in_force', $3, 'household', '522701102201')",
            (new_code, batch_id, sold.subjects[HOUSEHOLD]),
        )
    by_old, by_new = [(await api.get("/v1/ledger", code=code)).json() for code in (HOUSEHOLD, new_code)]
    assert by_old["entries"] == by_new["entries"]
    assert {entry["code"] for entry in by_new["entries"]} == {new_code}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "one_filter"),
        ({"code": HOUSEHOLD, "order_no": "A1"}, "one_filter"),
        ({"day": "2019-03-18", "order_no": "A1"}, "one_filter"),
        ({"code": "HRQC2R1YDX"}, "invalid_input"),
        ({"code": draw_code(Kind.ENTERPRISE)}, "unknown_code"),
        ({"order_no": "A1", "limit": 1_001}, "invalid_input"),
        ({"order_no": "A\x00"}, "invalid_input"),
        ({"batch_id": 2**63}, "invalid_input"),
        ({"order_no": "A1", "after": "WzFd"}, "invalid_cursor"),
        ({"order_no": "A1", "after": "标记"}, "invalid_cursor"),
        ({"order_no": "A1", "after": "WzEsIlx1MDAwMCIsIiIsIiIsMF0"}, "invalid_cursor"),  # a NUL in a text
        ({"order_no": "A1", "after": "WzEsIiIsIiIsIiIsOTk5OTldCg"}, "invalid_cursor"),  # no smallint
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(api: SalesApi, query: dict[str, Any], code: str) -> None:
    """422 with its own name; nothing reaches the database that it could stumble over."""
    response = await api.get("/v1/ledger", **query)
    assert (response.status_code, response.json()["code"]) == (422, code)


async def test_reading_needs_the_scope(api: SalesApi) -> None:
    """Neither ledger nor parked items are for everybody; the keys that check receipts are."""
    for path in ("/v1/ledger?order_no=A1", "/v1/parked"):
        assert (await api.get(path, scope=None)).status_code == 401
        assert (await api.get(path, scope="stats:read")).status_code == 403
    (key,) = (await api.get("/v1/receipts/keys", scope=None)).json()["keys"]
    receipt = api.app.state.receipts.sign({"batch_id": 1})
    assert jwt.get_unverified_header(receipt)["kid"] == key["kid"]
    assert jwt.decode(receipt, jwt.PyJWK(key), algorithms=["EdDSA"]) == {"batch_id": 1}


@pytest.fixture
async def waiting(ledger: Ledger) -> Ledger:
    """Lines and refunds of two platforms that lack something."""
    await ledger.register(HOUSEHOLD)
    await ledger.post(
        order("P1", line("1", "1.00"), line("2", "2.00", draw_code(Kind.HOUSEHOLD))),
        order("P2", line("1", "3.00", HOUSEHOLD), at="2018-06-01T10:00:00+08:00"),
        order("P3", line("1", "4.00", HOUSEHOLD)),
    )
    await ledger.post(order("P1", line("1", "5.00")), platform="jd")
    await ledger.refund(refund("R1", "P1", "1.00"), refund("R2", "P3", "9.00"), refund("R3", "P9", "6.00", None))
    return ledger


def waits(parked: list[dict[str, Any]]) -> list[tuple[str, str, str | None, str | None, str]]:
    """What waits for what."""
    return [(item["order_no"], item["platform"], item["line_no"], item["refund_no"], item["reason"]) for item in parked]


ALL = [
    ("P1", "jd", "1", None, "no_binding"),
    ("P1", "tmall", "1", None, "no_binding"),
    ("P1", "tmall", "1", "R1", "no_order"),
    ("P1", "tmall", "2", None, "unknown_code"),
    ("P2", "tmall", "1", None, "code_not_in_force"),
    ("P3", "tmall", "1", "R2", "exceeds_line"),
    ("P9", "tmall", None, "R3", "no_order"),
]


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_everything_that_waits_is_listed_once(api: SalesApi, limit: int) -> None:
    """Lines and refunds in the order of their keys, on pages of any size."""
    parked = await api.pages("/v1/parked", "parked", limit=limit)
    assert waits(parked) == ALL
    assert [item["amount"] for item in parked] == ["5.00", "1.00", "1.00", "2.00", "3.00", "9.00", "6.00"]


@pytest.mark.usefixtures("waiting")
async def test_what_waits_is_filtered_by_platform_and_reason(api: SalesApi) -> None:
    """And a reason that there is not, is refused."""
    assert waits((await api.get("/v1/parked", platform="jd")).json()["parked"]) == ALL[:1]
    assert waits((await api.get("/v1/parked", platform="jd", acting_for="tmall")).json()["parked"]) == []
    for reason in {item[4] for item in ALL}:
        parked = (await api.get("/v1/parked", reason=reason)).json()["parked"]
        assert waits(parked) == [item for item in ALL if item[4] == reason]
    assert (await api.get("/v1/parked", reason="bad_weather")).status_code == 422


@pytest.mark.usefixtures("waiting")
async def test_what_waits_is_seen_by_whom_it_concerns(api: SalesApi) -> None:
    """A platform sees its own, a region what names its codes, and only the province what belongs to no region yet."""
    cases: list[tuple[dict[str, Any], list[tuple[str, str, str | None, str | None, str]]]] = [
        ({"regions": [QIANNAN]}, [ALL[4], ALL[5]]),
        ({"regions": [GUIYANG]}, []),
        ({"regions": [GUIYANG, QIANNAN]}, [ALL[4], ALL[5]]),
    ]
    for limits, seen in cases:
        assert waits((await api.get("/v1/parked", **limits)).json()["parked"]) == seen
    own = await api.get("/v1/parked", acting_for="jd", regions=[])
    assert waits(own.json()["parked"]) == ALL[:1]
    officer = await api.get("/v1/parked", scope="bindings:write", reason="no_binding")
    assert len(officer.json()["parked"]) == 2


LIMITS: dict[str, Any] = {"own_platform": None, "roots": ["52"], "limit": 101}
KEY: dict[str, Any] = {"after_batch": 0, "after_order": "", "after_platform": "", "after_line": "", "after_entry": 0}
PARKED: dict[str, Any] = {
    **{name: KEY[name] for name in ("after_order", "after_platform", "after_line")},
    **LIMITS,
    "after_refund": "",
    "whole_province": True,
    "platform": None,
    "reason": None,
}


@pytest.fixture
async def grown(ledger: Ledger, database_url: str) -> Ledger:
    """20,000 lines in 200 batches of 100 subjects, a tenth refunded, 2,000 parked refunds and lines; and statistics."""
    await ledger.execute("""
        INSERT INTO sales.batches (channel, kind, client_id) SELECT 'api', 'orders', 'x' FROM generate_series(1, 200)
    """)
    await ledger.execute("""
        INSERT INTO sales.order_lines (order_no, platform, line_no, occurred_at, shop, trade, category, quantity_milli,
            amount_fen, content_hash, batch_id, sale_day, attributed_code, method, subject_id, kind, region)
        SELECT 'A' || n, 'tmall', '1', '2019-03-18', 's', 'retail', 'tea', 1000, 100, '', n % 200 + 1, '2019-03-18',
               'H', 'line', n % 100, 'household', '522701102201'
        FROM generate_series(1, 20000) AS n
    """)
    await ledger.execute("""
        INSERT INTO sales.refunds (order_no, platform, line_no, refund_no, amount_fen, occurred_at, date_basis,
            content_hash, batch_id, state, parked_reason, applied_in)
        SELECT 'A' || n, 'tmall', '1', 'R', 100, '2019-03-18', 'stated', '', 1,
               CASE WHEN n % 20 = 0 THEN 'parked' ELSE 'applied' END, CASE WHEN n % 20 = 0 THEN 'exceeds_line' END,
               CASE WHEN n % 20 <> 0 THEN n % 200 + 1 END
        FROM generate_series(1, 20000, 5) AS n
    """)
    await ledger.execute("""
        INSERT INTO sales.parked_lines (order_no, platform, line_no, occurred_at, shop, trade, category, quantity_milli,
            amount_fen, content_hash, batch_id, reason)
        SELECT 'P' || n, 'tmall', '1', '2019-03-18', 's', 'retail', 'tea', 1000, 100, '', 1, 'no_binding'
        FROM generate_series(1, 2000) AS n
    """)
    await ledger.execute("""
        INSERT INTO sales.ledger_entries (batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen,
            subject_id, kind, region, category, sale_day, event_day, reference)
        SELECT batch_id, order_no, platform, line_no, 1, 'sale', 'gross', 100, subject_id, kind, region, category,
               sale_day, sale_day, ''
        FROM sales.order_lines
    """)
    owner = await asyncpg.connect(database_url)
    await owner.execute("ANALYZE sales.ledger_entries, sales.order_lines, sales.refunds, sales.parked_lines")
    await owner.close()
    return ledger


async def conditions(ledger: Ledger, statement: TextClause, parameters: dict[str, Any]) -> dict[str, str]:
    """Table → by which index and condition the plan finds its rows; empty for a scan of the table."""
    found: dict[str, str] = {}

    def walk(node: dict[str, Any]) -> None:
        if node["Node Type"] == "Bitmap Heap Scan":
            inner = next(child for child in node["Plans"] if child["Node Type"] == "Bitmap Index Scan")
            found[node["Relation Name"]] = f"{inner.get('Index Name')} {inner.get('Index Cond', '')}"
        elif "Relation Name" in node:
            found[node["Relation Name"]] = f"{node.get('Index Name', '')} {node.get('Index Cond', '')}".strip()
        for child in node.get("Plans", ()):
            walk(child)

    async with ledger.database.transaction() as connection:
        answer = await connection.scalar(text(f"EXPLAIN (FORMAT JSON) {statement.text}"), parameters)
    walk((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"])
    return found


async def test_no_question_scans_the_ledger(grown: Ledger) -> None:
    """By batch and order the primary key finds entries, by code that of subject and day, by day the block ranges."""
    by_batch = await conditions(grown, queries.ENTRIES_OF_BATCH, {**LIMITS, **KEY, "batch_id": 7})
    assert by_batch["ledger_entries"].startswith("ledger_entries_pkey")
    assert "batch_id = " in by_batch["ledger_entries"]
    by_order = await conditions(grown, queries.ENTRIES_OF_ORDER, {**LIMITS, **KEY, "order_no": "A77"})
    assert by_order["ledger_entries"].startswith("ledger_entries_pkey")
    assert "batch_id = ANY" in by_order["ledger_entries"]
    assert "order_no = " in by_order["ledger_entries"]
    assert by_order["order_lines"].startswith("order_lines_pkey (order_no = ")
    assert by_order["refunds"].startswith("refunds_pkey (order_no = ")
    day = {"after_day": date(2019, 1, 1), "day": None}
    by_subject = await conditions(grown, queries.ENTRIES_OF_SUBJECT, {**LIMITS, **KEY, **day, "subject_id": 7})
    assert by_subject["ledger_entries"].startswith("ledger_entries_subject_id_sale_day_idx")
    assert "subject_id = " in by_subject["ledger_entries"]
    by_day = await conditions(grown, queries.ENTRIES_OF_DAY, {**LIMITS, **KEY, "day": date(2019, 6, 1)})
    assert by_day["ledger_entries"].startswith("ledger_entries_sale_day_event_day_idx")
    assert "sale_day = " in by_day["ledger_entries"]


async def test_a_page_of_what_waits_reads_a_page(grown: Ledger) -> None:
    """Both parts begin behind the mark and stop at the limit, by their indexes; refunds that wait have their own."""
    plan = await conditions(grown, parked_queries.PARKED_PAGE, {**PARKED, "after_order": "A5", "limit": 11})
    assert plan["parked_lines"].startswith("parked_lines_pkey")
    assert plan["refunds"].startswith("refunds_parked_idx")
    assert "order_no" in plan["refunds"]
