"""``/console/find`` and ``/console/codes/…``: whose code it is, how it stands, its cards; and what an officer does."""

import asyncio
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.web.codes import normal_code
from services.web.console.registry import Registry
from services.web.console.visits import Fields, OfficersRoute, Registered, Shown
from services.web.pages import Pages

router = APIRouter(include_in_schema=False, route_class=OfficersRoute)

BY = ("code", "external_id", "id_card", "name", "phone")
"""By what a subject is found; all but a code travel in bodies only."""
_ACTS = ("suspend", "reinstate", "revoke")
_SEE_OTHER = 303


@router.post("/console/find")
async def find(request: Request, form: Fields, registry: Registered, pages: Shown) -> Response:
    """Subjects by code, number, name or phone."""
    by, said = form.get("by", ""), form.get("said", "").strip()
    if by == "code":
        return _to(normal_code(said))
    asked = {by if by in BY else "external_id": said}
    asked |= {name: form[name].strip() for name in ("region", "after") if form.get(name, "").strip()}
    found = await registry.find(asked)
    names = await registry.names(one.region for one in found.subjects)
    return pages.render(request, "console/found.html", found=found, names=names, form=form)


@router.get("/console/codes/{code}")
async def one(request: Request, code: str, registry: Registered, pages: Shown) -> Response:
    """A code, its holder and its cards."""
    return await _show(request, pages, registry, code)


@router.post("/console/codes/{code}/cards")
async def another_card(code: str, form: Fields, registry: Registered) -> Response:
    """A first card, or another for one that was lost."""
    body = {name: form[name] for name in ("replaces", "reason") if form.get(name)}
    await registry.act(f"/codes/{quote(code, safe='')}/cards", body)
    return _to(code)


@router.post("/console/codes/{code}/cards/{card_no}/handover")
async def handover(
    *, request: Request, code: str, card_no: str, _form: Fields, registry: Registered, pages: Shown
) -> Response:
    """Show the handover code of a card, this once; that is on record."""
    told = await registry.handover(code, card_no)
    return await _show(request, pages, registry, code, handover=told)


@router.get("/console/codes/{code}/cards/{card_no}/handover")
async def not_told_again(request: Request, code: str, card_no: str) -> Response:  # noqa: ARG001 - nothing is told of it
    """Whoever comes to the address of what was told once, or wants it in another language, gets the code's page."""
    return _to(code, request.url.query)


@router.post("/console/codes/{code}/{act}")
async def change(
    *, request: Request, code: str, act: str, form: Fields, registry: Registered, pages: Shown
) -> Response:
    """Suspend, reinstate or revoke."""
    if act not in _ACTS:
        return pages.message(request, "no_such_page", status=404)
    await registry.act(f"/codes/{quote(code, safe='')}/{act}", {"reason": form.get("reason", "")})
    return _to(code)


async def _show(request: Request, pages: Pages, registry: Registry, code: str, *, handover: str = "") -> Response:
    held = await registry.code(normal_code(code))
    found, cards = await asyncio.gather(registry.find({"code": held.code}), registry.cards(held.code))
    subject = next(iter(found.subjects), None)
    return pages.render(
        request,
        "console/code.html",
        held=held,
        subject=subject,
        names=await registry.names([] if subject is None else [subject.region]),
        cards=cards.cards,
        in_use=next((card for card in reversed(cards.cards) if card.revoked_at is None), None),
        handover=handover,
    )


def _to(code: str, query: str = "") -> Response:
    address = f"/console/codes/{quote(code, safe='')}"
    return RedirectResponse(f"{address}?{query}" if query else address, status_code=_SEE_OTHER)
