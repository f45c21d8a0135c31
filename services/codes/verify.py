"""What ``onecode verify`` recomputes of ``codes``: directory, successions, cards, scans, revocations, feed."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import MalformedCode, kind_of, parse_code
from services.codes.queries import checks as over_time
from services.codes.queries.codes import directory_differences
from services.codes.revocation_checks import check_revocations
from services.codes.station_checks import station_checks
from services.kit import clock
from services.kit.verify import MAX_DIFFERENCES, Check

_ISSUED = text("""
    SELECT issued.code, subject.kind FROM codes.codes AS issued LEFT JOIN codes.subjects AS subject USING (subject_id)
    """)

_OVERLAPPING_LINKS = text("""
    SELECT one.link_id, other.link_id AS overlaps, one.member_id, one.group_id
    FROM codes.links AS one JOIN codes.links AS other
      ON other.member_id = one.member_id AND other.group_id = one.group_id AND other.link_id > one.link_id
     AND other.superseded_in IS NULL
     AND daterange(one.valid_from, one.valid_to) && daterange(other.valid_from, other.valid_to)
    WHERE one.superseded_in IS NULL
    LIMIT :limit
    """)

_FEED_GAPS = text("""
    SELECT position, previous FROM (
        SELECT position, lag(position, 1, 0::bigint) OVER (ORDER BY position) AS previous FROM codes.sealed
    ) AS steps WHERE position <> previous + 1 LIMIT :limit
    """)

# A scan was voided if and only if the void that names it stands in the batch that superseded it.
_WRONG_SCANS = text("""
    SELECT station, source, scan_id, 'superseded without a void' AS finding FROM codes.scan_records AS scan
    WHERE superseded_in IS NOT NULL AND NOT EXISTS (
        SELECT FROM codes.scan_records AS void
        WHERE void.station = scan.station AND void.voids_source = scan.source AND void.voids_scan_id = scan.scan_id
            AND void.recorded_in = scan.superseded_in
    )
    UNION ALL
    SELECT void.station, void.source, void.scan_id, 'voids nothing'
    FROM codes.scan_records AS void LEFT JOIN codes.scan_records AS scan
        ON scan.station = void.station AND scan.source = void.voids_source AND scan.scan_id = void.voids_scan_id
        AND scan.purpose <> 'void' AND scan.superseded_in = void.recorded_in
    WHERE void.purpose = 'void' AND scan.scan_id IS NULL
    UNION ALL
    SELECT station, source, scan_id, 'on another day' FROM codes.scan_records
    WHERE business_day <> (scanned_at AT TIME ZONE 'Asia/Shanghai')::date
    LIMIT :limit
    """)


_OVER_TIME = (
    ("主体各时段相接 / versions of subjects adjoin", over_time.COUNT_VERSIONS, over_time.VERSIONS_NOT_SIDE_BY_SIDE),
    ("分户并户人口守恒 / divisions conserve persons", over_time.COUNT_SUCCESSIONS, over_time.PERSONS_NOT_CONSERVED),
    ("并户后无遗留 / who joined another holds nothing", over_time.COUNT_SUCCESSIONS, over_time.LEFT_WITH_WHO_IS_GONE),
    ("收入年度不重叠 / incomes of a year do not overlap", over_time.COUNT_INCOMES, over_time.OVERLAPPING_INCOMES),
    ("区划标签不重叠 / tags of divisions do not overlap", over_time.COUNT_TAGS, over_time.OVERLAPPING_TAGS),
    ("换码相符 / replaced codes and their successors", over_time.COUNT_REPLACEMENTS, over_time.WRONG_REPLACEMENTS),
)


async def checks(connection: AsyncConnection) -> list[Check]:
    """Recompute everything that codes derives, in the caller's snapshot."""
    issued = (await connection.execute(_ISSUED)).all()
    malformed = [{"code": row.code, "kind": row.kind} for row in issued if not _is_good(row.code, row.kind)]
    entries = int(await connection.scalar(text("SELECT count(*) FROM codes.directory_entries")) or 0)
    links = int(await connection.scalar(text("SELECT count(*) FROM codes.links")) or 0)
    positions = int(await connection.scalar(text("SELECT count(*) FROM codes.sealed")) or 0)
    scans = int(await connection.scalar(text("SELECT count(*) FROM codes.scan_records")) or 0)
    limit = {"limit": MAX_DIFFERENCES}
    wrong = await directory_differences(connection, limit=MAX_DIFFERENCES)
    return [
        Check("识别码合规 / codes are well-formed, of their subject's kind", len(issued), malformed[:MAX_DIFFERENCES]),
        Check(
            "目录等于其依据 / directory = states x subjects",
            entries,
            [dict(zip(row._fields, row, strict=True)) for row in wrong],
        ),
        Check("联结不重叠 / links do not overlap", links, await _rows(connection, _OVERLAPPING_LINKS, limit)),
        *[
            Check(name, await _count(connection, count), await _rows(connection, query, limit))
            for name, count, query in _OVER_TIME
        ],
        Check("扫码与作废相符 / scans and their voids fit", scans, await _rows(connection, _WRONG_SCANS, limit)),
        *await station_checks(connection),
        await check_revocations(connection, clock.now()),
        Check("位次连续 / feed is gapless", positions, await _rows(connection, _FEED_GAPS, limit)),
    ]


def _is_good(code: str, kind: str | None) -> bool:
    try:
        return parse_code(code) == code and kind_of(code) == kind
    except MalformedCode:
        return False


async def _count(connection: AsyncConnection, query: Any) -> int:
    return int(await connection.scalar(query) or 0)


async def _rows(connection: AsyncConnection, query: Any, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute(query, parameters)).mappings()]
