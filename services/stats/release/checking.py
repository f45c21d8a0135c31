"""Whether every release is what it was, and what the ledger says as of its position: its rows against the digests of
its parts, these against its own, and its figures against the lines, entries and homes of that position.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.verify import MAX_DIFFERENCES, Check
from services.stats.as_of import as_of_position
from services.stats.queries import releases
from services.stats.question import LEVELS
from services.stats.release.computing import compute_parts
from services.stats.release.release import QUALITY, Part, Release, Row, digest_of_part, digest_of_release


async def check_digests(connection: AsyncConnection) -> Check:
    """Every frozen part and every frozen release, recomputed from the rows."""
    asked = {"now": clock.now(), "period": None, "stage": None}
    found = (await connection.execute(releases.RELEASES, asked)).all()
    differences: list[dict[str, Any]] = []
    checked = 0
    for row in found:
        release = Release(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
        parts = (await connection.execute(releases.FROZEN_PARTS, {"release_id": release.release_id})).all()
        digests: list[tuple[Part, str]] = []
        for stored in parts:
            part = Part(stored.period, stored.level, stored.dimension, stored.key)
            digest = digest_of_part(await _rows_of(connection, release, part))
            digests.append((part, digest))
            checked += stored.row_count
            if digest != stored.digest:
                differences.append(_difference(release, part, digest, stored.digest))
        if release.digest is not None and (whole := digest_of_release(release, digests)) != release.digest:
            differences.append(_difference(release, None, whole, release.digest))
    return Check("stats.releases = their digests", checked, differences[:MAX_DIFFERENCES])


async def check_figures(connection: AsyncConnection) -> Check:
    """The figures of every frozen release, computed again as of its position: whole ones of all levels and periods, and
    narrowed ones of its own region and period.
    """
    asked = {"now": clock.now(), "period": None, "stage": None}
    differences: list[dict[str, Any]] = []
    checked = 0
    for row in (await connection.execute(releases.RELEASES, asked)).all():
        release = Release(**row._mapping)  # noqa: SLF001
        if release.frozen_at is None:
            continue
        as_of = await as_of_position(connection, release.position or 0, release.registry_position or 0)
        parts = (await connection.execute(releases.FROZEN_PARTS, {"release_id": release.release_id})).all()
        highest = min((part.level for part in parts if part.level in LEVELS), key=LEVELS.index)
        for stored in parts:
            part = Part(stored.period, stored.level, stored.dimension, stored.key)
            if part.dimension and (part.period, part.level) != (release.period, highest):
                continue
            was = _figures(await _rows_of(connection, release, part))
            computed = await compute_parts(connection, release, [part], as_of=as_of, from_cells=False)
            now = _figures(computed[part])
            checked += len(was)
            differences += [
                _difference(release, part, now.get(key), was.get(key)) | {"region": key[0], "source": key[1]}
                for key in sorted(was.keys() | now.keys())
                if was.get(key) != now.get(key)
            ]
    return Check("stats.releases = as of their positions", checked, differences[:MAX_DIFFERENCES])


def _figures(rows: Iterable[Row]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """By division and source. Quality blocks are not compared: what is parked is known as it stands now only."""
    return {(row.region, row.source): row.figures for row in rows if row.source != QUALITY}


async def _rows_of(connection: AsyncConnection, release: Release, part: Part) -> list[Row]:
    named = {
        "release_id": release.release_id, "period": part.period, "level": part.level,
        "dimension": part.dimension, "key": part.key,
    }  # fmt: skip
    return [Row(*row) for row in (await connection.execute(releases.ROWS_OF_PART, named)).all()]


def _difference(release: Release, part: Part | None, expected: Any, stored: Any) -> dict[str, Any]:
    place = {} if part is None else {"period": part.period, "level": part.level, "narrowed": part.key}
    return {"release_id": release.release_id, **place, "expected": expected, "stored": stored}
