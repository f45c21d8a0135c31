"""Recomputes the whole cube by a second path, at the position it has come to, and holds every row against it.

Sales are recomputed in SQL from the ledger's entries, incomes by ``cube/recomputing.py``, homes from the registry's
versions. What stands aside by block is held against a recompute at the end of a block in the middle as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.verify import MAX_DIFFERENCES, Check
from services.stats.audit.checks import check_audits
from services.stats.cube.reach_checks import check_reach
from services.stats.cube.recomputing import recompute_incomes
from services.stats.queries import recompute, statement
from services.stats.queries.as_of import CURSORS
from services.stats.queries.blocks import MIDDLE_BLOCK
from services.stats.release.checking import check_digests, check_figures
from services.stats.release.checking_shown import check_shown

Comparison = tuple[str, str, Sequence[str], Sequence[str]]
"""Table, what it should hold, its key and its values."""

_TABLES: Sequence[Comparison] = (
    (
        "lines",
        recompute.LINES,
        ("order_no", "platform", "line_no", "subject_id", "region"),
        (
            "gross_fen",
            "refund_fen",
            "since",
            "shares_order",
            "shop",
            "station",
            "buyer_province",
            "trade",
            "unit",
            "quantity_milli",
        ),
    ),
    (
        "line_changes",
        recompute.LINE_CHANGES,
        ("position", "order_no", "platform", "line_no", "subject_id", "region", "event_day"),
        ("gross_fen", "refund_fen"),
    ),
    (
        "sales_cells",
        recompute.SALES_CELLS,
        ("level", "kind", "category", "grain", "region", "period", "platform"),
        ("gross_fen", "refund_fen", "orders", "order_lines"),
    ),
    (
        "refund_cells",
        recompute.REFUND_CELLS,
        ("level", "region", "event_day", "kind", "category", "platform"),
        ("refund_fen",),
    ),
    (
        "unit_cells",
        recompute.UNIT_CELLS,
        ("level", "grain", "region", "period", "category", "platform", "unit"),
        ("quantity_milli",),
    ),
    (
        "panel_months",
        recompute.PANEL_MONTHS,
        ("subject_id", "month", "platform", "shop", "region"),
        ("net_fen",),
    ),
    ("sellers", recompute.SELLERS, ("subject_id", "grain", "period", "region"), ("net_fen",)),
    ("seller_cells", recompute.SELLER_CELLS, ("level", "kind", "grain", "region", "period"), ("subjects",)),
    (
        "source_days",
        recompute.SOURCE_DAYS,
        ("subject_id", "sale_day", "category", "basis"),
        ("kind", "region", "net_fen", "base_fen", "list_position"),
    ),
    (
        "paid_months",
        recompute.PAID_MONTHS,
        ("subject_id", "group_id", "month"),
        ("payments", "paid_fen"),
    ),
    (
        "household_months",
        recompute.HOUSEHOLD_MONTHS,
        ("subject_id", "month"),
        ("contract_fen", "imputed_fen", "paid_fen"),
    ),
)

_HOMES: Comparison = (
    "homes",
    recompute.HOMES,
    ("subject_id", "known_from", "valid_from"),
    ("region", "persons", "status"),
)

_STANDINGS: Comparison = (
    "standings",
    recompute.STANDINGS,
    ("subject_id", "valid_from"),
    ("valid_to", "region", "persons", "status", "baseline_fen", "first_year"),
)

_HOUSEHOLD_DAYS = (("subject_id", "sale_day"), ("contract_fen", "imputed_fen", "paid_fen"))

Row = dict[str, Any]


async def checks(connection: AsyncConnection) -> list[Check]:
    """Every check of the cube; give it a snapshot, so that the cube and its cursors are of one moment."""
    cursors = (await connection.execute(CURSORS)).one()
    found = [await compare_table(connection, cursors.position, comparison) for comparison in _TABLES]
    found += [
        await compare_table(connection, cursors.registry_position, comparison) for comparison in (_HOMES, _STANDINGS)
    ]
    found += await _compare_divisions(connection, cursors.position)
    found += await _compare_middle(connection)
    found += await check_reach(connection, cursors.registry_position)
    found += [await check_digests(connection), await check_figures(connection), await check_audits(connection)]
    found += await check_shown(connection)
    return [*found, await _check_readings(connection)]


async def _check_readings(connection: AsyncConnection) -> Check:
    """Each reading of a household's statement was opened with card and PIN, and not over."""
    readings = await connection.scalar(statement.COUNT_READINGS)
    wrong = (await connection.execute(statement.WRONG_READINGS, {"limit": MAX_DIFFERENCES})).mappings()
    name = "对账单查阅均经开启 / stats.statement_readings had an open grant"
    return Check(name, int(readings or 0), [dict(row) for row in wrong])


