"""Whether every release is what it was: its rows against the digests of its parts, these against its own."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import clock
from services.kit.verify import MAX_DIFFERENCES, Check
from services.stats.queries import releases
from services.stats.release.release import Part, Release, Row, digest_of_part, digest_of_release


async def check_digests(connection: AsyncConnection) -> Check:
    """Every frozen part and every frozen release, recomputed from the rows."""
    asked = {"now": clock.now(), "period": None, "stage": None, "before": None}
    found = (await connection.execute(releases.RELEASES, asked)).all()
    differences: list[dict[str, Any]] = []
    checked = 0
    for row in found:
        release = Release(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
        parts = (await connection.execute(releases.FROZEN_PARTS, {"release_id": release.release_id})).all()
        digests: list[tuple[Part, str]] = []
        for stored in parts:
            part = Part(stored.period, stored.level, stored.dimension, stored.key)
            digest = await _recomputed(connection, release, part)
            digests.append((part, digest))
            checked += stored.row_count
            if digest != stored.digest:
                differences.append(_difference(release, part, digest, stored.digest))
        if release.digest is not None and (whole := digest_of_release(release, digests)) != release.digest:
            differences.append(_difference(release, None, whole, release.digest))
    return Check("stats.releases = their digests", checked, differences[:MAX_DIFFERENCES])


async def _recomputed(connection: AsyncConnection, release: Release, part: Part) -> str:
    named = {
        "release_id": release.release_id, "period": part.period, "level": part.level,
        "dimension": part.dimension, "key": part.key,
    }  # fmt: skip
    rows = (await connection.execute(releases.ROWS_OF_PART, named)).all()
    return digest_of_part(Row(*row) for row in rows)


def _difference(release: Release, part: Part | None, expected: str, stored: str) -> dict[str, Any]:
    place = {} if part is None else {"period": part.period, "level": part.level, "narrowed": part.key}
    return {"release_id": release.release_id, **place, "expected_digest": expected, "stored_digest": stored}
