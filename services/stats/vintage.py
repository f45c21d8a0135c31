"""As of when figures are asked for: as far as the cube has come, as known at a moment, or as a release has them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.stats.as_of import AsOf, as_of_moment, as_of_position
from services.stats.errors import InvalidMoment, NotFrozenYet
from services.stats.figures import SOURCES, Figures
from services.stats.question import Question
from services.stats.release.books import find_release
from services.stats.release.reading import released_figures, watermark_of
from services.stats.release.release import Release
from services.stats.watermark import Watermark, read_watermark


@dataclass(frozen=True, slots=True)
class Vintage:
    """What a caller asks for: nothing of both is the present."""

    moment: datetime | None = None
    release_id: int | None = None

    def parameters(self) -> dict[str, str]:
        """As it stands in the path of another question of the same vintage."""
        asked = {"as_of": self.moment and self.moment.isoformat(), "release": self.release_id}
        return {name: str(value) for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Known:
    """What figures of a vintage are read by."""

    watermark: Watermark
    as_of: AsOf | None = None
    release: Release | None = None


NOW = Vintage()


async def read_vintage(connection: AsyncConnection, caller: Caller, vintage: Vintage) -> Known:
    """The positions, or the release, that a vintage means.

    Raises :class:`InvalidMoment` for a moment and a release at once, or one to come, and :class:`NoSuchRelease`.
    """
    if vintage.release_id is not None:
        if vintage.moment is not None:
            raise InvalidMoment("as_of 与 release 只能取其一 / Either as_of or release: a release has its own position")
        release = await find_release(connection, caller, vintage.release_id)
        if release.frozen_at is None:
            raise NotFrozenYet("发布仍在计算 / The release is still being computed")
        return Known(watermark_of(release), release=release)
    as_of = await as_of_moment(connection, vintage.moment) if vintage.moment else None
    return Known(await read_watermark(connection, as_of), as_of=as_of)


async def read_position(connection: AsyncConnection, caller: Caller, vintage: Vintage) -> Known:
    """The same for who asks what a figure is made of: a release is made of what was known at its positions.

    Raises what :func:`read_vintage` does.
    """
    known = await read_vintage(connection, caller, vintage)
    if known.release is None:
        return known
    as_of = await as_of_position(connection, known.watermark.position, known.watermark.registry_position)
    return Known(known.watermark, as_of=as_of)


async def read_source(connection: AsyncConnection, source: str, question: Question) -> Figures:
    """The figures of one source: of the cube, or of the question's release."""
    if question.release is not None:
        return await released_figures(connection, question.release, source, question)
    return await SOURCES[source](connection, question)
