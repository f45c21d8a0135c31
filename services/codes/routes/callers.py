"""Who may call a route, as types of its signature, and what every route works with."""

from typing import Annotated

from fastapi import Depends, Request

from services.codes.privacy import PersonKeys
from services.codes.service.codes import READ_SCOPE
from services.kit.auth import Caller, caller_with
from services.kit.database import Database
from services.kit.errors import NotAllowed

Officer = Annotated[Caller, Depends(caller_with("registry:write"))]
Reader = Annotated[Caller, Depends(caller_with(READ_SCOPE))]

_reader = caller_with(READ_SCOPE)


async def _reader_or_nobody(request: Request) -> Caller | None:
    """The caller if a token is sent that may read the registry; a token that is not valid is still refused (401)."""
    if "authorization" not in request.headers:
        return None
    try:
        return await _reader(request)
    except NotAllowed:
        return None


Anybody = Annotated[Caller | None, Depends(_reader_or_nobody)]


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _person_keys(request: Request) -> PersonKeys:
    keys: PersonKeys = request.app.state.person_keys
    return keys


Storage = Annotated[Database, Depends(_database)]
Keys = Annotated[PersonKeys, Depends(_person_keys)]
