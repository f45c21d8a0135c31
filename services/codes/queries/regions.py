"""Divisions and reporting units."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.divisions import Division
from services.codes.reporting_units import ReportingUnit
from services.codes.territory import CodeRange

_LOADED = text("SELECT EXISTS (SELECT FROM codes.regions)")

_LOCK_LOADING = text("SELECT pg_advisory_xact_lock(hashtextextended('codes.divisions', 0))")

_INSERT_DIVISIONS = text("""
    INSERT INTO codes.regions (code, valid_from, recorded_in, name, level, parent_code)
    SELECT code, :valid_from, :batch_id, name, level, parent_code
    FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:levels AS text[]), CAST(:parents AS text[]))
        AS new (code, name, level, parent_code)
    """)

_INSERT_UNITS = text("""
    INSERT INTO codes.reporting_units (unit, name, name_en)
    SELECT unit, name, name_en FROM unnest(CAST(:units AS text[]), CAST(:names AS text[]), CAST(:names_en AS text[]))
        AS new (unit, name, name_en)
    ON CONFLICT (unit) DO NOTHING
    """)

_INSERT_UNIT_VILLAGES = text("""
    INSERT INTO codes.reporting_unit_villages (village, unit, valid_from, valid_to, recorded_in)
    SELECT village, unit, valid_from, valid_to, :batch_id
    FROM unnest(CAST(:villages AS text[]), CAST(:units AS text[]), CAST(:froms AS date[]), CAST(:tos AS date[]))
        AS new (village, unit, valid_from, valid_to)
    """)

_CURRENT = "r.superseded_in IS NULL AND r.valid_from <= :today AND (r.valid_to IS NULL OR :today < r.valid_to)"

_VILLAGES = text("""
    SELECT DISTINCT asked.code, asked.day
    FROM unnest(CAST(:codes AS text[]), CAST(:days AS date[])) AS asked (code, day)
    JOIN codes.regions r ON r.code = asked.code AND r.level = 'village' AND r.superseded_in IS NULL
        AND r.valid_from <= asked.day AND (r.valid_to IS NULL OR asked.day < r.valid_to)
    """)

_REGIONS_AFTER = text(f"""
    SELECT r.code, r.name, r.level, r.parent_code FROM codes.regions r
    WHERE {_CURRENT} AND r.code > :after AND r.code >= :low AND r.code < :high
        AND (CAST(:parent AS text) IS NULL OR r.parent_code = :parent)
        AND (CAST(:level AS text) IS NULL OR r.level = :level)
    ORDER BY r.code LIMIT :limit
    """)

_REGIONS = text(f"""
    SELECT r.code, r.name, r.level, r.parent_code FROM codes.regions r
    WHERE {_CURRENT} AND r.code = ANY(CAST(:codes AS text[])) ORDER BY r.code
    """)

_COUNT_BELOW = text(f"""
    SELECT r.level, count(*) AS divisions FROM codes.regions r
    WHERE {_CURRENT} AND r.code > :code AND r.code < :high GROUP BY r.level
    """)

_UNITS = text("""
    SELECT u.unit, u.name, u.name_en, count(r.village) AS villages
    FROM codes.reporting_units u
    LEFT JOIN codes.reporting_unit_villages r ON r.unit = u.unit AND r.superseded_in IS NULL
        AND r.valid_from <= :today AND (r.valid_to IS NULL OR :today < r.valid_to)
    GROUP BY u.unit, u.name, u.name_en ORDER BY min(r.village), u.unit
    """)

_UNIT_VILLAGES = text("""
    SELECT m.village AS code, r.name FROM codes.reporting_unit_villages m
    JOIN codes.regions r ON r.code = m.village AND r.superseded_in IS NULL
        AND r.valid_from <= :today AND (r.valid_to IS NULL OR :today < r.valid_to)
    WHERE m.unit = :unit AND m.superseded_in IS NULL
        AND m.valid_from <= :today AND (m.valid_to IS NULL OR :today < m.valid_to)
    ORDER BY m.village
    """)


async def lock_and_ask_if_loaded(connection: AsyncConnection) -> bool:
    """Wait for anybody who is loading divisions, then say whether there are any."""
    await connection.execute(_LOCK_LOADING)
    return bool(await connection.scalar(_LOADED))


async def insert_divisions(
    connection: AsyncConnection, batch_id: int, divisions: Sequence[Division], *, valid_from: date
) -> None:
    """Write divisions that are true from ``valid_from`` on."""
    await connection.execute(
        _INSERT_DIVISIONS,
        {
            "batch_id": batch_id,
            "valid_from": valid_from,
            "codes": [division.code for division in divisions],
            "names": [division.name for division in divisions],
            "levels": [division.level.value for division in divisions],
            "parents": [division.parent_code for division in divisions],
        },
    )


async def insert_reporting_units(
    connection: AsyncConnection,
    batch_id: int,
    units: Sequence[ReportingUnit],
    memberships: Sequence[tuple[str, str, date, date | None]],
) -> None:
    """Write reporting units and their villages: (village, unit, first day, first day no longer)."""
    await connection.execute(
        _INSERT_UNITS,
        {
            "units": [unit.code for unit in units],
            "names": [unit.name for unit in units],
            "names_en": [unit.name_en for unit in units],
        },
    )
    villages, unit_codes, froms, tos = zip(*memberships, strict=True)
    await connection.execute(
        _INSERT_UNIT_VILLAGES,
        {
            "batch_id": batch_id,
            "villages": list(villages),
            "units": list(unit_codes),
            "froms": list(froms),
            "tos": list(tos),
        },
    )


async def villages_on(connection: AsyncConnection, asked: Collection[tuple[str, date]]) -> set[tuple[str, date]]:
    """Those of the (code, day) pairs that name a village which exists on that day."""
    rows = await connection.execute(
        _VILLAGES, {"codes": [code for code, _ in asked], "days": [day for _, day in asked]}
    )
    return {(row.code, row.day) for row in rows}


async def regions_after(
    connection: AsyncConnection,
    after: str,
    *,
    tree: CodeRange,
    parent: str | None,
    level: str | None,
    today: date,
    limit: int,
) -> Sequence[Row[Any]]:
    """The next divisions in a tree by ascending code, of one parent or level if given."""
    parameters: Mapping[str, object] = {
        "after": after,
        "low": tree.low,
        "high": tree.high,
        "parent": parent,
        "level": level,
        "today": today,
        "limit": limit,
    }
    return (await connection.execute(_REGIONS_AFTER, parameters)).all()


async def regions(connection: AsyncConnection, codes: Collection[str], *, today: date) -> Sequence[Row[Any]]:
    """These divisions, the outermost first."""
    return (await connection.execute(_REGIONS, {"codes": list(codes), "today": today})).all()


async def count_below(connection: AsyncConnection, code: str, *, tree: CodeRange, today: date) -> dict[str, int]:
    """How many divisions of each level lie in a division."""
    rows = await connection.execute(_COUNT_BELOW, {"code": code, "high": tree.high, "today": today})
    return {row.level: row.divisions for row in rows}


async def reporting_units(connection: AsyncConnection, *, today: date) -> Sequence[Row[Any]]:
    """All reporting units with the number of their villages."""
    return (await connection.execute(_UNITS, {"today": today})).all()


async def villages_of_unit(connection: AsyncConnection, unit: str, *, today: date) -> Sequence[Row[Any]]:
    """The villages of a reporting unit."""
    return (await connection.execute(_UNIT_VILLAGES, {"unit": unit, "today": today})).all()
