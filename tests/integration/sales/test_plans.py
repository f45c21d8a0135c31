"""The hot statements use their indexes, whatever their parameters are: no plan reads a large table from end to end.

At fifty thousand rows a table is large enough that an index is cheaper for a batch; what reads all of it here would
read all of it at a hundred million.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from sqlalchemy import TextClause

from services.kit.clock import SHANGHAI
from services.kit.database import Database
from services.sales import queries
from services.sales.queries import (
    alike,
    batches,
    bindings,
    chain,
    checks,
    corrections,
    following,
    imports,
    income,
    ledger,
    lines,
    parked,
    parts,
    payment_checks,
    payment_holders,
    payments,
    purchases,
    reconciliation,
    refunds,
    reversals,
)
from services.sales.queries.incoming import CONTENT, as_columns
from tests.conftest import Cluster
from tests.plans import as_service, filled_database, generic_plan, plan_for

LARGE = frozenset(
    {"directory_entries", "order_lines", "ledger_entries", "refunds", "refund_shares", "parked_lines", "sealed",
     "source_days", "income_entries", "idempotency_keys", "shop_bindings", "listing_bindings", "batches", "corrections",
     "line_parts", "imported_orders", "refund_reversals", "order_spreads", "chain", "links"}
)  # fmt: skip

FILL = """
INSERT INTO codes.directory_entries (code, valid_from, recorded_in, state, subject_id, kind, region)
SELECT 'H' || lpad(n::text, 9, '0'), '2018-12-31', 1, 'in_force', n, 'household', '522701102201'
FROM generate_series(1, 50000) AS n;
INSERT INTO sales.batches (batch_id, platform, channel, kind, client_id) OVERRIDING SYSTEM VALUE
SELECT n, 'tmall', 'api', 'orders', 'test' FROM generate_series(1, 20000) AS n;
INSERT INTO sales.sealed (position, batch_id, sealed_at)
SELECT n, n, timestamptz '2020-01-01' + n * interval '1 second' FROM generate_series(1, 20000) AS n;
INSERT INTO codes.sealed SELECT * FROM sales.sealed;
INSERT INTO sales.order_lines (
    order_no, platform, line_no, occurred_at, shop, trade, code, category, quantity_milli, amount_fen, content_hash,
    batch_id, sale_day, attributed_code, method, subject_id, kind, region)
SELECT 'T' || n, 'tmall', '1', '2020-02-01', 'shop', 'retail', 'H' || lpad(n::text, 9, '0'), 'tea', 1000, 3700, 'x',
       1 + n % 20000, '2020-02-01', 'H' || lpad(n::text, 9, '0'), 'line', n, 'household', '522701102201'
FROM generate_series(1, 50000) AS n;
INSERT INTO sales.ledger_entries (
    batch_id, order_no, platform, line_no, entry_no, cause, measure, amount_fen, subject_id, kind, region, category,
    sale_day, event_day, reference)
SELECT batch_id, order_no, platform, line_no, 1, 'sale', 'gross', amount_fen, subject_id, kind, region, category,
       sale_day, sale_day, 'line ' || code
FROM sales.order_lines;
INSERT INTO sales.refunds (
    order_no, platform, line_no, refund_no, amount_fen, occurred_at, date_basis, content_hash, batch_id, state,
    parked_reason)
SELECT 'T' || n, 'tmall', CASE WHEN n % 10 = 0 THEN '' ELSE '1' END, 'R', 100, '2020-02-02', 'stated', 'x',
       1 + n % 20000, CASE WHEN n % 5 = 0 THEN 'parked' ELSE 'applied' END, CASE WHEN n % 5 = 0 THEN 'no_order' END
FROM generate_series(1, 50000) AS n;
INSERT INTO sales.refund_shares (order_no, platform, line_no, refund_no, amount_fen)
SELECT 'T' || n, 'tmall', '1', 'W', 100 FROM generate_series(1, 20000) AS n;
INSERT INTO sales.parked_lines (
    order_no, platform, line_no, occurred_at, shop, trade, code, sku, category, quantity_milli, amount_fen,
    content_hash, batch_id, reason)
SELECT 'P' || n, 'tmall', '1', '2020-02-01', 'shop' || n % 5000, 'retail',
       CASE WHEN n % 2 = 0 THEN 'H' || lpad(n::text, 9, '9') END, 'sku' || n, 'tea', 1000, 3700, 'x', 1 + n % 20000,
       CASE WHEN n % 2 = 0 THEN 'unknown_code' ELSE 'no_binding' END
