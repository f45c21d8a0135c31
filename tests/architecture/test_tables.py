"""The tables as the catalogue shows them: keys that also fit a cluster, no walls crossed, money in fen."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
import pytest

from migrations.schemas import SCHEMAS

ORDER, SUBJECT = "order_no", "subject_id"

DISTRIBUTED: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "sales.order_lines", "sales.line_parts", "sales.order_spreads",
            "sales.parked_lines", "sales.refunds", "sales.refund_shares", "sales.refund_reversals",
            "sales.corrections", "sales.imported_orders", "sales.ledger_entries", "stats.lines", "stats.line_changes",
            "stats.station_orders",
        ),
        ORDER,
    ),
    **dict.fromkeys(
        (
            "codes.subjects", "codes.persons", "codes.organisations", "codes.subject_versions", "codes.income_records",
            "codes.operations",
            "sales.source_days", "sales.income_entries",
            "stats.sellers", "stats.source_days", "stats.received_days", "stats.group_days", "stats.household_days",
            "stats.household_months", "stats.homes", "stats.household_years", "stats.paid_months",
            "stats.replaced_days", "stats.panel_months", "stats.standings",
        ),
        SUBJECT,
    ),
}  # fmt: skip
"""The tables that grow with orders or subjects, and the column each would be distributed on (DESIGN.md §2). All others
are copied to every node, or stay where the transactions that write them begin.
"""

DECLARED = {table.fullname: table for schema in SCHEMAS for table in schema.metadata.sorted_tables}
OURS = "nspname IN ('auth', 'codes', 'sales', 'stats')"


def test_tables_keyed_by_order_or_subject_are_known() -> None:
    """Who adds one says on which column it would be distributed."""
    keys = {name: set(table.primary_key.columns.keys()) for name, table in DECLARED.items()}
    found = {name: ORDER if ORDER in key else SUBJECT for name, key in keys.items() if key & {ORDER, SUBJECT}}
    assert found == DISTRIBUTED


@pytest.mark.parametrize(("name", "column"), sorted(DISTRIBUTED.items()))
async def test_unique_keys_contain_that_column(superuser: asyncpg.Connection, name: str, column: str) -> None:
    """Uniqueness can be checked on one node; and the column is always there."""
    keys = await superuser.fetch(
        """
        SELECT indexrelid::regclass::text AS key,
               ARRAY(
                   SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY(indkey)
               ) AS columns
        FROM pg_index WHERE indrelid = $1::text::regclass AND indisunique
        """,
        name,
    )
    assert keys, "a table without a key"
    assert [row["key"] for row in keys if column not in row["columns"]] == []
    assert not DECLARED[name].columns[column].nullable


async def test_every_table_has_a_primary_key(superuser: asyncpg.Connection) -> None:
    """A row that cannot be named cannot be corrected, replicated or verified."""
    keyed = await superuser.fetch("SELECT indrelid::regclass::text FROM pg_index WHERE indisprimary")
    assert set(DECLARED) <= {name for (name,) in keyed}


async def test_nothing_relies_on_what_a_cluster_lacks(superuser: asyncpg.Connection) -> None:
    """No foreign key (none crosses a schema, and within one the services keep order), no trigger, no partition, no
    rule, no inheritance.
    """
    constraints = await superuser.fetch(f"""
        SELECT conname FROM pg_constraint JOIN pg_namespace ON pg_namespace.oid = connamespace
        WHERE contype IN ('f', 't', 'x') AND {OURS}
    """)
    relations = await superuser.fetch(f"""
        SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE (relkind IN ('p', 'f', 'm') OR relispartition OR relhastriggers OR (relhasrules AND relkind = 'r')
               OR relhassubclass) AND {OURS}
    """)
    assert (constraints, relations) == ([], [])


async def _columns(superuser: asyncpg.Connection) -> list[tuple[str, str]]:
    """Name and type of every column of every table and view of ours."""
    rows = await superuser.fetch(f"""
        SELECT nspname || '.' || relname || '.' || attname, format_type(atttypid, NULL)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'v') AND {OURS}
    """)
    assert len(rows) > 300
    return [(name, kind) for name, kind in rows]


async def test_no_number_is_a_float(superuser: asyncpg.Connection) -> None:
    """Nor a numeric, nor PostgreSQL's own money: amounts, shares and quantities are integers, the unit in the name."""
    inexact = {"real", "double precision", "numeric", "money"}
    assert [name for name, kind in await _columns(superuser) if kind in inexact] == []


