"""``/console/stations`` and ``/console/objections``: stations, their phones and operators; what households say."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.kit import clock
from services.web.console.registry import Registry
from services.web.console.station_answers import Invitation
from services.web.console.visits import Fields, Officer, OfficersRoute, Registered, Shown
from services.web.pages import Pages

router = APIRouter(include_in_schema=False, route_class=OfficersRoute)

TYPES = ("service_station", "convenience_centre", "logistics_point", "county_centre", "other")
_SEE_OTHER = 303


@router.get("/console/stations")
async def stations(
    *, request: Request, registry: Registered, visitor: Officer, pages: Shown, region: str = "", after: str = ""
) -> Response:
    """The stations of a division, and the form for another."""
    place = region.strip() or next(iter(visitor.regions), "")
    page = await registry.stations(region=place, after=after)
    names = await registry.names(one.region for one in page.stations)
    today = clock.business_day(clock.now()).isoformat()
    return pages.render(
        request, "console/stations.html", page=page, names=names, region=place, types=TYPES, today=today
    )


@router.post("/console/stations")
async def register(form: Fields, registry: Registered) -> Response:
    """Register a station."""
    body = {name: form.get(name, "").strip() for name in ("station", "name", "region", "type", "registered_on")}
    await registry.act("/stations", body)
    return _to(body["station"])


@router.get("/console/stations/{station}")
async def station(request: Request, station: str, registry: Registered, pages: Shown) -> Response:
    """A station, its phones, operators and closures."""
    return await _show(request, pages, registry, station)


@router.post("/console/stations/{station}/enrolments")
async def invite(request: Request, station: str, form: Fields, registry: Registered, pages: Shown) -> Response:
    """Show the code with which one phone enrols, this once."""
    invited = await registry.invite(station, form.get("label", ""))
    return await _show(request, pages, registry, station, invited=invited)


@router.get("/console/stations/{station}/enrolments")
async def not_shown_again(request: Request, station: str) -> Response:
    """Whoever comes back to the address of what was shown once gets the station's page."""
    return _to(station, request.url.query)


@router.post("/console/stations/{station}/changes")
async def change(station: str, form: Fields, registry: Registered) -> Response:
    """Suspend, close or open it again."""
    await registry.act(f"/stations/{quote(station, safe='')}/changes", _said(form, "status", "reason"))
    return _to(station)


@router.post("/console/stations/{station}/operators")
async def add_operator(station: str, form: Fields, registry: Registered) -> Response:
    """Say who works there, by a work number."""
    await registry.act(f"/stations/{quote(station, safe='')}/operators", _said(form, "operator", "valid_from"))
    return _to(station)


@router.post("/console/stations/{station}/closures")
async def close(station: str, form: Fields, registry: Registered) -> Response:
    """Declare days on which it is closed."""
    body = _said(form, "valid_from", "valid_to", "reason")
    await registry.act(f"/stations/{quote(station, safe='')}/closures", body)
    return _to(station)


@router.post("/console/stations/{station}/devices/{device}/disable")
async def disable(station: str, device: str, form: Fields, registry: Registered) -> Response:
    """Disable a phone, at once and for ever."""
    path = f"/stations/{quote(station, safe='')}/devices/{quote(device, safe='')}/disable"
    await registry.act(path, _said(form, "reason"))
    return _to(station)


@router.get("/console/objections")
async def objections(*, request: Request, registry: Registered, pages: Shown, after: str = "") -> Response:
    """What households object to and nobody has answered yet."""
    page = await registry.objections(after=after)
    return pages.render(request, "console/objections.html", page=page)


@router.post("/console/objections/{objection_id}")
async def answer(objection_id: str, form: Fields, registry: Registered) -> Response:
    """Answer one."""
    await registry.act(f"/statements/objections/{quote(objection_id, safe='')}/answer", _said(form, "text"))
    return RedirectResponse("/console/objections", status_code=_SEE_OTHER)


async def _show(
    request: Request, pages: Pages, registry: Registry, station: str, *, invited: Invitation | None = None
) -> Response:
    found = await registry.station(station)
    return pages.render(
        request,
        "console/station.html",
        found=found,
        names=await registry.names([found.region]),
        invited=invited,
        today=clock.business_day(clock.now()).isoformat(),
    )


def _said(form: dict[str, str], *names: str) -> dict[str, str]:
    return {name: form.get(name, "").strip() for name in names}


def _to(station: str, query: str = "") -> Response:
    address = f"/console/stations/{quote(station, safe='')}"
    return RedirectResponse(f"{address}?{query}" if query else address, status_code=_SEE_OTHER)
