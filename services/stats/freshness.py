"""When an answer is the same as before: figures follow from positions and a few facts beside the feeds, so these are
what their entity tags are made of.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from services.kit.auth import Caller
from services.kit.database import Database
from services.stats.queries import context
from services.stats.release.books import find_release
from services.stats.release.reading import region_of
from services.stats.tabular import Answering, Format, Table
from services.stats.vintage import Vintage

Model = TypeVar("Model", bound=BaseModel)


async def answer_from(
    request: Request,
    caller: Caller,
    database: Database,
    *,
    form: Format,
    vintage: Vintage,
    compute: Callable[[], Awaitable[Model]],
    table: Callable[[Model], Table | Sequence[Table]],
) -> Response:
    """An answer in the form wanted; 304 without computing anything if the caller has it.

    The state is read before and after the figures: in between lies their snapshot, and a state never comes back. If it
    moved meanwhile, the answer has no tag.
    """
    rights = [*sorted(caller.scopes), *sorted(caller.regions), caller.platform or ""]
    if vintage.release_id is not None:
        async with database.snapshot() as connection:
            release = await find_release(connection, caller, vintage.release_id)
            tree = region_of(release)
            names = (await connection.execute(context.NAMES, {"lowest": tree.lowest, "highest": tree.highest})).one()
        books = (release.digest, release.reviewer, release.published_at)
        words = [*rights, *(str(word) for word in (*books, *names))]
        # Until it is approved, nobody knows yet when it is published, and by whom it was approved.
        answering = Answering(request, form, words, immutable=release.published_at is not None)
        return answering.not_modified() if answering.is_current else await _computed(answering, compute, table)
    return await answer_while(request, caller, database, form=form, compute=compute, table=table)


async def answer_while(
    request: Request,
    caller: Caller,
    database: Database,
    *,
    form: Format,
    compute: Callable[[], Awaitable[Model]],
    table: Callable[[Model], Table | Sequence[Table]],
) -> Response:
    """The same for what is of no vintage, or of one that the question names itself."""
    rights = [*sorted(caller.scopes), *sorted(caller.regions), caller.platform or ""]
    before = await read_state(database)
    answering = Answering(request, form, [*rights, *before])
    if answering.is_current:
        return answering.not_modified()
    response = await _computed(answering, compute, table)
    if await read_state(database) != before:
        del response.headers["ETag"]
    return response


async def _computed(
    answering: Answering,
    compute: Callable[[], Awaitable[Model]],
    table: Callable[[Model], Table | Sequence[Table]],
) -> Response:
    model = await compute()
    return await answering.answer(model, lambda: table(model))


async def read_state(database: Database) -> list[str]:
    """All that present answers follow from."""
    async with database.transaction() as connection:
        row = (await connection.execute(context.STATE)).one()
    return [str(value) for value in row]