FROM generate_series(1, 50000) AS n;
INSERT INTO sales.shop_bindings (platform, shop, valid_from, recorded_in, code)
SELECT 'tmall', 'shop' || n, '2019-01-01', 1, 'H' || lpad(n::text, 9, '0') FROM generate_series(1, 10000) AS n;
INSERT INTO sales.listing_bindings (platform, shop, sku, valid_from, recorded_in, code)
SELECT 'tmall', 'shop' || n % 5000, 'sku' || n, '2019-01-01', 1, 'H' || lpad(n::text, 9, '0')
FROM generate_series(1, 20000) AS n;
INSERT INTO sales.idempotency_keys (client_id, key, body_hash, answer)
SELECT 'test', n::text, 'x', 'x' FROM generate_series(1, 10000) AS n;
INSERT INTO sales.source_days (subject_id, sale_day, category, kind, region, net_fen)
SELECT n, '2020-02-01', 'tea', 'household', '522701102201', 3700 FROM generate_series(1, 50000) AS n;
INSERT INTO sales.income_entries (
    subject_id, sale_day, category, batch_id, entry_no, kind, region, net_fen, base_fen, list_position)
SELECT n, '2020-02-01', 'tea', 1 + n % 20000, 2, 'household', '522701102201', 3700, 0, 0
FROM generate_series(1, 50000) AS n;
INSERT INTO sales.corrections (order_no, platform, line_no, correction_no, action, reason, client_id, content_hash,
                               batch_id)
SELECT 'T' || n, 'tmall', '1', 'K', 'cancel', 'test', 'test', 'x', 1 + n % 20000 FROM generate_series(1, 20000) AS n;
INSERT INTO sales.line_parts (order_no, platform, line_no, split_no, part_no, code, weight, subject_id, kind, region,
                              batch_id)
SELECT 'T' || n, 'tmall', '1', 1, 1, 'H', 1, n, 'household', '522701102201', 1 FROM generate_series(1, 20000) AS n;
INSERT INTO sales.imports (platform, shop, format, client_id, exported_at, counts)
SELECT 'p' || n % 200, 'shop', 'auto', 'test', '2020-02-02', '{}' FROM generate_series(1, 5000) AS n;
INSERT INTO sales.imported_orders (order_no, platform, grain, import_id)
SELECT 'T' || n, 'tmall', 'order', 1 FROM generate_series(1, 20000) AS n;
INSERT INTO sales.refund_reversals (order_no, platform, line_no, refund_no, reversal_no, amount_fen, occurred_at,
                                    batch_id)
SELECT 'T' || n, 'tmall', '1', 'R', '1', 1, '2020-02-02', 1 + n % 20000 FROM generate_series(1, 20000) AS n;
INSERT INTO sales.order_spreads (order_no, platform, batch_id)
SELECT 'T' || n, 'tmall', 1 + n % 20000 FROM generate_series(1, 20000) AS n;
INSERT INTO sales.chain (position, batch_id, hash) SELECT n, n, 'x' FROM generate_series(1, 20000) AS n;
INSERT INTO codes.links (member_id, member_kind, group_id, group_kind, weight, valid_from, recorded_in)
SELECT n, 'household', n % 1000, 'cooperative', 1, '2019-01-01', 1 + n % 5000 FROM generate_series(1, 20000) AS n;
ANALYZE;
"""


@pytest.fixture(scope="module")
def filled_url(cluster: Cluster, template: str) -> Iterator[str]:
    """Nothing in this module changes it."""
    with filled_database(cluster, template, FILL) as url:
        yield url


@pytest.fixture
async def sales(cluster: Cluster, filled_url: str) -> AsyncIterator[Database]:
    """Under the service's own role."""
    async with as_service(cluster, filled_url, "sales") as database:
        yield database


