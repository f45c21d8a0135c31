"""``/console/rosters/…``: look at the preview, decide what is in doubt, commit, see who is missing."""

import asyncio
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.web.api import TableFile
from services.web.console.visits import Fields, OfficersRoute, Registered, Shown

router = APIRouter(include_in_schema=False, route_class=OfficersRoute)

STATUSES = ("new", "changed", "unchanged", "duplicate_of_registered", "held", "duplicate_in_file", "invalid")
_SEE_OTHER = 303


@router.get("/console/rosters/{roster_id}")
async def roster(
    *,
    request: Request,
    roster_id: str,
    registry: Registered,
    pages: Shown,
    status: str = "",
    after: str = "",
    again: str = "",
    ignored: str = "",
) -> Response:
    """How a roster stands, and its rows by what will become of them."""
    found = await registry.roster(roster_id)
    chosen = status if status in STATUSES else ""
    page = None if found.works else await registry.rows(roster_id, status=chosen, after=after)
    named = [code for row in page.rows for code in row.divisions] if page else []
    return pages.render(
        request,
        "console/roster.html",
        roster=found,
        page=page,
        names=await registry.names([found.region, *named]),
        chosen=chosen,
        after=after,
        statuses=[one for one in STATUSES if found.counts.get(one)],
        again=bool(again),
        ignored=ignored,
        address=lambda **query: roster_address(roster_id, **query),
    )


@router.post("/console/rosters/{roster_id}/commit")
async def commit(roster_id: str, _form: Fields, registry: Registered) -> Response:
    """Write what is good into the registry."""
    await registry.act(f"/rosters/{quote(roster_id, safe='')}/commit")
    return to_roster(roster_id)


@router.post("/console/rosters/{roster_id}/discard")
async def discard(roster_id: str, _form: Fields, registry: Registered) -> Response:
    """Give up what is not committed."""
    await registry.act(f"/rosters/{quote(roster_id, safe='')}/discard")
    return to_roster(roster_id)


@router.post("/console/rosters/{roster_id}/rows/{row}")
async def decide(roster_id: str, row: int, form: Fields, registry: Registered) -> Response:
    """Decide about a row, and go on where it stood."""
    decided = {name: form[name] for name in ("decision", "region") if form.get(name)}
    await registry.act(f"/rosters/{quote(roster_id, safe='')}/rows/{row}", decided)
    return to_roster(roster_id, status=form.get("status", ""), after=form.get("after", ""))


@router.get("/console/rosters/{roster_id}/missing")
async def missing(*, request: Request, roster_id: str, registry: Registered, pages: Shown, after: str = "") -> Response:
    """Who is registered and stands in no row of a full roster."""
    found, page = await asyncio.gather(registry.roster(roster_id), registry.missing(roster_id, after=after))
    names = await registry.names([found.region, *(one.region for one in page.missing)])
    return pages.render(
        request, "console/missing.html", roster=found, page=page, names=names, back=roster_address(roster_id)
    )


@router.get("/console/rosters/{roster_id}/results.csv")
async def results(roster_id: str, registry: Registered) -> Response:
    """All rows with their verdicts, to save."""
    return saved(await registry.results(roster_id))


def saved(file: TableFile) -> Response:
    """A file to save, kept by no cache."""
    return Response(file.body, headers={**file.headers, "Cache-Control": "no-store"})


def roster_address(roster_id: str, **query: str) -> str:
    """Where a roster is looked at."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"/console/rosters/{quote(roster_id, safe='')}" + (f"?{asked}" if asked else "")


def to_roster(roster_id: str, **query: str) -> Response:
    """The way to a roster, after something was done."""
    return RedirectResponse(roster_address(roster_id, **query), status_code=_SEE_OTHER)