async def test_money_says_that_it_is_fen(superuser: asyncpg.Connection) -> None:
    """A column that holds money ends in ``_fen`` and is a BIGINT; shares end in ``_bp``, quantities in ``_milli``."""
    money = ("amount", "price", "income", "gross", "net", "refund", "paid", "yuan")
    columns = await _columns(superuser)
    assert [name for name, _ in columns if name.rsplit(".", 1)[1].split("_")[-1] in money] == []
    wrong = [name for name, kind in columns if name.endswith(("_fen", "_milli")) and kind != "bigint"]
    assert wrong == []


async def test_moments_have_a_zone(superuser: asyncpg.Connection) -> None:
    """A timestamp without one means something else in every session."""
    kinds = {"timestamp without time zone", "time without time zone", "time with time zone"}
    assert [name for name, kind in await _columns(superuser) if kind in kinds] == []


async def test_text_has_no_collation_of_its_own(superuser: asyncpg.Connection) -> None:
    """Codes, divisions and keys compare byte by byte, on every machine alike."""
    rows = await superuser.fetch(
        "SELECT datlocprovider::text, datlocale FROM pg_database WHERE datname = current_database()"
    )
    assert [tuple(row) for row in rows] == [("b", "C.UTF-8")]


def _record_clocks(table: Any) -> set[str]:
    return {"recorded_in", "superseded_in"} & set(table.columns.keys())


SCHEDULES = {"codes.card_keys"}
"""Not facts about the world that somebody learns late, but what we ourselves decide: which key signs from which day."""
DERIVED = {"stats.homes", "stats.standings"}
"""Not facts, but what follows from facts of both clocks: homes by positions, with which they are built anew from the
feed; standings as they follow from the newest position alone (what counts as of an earlier one is read from homes)."""
DATED = {name for name, table in DECLARED.items() if "valid_from" in table.columns} - SCHEDULES - DERIVED


@pytest.mark.parametrize("name", sorted(DATED))
def test_what_is_valid_from_a_day_has_both_clocks(name: str) -> None:
    """Dated facts can be asked again as they were known then: they end by a second row, never by a change."""
    table = DECLARED[name]
    assert _record_clocks(table) == {"recorded_in", "superseded_in"}
    assert "valid_to" in table.columns
    assert table.info["grants"] == ("SELECT", "INSERT", "UPDATE (superseded_in)")


def test_every_table_and_view_is_explained() -> None:
    """A table has a comment that says what a row is."""
    assert [name for name, table in DECLARED.items() if not table.comment] == []


PERSON = {
    "name",
    "id_card",
    "phone",
    "name_cipher",
    "id_card_cipher",
    "phone_cipher",
    "identity_index",
    "uscc",
}
"""Columns that may tell who somebody is; of these, only names of what is public are published."""
PUBLIC_NAMES = {
    ("divisions", "name"),
    ("product_categories", "name"),
    ("report_units", "name"),
    ("station_facts", "name"),
    ("group_names", "name"),
}


async def test_published_views_show_no_person(superuser: asyncpg.Connection) -> None:
    """No view reads a table of person data, nor shows a column of that name."""
    for schema in SCHEMAS:
        for view in schema.views:
            kept = {"persons", "identities", "organisations"}
            # What a cooperative or an enterprise is called is public, and who they are is nobody's person data.
            if view.qualified_name == "codes.group_names":
                kept -= {"organisations"}
            assert not kept & set(view.reads), view.qualified_name
            columns = await superuser.fetch(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0",
                view.qualified_name,
            )
            shown = {(view.name, column) for (column,) in columns if column in PERSON}
            assert shown <= PUBLIC_NAMES


async def test_views_read_no_more_than_they_say(superuser: asyncpg.Connection) -> None:
    """``reads`` is what readers are granted below the view: exactly the columns that its query depends on."""
    for schema in SCHEMAS:
        for view in schema.views:
            used = await superuser.fetch(
                """
                SELECT DISTINCT relname::text, attname::text
                FROM pg_rewrite JOIN pg_depend ON classid = 'pg_rewrite'::regclass AND objid = pg_rewrite.oid
                JOIN pg_class ON refclassid = 'pg_class'::regclass AND pg_class.oid = refobjid AND refobjsubid > 0
                JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
                WHERE ev_class = $1::text::regclass AND refobjid <> ev_class
                """,
                view.qualified_name,
            )
            declared = {(table, column) for table, columns in view.reads.items() for column in columns}
            assert {tuple(row) for row in used} == declared, view.qualified_name