DIRECTORY, LINE, PARKED = "directory_entries_current_idx", "order_lines_pkey", "parked_lines_pkey"
HOT: dict[str, tuple[TextClause, set[str]]] = {
    "RECORD_LINES": (lines.RECORD_LINES, {DIRECTORY, LINE, PARKED, "shop_bindings_pkey", "listing_bindings_pkey"}),
    "RECORD_NEW_LINES": (
        lines.RECORD_NEW_LINES, {DIRECTORY, LINE, PARKED, "shop_bindings_pkey", "listing_bindings_pkey"}
    ),
    "RECORD_ALL_NEW": (
        lines.RECORD_ALL_NEW, {DIRECTORY, LINE, PARKED, "shop_bindings_pkey", "listing_bindings_pkey"}
    ),
    "EXISTING_LINES": (lines.EXISTING_LINES, {LINE, PARKED}),
    "LOCK_UPTAKE": (lines.LOCK_UPTAKE, set()),
    "RESOLVABLE_PARKED": (
        lines.RESOLVABLE_PARKED,
        {"shop_bindings_recorded_in_idx", "shop_bindings_code_idx", "listing_bindings_recorded_in_idx",
         "listing_bindings_code_idx", "parked_lines_code_idx", "parked_lines_platform_shop_sku_idx",
         "parked_lines_batch_id_idx"},
    ),
    "PARKED_LINES_FOR_UPDATE": (lines.PARKED_LINES_FOR_UPDATE, {PARKED}),
    "RESOLVE_SHARES": (parts.RESOLVE_SHARES, {DIRECTORY}),
    "RECORD_SHARED_LINES": (parts.RECORD_SHARED_LINES, {DIRECTORY, PARKED}),
    "PARK_SHARED_LINES": (parts.PARK_SHARED_LINES, {LINE}),
    "PARTS_OF_LINES": (parts.PARTS_OF_LINES, {"line_parts_pkey"}),
    "DIVIDE_LINES": (parts.DIVIDE_LINES, set()),
    "ADD_REFUNDS": (refunds.ADD_REFUNDS, set()),
    "PUT_SHARES": (refunds.PUT_SHARES, set()),
    "NOTE_SPREADS": (refunds.NOTE_SPREADS, set()),
    "LOCK_REFUNDS": (reversals.LOCK_REFUNDS, {"refunds_pkey", "refund_reversals_pkey"}),
    "ADD_REVERSALS": (reversals.ADD_REVERSALS, set()),
    "TAKE_BACK": (reversals.TAKE_BACK, {"refunds_pkey"}),
    "LOCK_HELD_LINES": (corrections.LOCK_HELD_LINES, {LINE, "line_parts_pkey"}),
    "ADD_CORRECTIONS": (corrections.ADD_CORRECTIONS, set()),
    "EXISTING_CORRECTIONS": (corrections.EXISTING_CORRECTIONS, {"corrections_pkey"}),
    "ENTER_CORRECTIONS": (corrections.ENTER_CORRECTIONS, {LINE}),
    "MOVE_LINES": (corrections.MOVE_LINES, {LINE}),
    "NEXT_BATCH_IDS": (batches.NEXT_BATCH_IDS, set()),
    "ADD_BATCHES": (batches.ADD_BATCHES, {"imports_platform_import_id_idx"}),
    "LOCK_KEY": (batches.LOCK_KEY, set()),
    "STORE_ANSWER": (batches.STORE_ANSWER, set()),
    "CODES_BATCHES_IN_WINDOW": (batches.CODES_BATCHES_IN_WINDOW, set()),
    "BESIDE_FILES": (imports.BESIDE_FILES, set()),
    "ONE_AT_A_TIME": (imports.ONE_AT_A_TIME, set()),
    "LOCK_LINES_OF_FILES": (imports.LOCK_LINES, {LINE}),
    "LOCK_PARKED": (imports.LOCK_PARKED, {PARKED}),
    "GRAINS": (imports.GRAINS, {"imported_orders_pkey"}),
    "SET_GRAINS": (imports.SET_GRAINS, set()),
    "TOLD_BY_API": (imports.TOLD_BY_API, {"imported_orders_pkey"}),
    "DROP_PARKED": (imports.DROP_PARKED, {PARKED}),
    "LOCK_SETTLEMENT": (income.LOCK_SETTLEMENT, set()),
    "LIST_POSITION": (income.LIST_POSITION, set()),
    "CHANGED_GROUPS": (income.CHANGED_GROUPS, set()),
    "OPEN_DAYS_OF_GROUPS": (income.OPEN_DAYS_OF_GROUPS, {"source_days_pkey"}),
    "BATCHES": (chain.BATCHES, {"sealed_pkey", "batches_pkey"}),
    "ENTRIES": (chain.ENTRIES, {"sealed_pkey", "ledger_entries_pkey"}),
    "INCOMES": (chain.INCOMES, {"sealed_pkey", "income_entries_batch_id_idx"}),
    "PAYMENTS": (chain.PAYMENTS, {"sealed_pkey"}),
    "VOIDS": (chain.VOIDS, {"sealed_pkey"}),
    "HOLDERS": (chain.HOLDERS, {"sealed_pkey"}),
    "CORRECTIONS": (chain.CORRECTIONS, {"sealed_pkey", "corrections_batch_id_idx"}),
    "BINDINGS": (
        chain.BINDINGS,
        {"sealed_pkey", "shop_bindings_recorded_in_idx", "listing_bindings_recorded_in_idx"},
    ),
    "RATIOS": (chain.RATIOS, {"sealed_pkey"}),
    "HASH_AT": (chain.HASH_AT, {"chain_pkey"}),
    "ADD_LINKS": (chain.ADD_LINKS, set()),
    "SUBJECT_OF_CODE": (ledger.SUBJECT_OF_CODE, set()),
    "LOCK_LINES": (refunds.LOCK_LINES, {LINE}),
    "REFUNDS_OF_ORDERS": (refunds.REFUNDS_OF_ORDERS, {"refunds_pkey"}),
    "SHARES_OF_ORDERS": (refunds.SHARES_OF_ORDERS, {"refund_shares_pkey"}),
    "EXISTING_REFUNDS": (refunds.EXISTING_REFUNDS, {"refunds_pkey"}),
    "APPLY_REFUNDS": (refunds.APPLY_REFUNDS, {LINE}),
    "SETTLE_STATES": (refunds.SETTLE_STATES, {"refunds_pkey"}),
    "ORDERS_WITH_READY_REFUNDS": (
        refunds.ORDERS_WITH_READY_REFUNDS, {"ledger_entries_pkey", "refunds_pkey", "refunds_batch_id_idx", LINE},
    ),
    "STORED_ANSWER": (batches.STORED_ANSWER, {"idempotency_keys_pkey"}),
    "BATCHES_IN_WINDOW": (batches.BATCHES_IN_WINDOW, {"sealed_pkey"}),
    "ADD_NET_OF_WINDOW": (income.ADD_NET_OF_WINDOW, {"sealed_pkey", "ledger_entries_pkey"}),
    "SETTLE": (income.SETTLE, {"source_days_pkey"}),
    "MISPLACED_LINES": (
        following.MISPLACED_LINES,
        {"directory_entries_superseded_in_idx", DIRECTORY, "ledger_entries_subject_id_sale_day_idx", LINE},
    ),
    "LOCK_MISPLACED_PAYMENTS": (
        payment_holders.LOCK_MISPLACED_PAYMENTS, {"directory_entries_superseded_in_idx", DIRECTORY}
    ),
    "ENTRIES_OF_BATCH": (ledger.ENTRIES_OF_BATCH, {"ledger_entries_pkey"}),
    "ENTRIES_OF_ORDER": (ledger.ENTRIES_OF_ORDER, {"ledger_entries_pkey", LINE, "refunds_pkey"}),
    "ENTRIES_OF_SUBJECT": (ledger.ENTRIES_OF_SUBJECT, {"ledger_entries_subject_id_sale_day_idx"}),
}  # fmt: skip


