"""``/v1/stats/statement``: a household's own figures, read at a station while its statement is open."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from services.kit import clock
from services.kit.auth import caller_with
from services.stats.routes.parameters import Stored
from services.stats.schemas.statement import StatementOut
from services.stats.statement import months_between, read_statement, recognise_device
from services.stats.statement_page import PAGE_POLICY, draw_statement

router = APIRouter()

_station = caller_with("scans:write")


async def _actor(request: Request) -> str:
    """Who asks from a station: an enrolled device (``Authorization: Device <device>:<secret>``), or a client whose
    token holds ``scans:write``; under the name that codes put on record when the statement was opened.
    """
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "device":
        return (await _station(request)).client_id
    return await recognise_device(request.app.state.database, credential.strip())


_actor.required_scopes = ("scans:write",)  # type: ignore[attr-defined]

AtStation = Annotated[str, Depends(_actor)]
Grant = Annotated[
    str,
    Header(
        alias="OneCode-Grant",
        pattern="^[A-Za-z0-9_-]{43}$",
        description="The grant that POST /v1/statements answered; never part of an address.",
    ),
]
Month = Annotated[str | None, Query(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$")]
FromMonth = Annotated[Month, Query(alias="from", description="First month, such as 2020-01; by default a year.")]
ToMonth = Annotated[Month, Query(alias="to", description="Last month; by default this one.")]


@router.get("/statement")
async def get_statement(
    *,
    actor: AtStation,
    database: Stored,
    grant: Grant,
    response: Response,
    start: FromMonth = None,
    end: ToMonth = None,
) -> StatementOut:
    """A household's own statement: sold under its code, income by month and basis, payments. Opened with card and PIN
    by ``POST /v1/statements``, for ten minutes and for who opened it; each reading is on record.
    """
    now = clock.now()
    months = months_between(start, end, today=clock.business_day(now))
    response.headers["Cache-Control"] = "no-store"
    return await read_statement(database, actor, grant, months, now=now)


@router.get("/statement/page", response_class=Response, responses={200: {"content": {"text/html": {}}}})
async def print_statement(
    *, actor: AtStation, database: Stored, grant: Grant, start: FromMonth = None, end: ToMonth = None
) -> Response:
    """The same as a page to print on a receipt printer or on A4."""
    now = clock.now()
    months = months_between(start, end, today=clock.business_day(now))
    page = draw_statement(await read_statement(database, actor, grant, months, now=now))
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": PAGE_POLICY}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)
