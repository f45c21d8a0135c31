"""``/console``: find a subject, send a roster, print; and the latest rosters."""

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.kit import clock
from services.web.console.registry import Registry
from services.web.console.roster_routes import saved, to_roster
from services.web.console.uploads import Upload, read_upload
from services.web.console.visits import Officer, OfficersRoute, Registered, Shown
from services.web.errors import ApiRefused
from services.web.pages import Pages
from services.web.session import Visitor, check_form

router = APIRouter(include_in_schema=False, route_class=OfficersRoute)

KINDS = ("household", "cooperative", "enterprise")
DATED = ("region", "persons", "status", "members_bp")
"""Fields whose changed values may be errors that are corrected."""
_TERMS = ("kind", "region", "as_of", "mode")
_CAN_BE_MENDED = {400, 403, 409, 413, 422}


@router.get("/console")
async def start(request: Request, registry: Registered, visitor: Officer, pages: Shown) -> Response:
    """The forms, empty."""
    return await _start(request, pages, registry, visitor)


@router.get("/console/find")
@router.get("/console/print")
@router.get("/console/rosters")
async def nothing_sent(request: Request) -> Response:
    """What a form sent is in no address: whoever comes back to one, or wants it in another language, begins anew."""
    query = request.url.query
    return RedirectResponse(f"/console?{query}" if query else "/console", status_code=303)


@router.post("/console/rosters")
async def upload(request: Request, registry: Registered, visitor: Officer, pages: Shown) -> Response:
    """Take a file in and go to its preview; what can be mended is said above the form."""
    await registry.rosters(limit=1)  # whoever may not read them is refused before the file is read
    async with read_upload(request) as form:
        check_form(request, form.field("form_token"))
        terms = {name: form.field(name) for name in _TERMS}
        corrections = form.fields.get("corrections", [])
        try:
            taken = await registry.upload({**terms, "corrections": corrections}, form.pieces(), form.size)
        except ApiRefused as refused:
            if refused.status not in _CAN_BE_MENDED:
                raise
            return await _start(request, pages, registry, visitor, refused=refused, form=form)
    ignored = "、".join(taken.ignored_columns)[:1000]
    return to_roster(taken.roster_id, again="1" if taken.already_uploaded else "", ignored=ignored)


@router.get("/console/template.xlsx")
async def template(registry: Registered, kind: str = "household", layout: str = "household") -> Response:
    """A workbook to fill in."""
    return saved(await registry.template(kind, layout))


async def _start(
    request: Request,
    pages: Pages,
    registry: Registry,
    visitor: Visitor,
    *,
    refused: ApiRefused | None = None,
    form: Upload | None = None,
) -> Response:
    rosters, regions = await asyncio.gather(registry.rosters(), registry.regions_of(visitor.regions))
    names = {region.code: region.name for region in regions}
    names |= await registry.names(roster.region for roster in rosters if roster.region not in names)
    return pages.render(
        request,
        "console/start.html",
        status=refused.status if refused else 200,
        trouble=refused.detail if refused else "",
        entered={name: form.field(name) if form else "" for name in _TERMS},
        corrections=form.fields.get("corrections", []) if form else [],
        rosters=rosters,
        regions=regions,
        names=names,
        kinds=KINDS,
        dated=DATED,
        today=clock.business_day(clock.now()).isoformat(),
    )