NOT_HOT: dict[str, str] = {
    **dict.fromkeys(vars(checks), "verify reads everything: that is what it is for"),
    **dict.fromkeys(vars(payment_checks), "verify reads everything: that is what it is for"),
    **dict.fromkeys(vars(bindings), "the registry's part: some rows a day, in small tables"),
    **dict.fromkeys(vars(payments), "some thousands a month"),
    **dict.fromkeys(vars(alike), "a page for people: payments to households that others joined"),
    **dict.fromkeys(vars(purchases), "as many as stations scan"),
    **dict.fromkeys(vars(payment_holders), "payments of who held a code that the registry learnt something late of"),
    **dict.fromkeys(vars(reconciliation), "a platform's days: reads them, by the block range index"),
    **dict.fromkeys(vars(parked), "a page for people; its plan is guarded in test_ledger_reading"),
    **dict.fromkeys(
        ("FIRST_IMPORT", "TRANSACTIONS", "OPEN_IMPORT", "RESUME_IMPORT", "ADVANCE_IMPORT",
         "END_IMPORT", "ADD_ERRORS", "IMPORTS_PAGE", "ONE_IMPORT", "ERRORS_PAGE"), "once a file, or once a piece of it",
    ),
    "RECEIPTS_PAGE": "a page for people",
    "ENTRIES_OF_DAY": "a page of a day: reads the day, by the block range index (guarded in test_ledger_reading)",
    "LINES_TO_ATTRIBUTE_AGAIN": "a period of a shop, on request",
    "DAYS_OF_RATIOS": "a new ratio bears on every day it is in force: reads source days",
    "LINKS": "verify",
    "MISPLACED_NOW": "verify",
    "POSITIONS_BEFORE": "the end of codes' feed, by its key: at most 5,000 positions, once a window",
    "NEED_NOT_GATHER": "what the settlement has not read of the feed, by its key: the first and the newest fifty",
    "LAST_POSITION": "verify: how far the chain has come",
}  # fmt: skip