async def compare_table(connection: AsyncConnection, upto: int, comparison: Comparison) -> Check:
    """A row of noughts and no row at all are the same."""
    table, expected, keys, values = comparison
    checked = await connection.scalar(text(f"SELECT count(*) FROM stats.{table}"))  # noqa: S608 - our own names
    shown = ", ".join(
        [*keys, *(f"expected.{value} AS expected_{value}, stored.{value} AS stored_{value}" for value in values)]
    )
    differs = " OR ".join(
        f"coalesce(CAST(expected.{value} AS text), '0') <> coalesce(CAST(stored.{value} AS text), '0')"
        for value in values
    )
    rows = await connection.execute(
        text(f"""
        WITH expected AS ({expected}), stored AS (SELECT {", ".join([*keys, *values])} FROM stats.{table})
        SELECT {shown} FROM expected FULL JOIN stored USING ({", ".join(keys)}) WHERE {differs} LIMIT :limit
        """),  # noqa: S608 - our own names
        {"upto": upto, "limit": MAX_DIFFERENCES},
    )
    return Check(f"stats.{table} = recompute", int(checked or 0), [dict(row) for row in rows.mappings()])


async def _compare_divisions(connection: AsyncConnection, upto: int) -> list[Check]:
    found = await recompute_incomes(connection, upto)
    return [
        await _compare_rows(
            connection,
            "group_days",
            ("subject_id", "sale_day", "category", "basis"),
            ("members_fen", "kept_fen", "list_position", "region"),
            found.groups,
        ),
        await _compare_rows(
            connection,
            "received_days",
            ("subject_id", "sale_day", "category", "basis", "giver_id"),
            ("received_fen", "list_position"),
            found.received,
        ),
        await _compare_rows(connection, "household_days", *_HOUSEHOLD_DAYS, _amounts(found.households)),
        await _compare_rows(
            connection,
            "household_years",
            ("subject_id", "year", "way", "category"),
            ("contract_fen", "imputed_fen", "paid_fen"),
            _amounts(found.years),
        ),
        await _compare_rows(
            connection,
            "replaced_days",
            ("subject_id", "group_id", "sale_day"),
            ("contract_fen", "imputed_fen"),
            _amounts(found.replaced),
        ),
    ]


async def _compare_middle(connection: AsyncConnection) -> list[Check]:
    """Households' days as of the end of a block in the middle of the feed: the blocks up to it, and no later one."""
    middle = (await connection.execute(MIDDLE_BLOCK)).one_or_none()
    if middle is None:
        return []
    found = _amounts((await recompute_incomes(connection, middle.upto)).households)
    check = await _compare_rows(connection, "household_days", *_HOUSEHOLD_DAYS, found, where=f"block <= {middle.block}")
    return [replace(check, name="stats.household_days by block = recompute at a block's end")]


def _amounts(found: Mapping[tuple[Any, ...], Sequence[int]]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    return {key: tuple(amounts) for key, amounts in found.items() if any(amounts)}


async def _compare_rows(
    connection: AsyncConnection,
    table: str,
    keys: Sequence[str],
    values: Sequence[str],
    expected: Mapping[tuple[Any, ...], tuple[Any, ...]],
    *,
    where: str = "true",
) -> Check:
    shown = [
        *keys,
        *(f"CAST(sum({value}) AS bigint)" if value.endswith("_fen") else f"max({value})" for value in values),
    ]
    # Households' days are kept by block; of the others there is one row for each key.
    rows = await connection.execute(
        text(f"SELECT {', '.join(shown)} FROM stats.{table} WHERE {where} GROUP BY {', '.join(keys)}")  # noqa: S608
    )
    stored = {tuple(row[: len(keys)]): tuple(row[len(keys) :]) for row in rows.all()}
    noughts = tuple(0 for _ in values)
    differences: list[Row] = []
    for key in sorted(expected.keys() | stored.keys()):
        should, does = expected.get(key, noughts), stored.get(key, noughts)
        if should != does and len(differences) < MAX_DIFFERENCES:
            difference = dict(zip(keys, key, strict=True))
            for value, wanted, found in zip(values, should, does, strict=True):
                difference |= {f"expected_{value}": wanted, f"stored_{value}": found}
            differences.append(difference)
    return Check(f"stats.{table} = recompute", len(stored), differences)
