"""When an answer is the same as before: figures follow from positions and a few facts beside the feeds, so these are
what their entity tags are made of.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.database import Database
from services.stats.queries import context
from services.stats.release.books import find_release
from services.stats.release.reading import region_of
from services.stats.tabular import Answering, Format, Table
from services.stats.vintage import NOW, Vintage

Model = TypeVar("Model", bound=BaseModel)


async def answer_from(
    request: Request,
    caller: Caller,
    database: Database,
    *,
    form: Format,
    compute: Callable[[AsyncConnection], Awaitable[Model]],
    table: Callable[[Model], Table | Sequence[Table]],
    vintage: Vintage = NOW,
) -> Response:
    """An answer in the form wanted; 304 without computing anything if the caller has it.

    What it follows from is read in the snapshot of its figures, and so is what its tag is made of.
    """
    async with database.snapshot() as connection:
        answering = await _read_answering(connection, request, caller, form, vintage)
        if answering.is_current:
            return answering.not_modified()
        model = await compute(connection)
    return await answering.answer(model, lambda: table(model))


async def _read_answering(
    connection: AsyncConnection, request: Request, caller: Caller, form: Format, vintage: Vintage
) -> Answering:
    rights = [*sorted(caller.scopes), *sorted(caller.regions), caller.platform or ""]
    if vintage.release_id is None:
        return Answering(request, form, [*rights, *await read_state(connection)])
    release = await find_release(connection, caller, vintage.release_id)
    tree = region_of(release)
    names = (await connection.execute(context.NAMES, {"lowest": tree.lowest, "highest": tree.highest})).one()
    books = (release.digest, release.reviewer, release.published_at)
    # Until it is approved, nobody knows yet when it is published, and by whom it was approved.
    words = [*rights, *(str(word) for word in (*books, *names))]
    return Answering(request, form, words, immutable=release.published_at is not None)


async def read_state(connection: AsyncConnection) -> list[str]:
    """All that present answers follow from, in this snapshot."""
    row = (await connection.execute(context.STATE)).one()
    return [str(value) for value in row]
