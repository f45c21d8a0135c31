"""Numbers of registers, by their blind index: in which county they were registered."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.territory import CodeRange

# What registered the number registered a version of its subject too, or divided the household.
_IN_COUNTY = text("""
    SELECT DISTINCT asked.identity_index
    FROM unnest(CAST(:indexes AS bytea[]), CAST(:counties AS text[])) AS asked (identity_index, county)
    JOIN codes.identities n ON n.identity_index = asked.identity_index AND n.field = 'external_id'
    JOIN codes.subject_versions v ON v.subject_id = n.subject_id AND v.recorded_in = n.recorded_in
    WHERE starts_with(v.region, asked.county)
    """)


_COUNTIES = text("""
    SELECT DISTINCT left(r.code, 6) FROM unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) AS tree (low, high)
    JOIN codes.regions r ON r.code >= tree.low AND r.code < tree.high
    WHERE r.level = 'county' AND r.superseded_in IS NULL
    """)


async def counties_in(connection: AsyncConnection, trees: Sequence[CodeRange]) -> set[str]:
    """The six digits of every county that there is, or was, in these trees of divisions."""
    parameters = {"lows": [tree.low for tree in trees], "highs": [tree.high for tree in trees]}
    return set((await connection.execute(_COUNTIES, parameters)).scalars())


async def registered_in_county(connection: AsyncConnection, asked: Sequence[tuple[bytes, str]]) -> set[bytes]:
    """Those of these numbers (index, six digits of a county) that were registered for a subject of that county."""
    parameters = {"indexes": [index for index, _ in asked], "counties": [county for _, county in asked]}
    return {bytes(index) for index in (await connection.execute(_IN_COUNTY, parameters)).scalars()}
