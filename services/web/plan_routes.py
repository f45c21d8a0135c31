"""The pages of the plan's targets, of stations and of products: for those who may see them live."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.kit import clock
from services.web.api import PublicApi
from services.web.divisions import PROVINCE_CODE, is_division_code
from services.web.figures import percent, read_figure
from services.web.pages import Pages
from services.web.periods import Period, parse_period
from services.web.session import Visitor
from services.web.visits import NoSuchFigures, for_visitor

PLAN_YEARS = (2019, 2020)
PROVINCE = "province"
SHOWN_STATIONS = 60
BAR = 1000
"""Units across a bar."""


def plan_routes(api: PublicApi, pages: Pages) -> APIRouter:
    """The routes ``/dashboard/targets``, ``/dashboard/stations`` and ``/dashboard/products``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/dashboard/targets")
    async def targets(request: Request, year: str = "", unit: str = "") -> Response:
        """How far each target has come: by unit and department, what is counted beside what is reported."""
        asked = parse_period(year)
        chosen = asked.year if asked is not None and asked.unit == "year" else PLAN_YEARS[-1]

        async def ask(visitor: Visitor) -> dict[str, Any]:
            found = await api.targets(visitor.token, year=chosen)
            rows = {(row.unit, row.indicator): row for row in found.rows}
            of_units = list(dict.fromkeys(row.indicator for row in found.rows if _is_of_units(row.unit, row.target)))
            shown = unit if any(one.unit == unit for one in found.units) else PROVINCE
            known = [row for row in found.rows if row.unit == shown] or [
                row for row in found.rows if found.units and row.unit == found.units[0].unit
            ]
            return {
                "found": found, "rows": rows, "of_units": of_units, "unit": known[0].unit if known else shown,
                "asked": [row for row in known if row.target is not None],
                "listed": [row for row in known if row.target is None and row.actual is not None],
                "years": PLAN_YEARS,
                "address": lambda **changes: _address("targets", {"year": chosen, "unit": unit, **changes}),
            }  # fmt: skip

        return await _page(request, pages, "targets.html", ask)

    @router.get("/dashboard/stations")
    async def stations(request: Request, region: str = "", period: str = "") -> Response:
        """What stations do, which need a call, and what they cover."""

        async def ask(visitor: Visitor) -> dict[str, Any]:
            place, chosen = _place(visitor, region), _period(period)
            found = await api.stations(visitor.token, region=place, period=str(chosen), limit=SHOWN_STATIONS)
            return {
                "found": found, "board": _Board(chosen), "year": chosen.year,
                "address": lambda **changes: _address("stations", {"region": place, "period": chosen, **changes}),
            }  # fmt: skip

        return await _page(request, pages, "stations.html", ask)

    @router.get("/dashboard/products")
    async def products(request: Request, region: str = "", period: str = "", category: str = "") -> Response:
        """What is sold, what rises and falls, when it sells, and what the next months may bring."""

        async def ask(visitor: Visitor) -> dict[str, Any]:
            place, chosen = _place(visitor, region), _period(period)
            found = await api.products(visitor.token, region=place, period=str(chosen))
            names = {row.category: row.name or row.category for row in found.rows}
            detail = None
            if category in names:
                detail = await api.products(visitor.token, region=place, period=str(chosen), category=category)
            return {
                "found": found, "detail": detail, "category": category, "names": names,
                "board": _Board(chosen), "year": chosen.year,
                "address": lambda **changes: _address(
                    "products", {"region": place, "period": chosen, "category": category, **changes}
                ),
            }  # fmt: skip

        return await _page(request, pages, "products.html", ask)

    return router


class _Board:
    """What the period picker reads."""

    def __init__(self, period: Period) -> None:
        self.period = period
        self.held = None


def _is_of_units(unit: str, target: object) -> bool:
    return unit != PROVINCE and target is not None


def _place(visitor: Visitor, region: str) -> str:
    place = region or next(iter(visitor.regions), PROVINCE_CODE)
    if not is_division_code(place):
        raise NoSuchFigures
    return place


def _period(text: str) -> Period:
    chosen = parse_period(text or str(clock.business_day(clock.now()).year))
    if chosen is None:
        raise NoSuchFigures
    return chosen


def _address(page: str, query: dict[str, Any]) -> str:
    return f"/dashboard/{page}?" + urlencode({name: value for name, value in query.items() if value})


def bar_width(share: str | None) -> int:
    """How long a bar of :data:`BAR` units is for a share such as ``"0.7310"``; full from 1 on."""
    return 0 if share is None else int(max(Decimal(0), min(Decimal(share), Decimal(1))) * BAR)


async def _page(
    request: Request, pages: Pages, template: str, ask: Callable[[Visitor], Awaitable[dict[str, Any]]]
) -> Response:
    async def answer(visitor: Visitor) -> Response:
        values = await ask(visitor)
        shown = {"bar_width": bar_width, "bar": BAR, "percent": lambda share: percent(read_figure(share)), **values}
        return pages.render(request, template, number=lambda value: read_figure(value).text, **shown)

    return await for_visitor(request, pages, answer)