def test_every_statement_has_a_guard_or_a_reason() -> None:
    """A new statement is guarded, or somebody says why it need not be."""
    guarded = {id(statement) for statement, _ in HOT.values()}
    for module in iter_modules(queries.__path__):
        statements = vars(import_module(f"{queries.__name__}.{module.name}"))
        for name, statement in statements.items():
            if isinstance(statement, TextClause) and id(statement) not in guarded:
                assert name in NOT_HOT, f"{module.name}.{name}: guard its plan in HOT, or say in NOT_HOT why not"


@pytest.mark.parametrize("name", HOT)
async def test_generic_plans_use_the_indexes(sales: Database, name: str) -> None:
    """What a prepared statement settles on after a few executions."""
    statement, indexes = HOT[name]
    plan = await generic_plan(sales, statement)
    assert (plan.scanned | plan.walked) & LARGE == frozenset()
    assert indexes <= plan.indexes


BATCH = 200
KEYS = {
    "order_no": [f"T{number}" for number in range(BATCH)],
    "platform": ["tmall"] * BATCH,
    "line_no": ["1"] * BATCH,
    "refund_no": ["R"] * BATCH,
}


def incoming(codes: Sequence[str]) -> dict[str, str | None]:
    """Incoming lines with these codes."""
    always = {"platform": "tmall", "line_no": "1", "occurred_at": datetime(2020, 2, 3, tzinfo=SHANGHAI),
              "shop": "shop", "trade": "retail", "category": "tea", "quantity_milli": 1000,
              "amount_fen": 1, "content_hash": b"x", "batch_id": 1}  # fmt: skip
    return as_columns(
        [
            tuple({**always, "order_no": f"N{number}", "code": code}.get(name) for name, _ in CONTENT)
            for number, code in enumerate(codes)
        ]
    )


BATCH_ROW = {"batch_id": 1, "platform": "tmall", "channel": "api", "kind": "orders", "client_id": "test", "accepted": 1,
             "parked": 0, "duplicate": 0, "conflict": 0, "rejected": 0, "accepted_fen": 1, "parked_fen": 0,
             "digest": b"x", "import_id": None}  # fmt: skip
CALLS: dict[str, dict[str, Any]] = {
    "RECORD_LINES": incoming([f"H{number:09d}" for number in range(1, BATCH + 1)]),
    "RECORD_NEW_LINES": incoming([f"H{number:09d}" for number in range(1, BATCH + 1)]),
    "RECORD_ALL_NEW": (
        incoming([f"H{number:09d}" for number in range(1, BATCH + 1)])
        | {f"added_{name}": [value] for name, value in BATCH_ROW.items()}
    ),
    "EXISTING_LINES": {name: KEYS[name] for name in ("order_no", "platform", "line_no")},
    "LOCK_LINES": {name: KEYS[name] for name in ("order_no", "platform")},
    "REFUNDS_OF_ORDERS": {"order_no": KEYS["order_no"]},
    "SHARES_OF_ORDERS": {"order_no": KEYS["order_no"]},
    "EXISTING_REFUNDS": KEYS,
    "ORDERS_WITH_READY_REFUNDS": {"batches": list(range(1, 51))},
    "ADD_NET_OF_WINDOW": {"after": 19_000, "upto": 19_100},
    "MISPLACED_LINES": {"after": 19_000, "upto": 19_100},
    "LOCK_MISPLACED_PAYMENTS": {"after": 19_000, "upto": 19_100, "scanned": True},
    "SETTLE": {
        "subject_id": list(range(1, BATCH + 1)), "sale_day": [date(2020, 2, 1)] * BATCH, "category": ["tea"] * BATCH,
        "was_region": [None] * BATCH, "relist": False, "batch_id": 1, "list_position": 0,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
async def test_plans_for_a_batch_use_the_indexes(sales: Database, name: str) -> None:
    """What the first executions do, planned for what is asked."""
    statement, indexes = HOT[name]
    plan = await plan_for(sales, statement, CALLS[name])
    assert (plan.scanned | plan.walked) & LARGE == frozenset()
    assert indexes <= plan.indexes
