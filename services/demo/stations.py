"""The demo's stations and a year of what they scan: most work, one falls silent, one is closed for the winter, one has
no network and a wrong clock, so that whoever watches them has something to see.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from services.demo.identities import DEMO_MARK
from services.demo.roster import REGISTERED_ON, Roster
from services.kit.clock import SHANGHAI
from services.kit.money import format_yuan

SCANS_A_STATION: Final = 30
_SILENT, _CLOSED, _TROUBLED = 1, 2, 3
_SILENT_SINCE: Final = date(2019, 7, 1)
_WINTER: Final = (date(2019, 10, 1), date(2020, 3, 1))
_LAST_DAY: Final = date(2019, 12, 31)
_BESIDE: Final = (
    ("logistics_point", "L", "物流点", 2),
    ("county_centre", "C", "县级中心", 3),
    ("convenience_centre", "R", "便民中心", 5),
)
"""Type, letter of its number, name, and beside which of the service stations one stands."""
_PURPOSES: Final = ("goods_received", "parcel_in", "parcel_in", "parcel_out", "parcel_out", "verify", "service")


@dataclass(frozen=True, slots=True)
class DemoStation:
    """A station; ``place`` is its place among the service stations, None for other types."""

    station: str
    name: str
    region: str
    type: str
    place: int | None

    def body(self) -> dict[str, Any]:
        """The request body of ``POST /v1/stations``."""
        return {
            "station": self.station,
            "name": self.name,
            "region": self.region,
            "type": self.type,
            "registered_on": REGISTERED_ON.isoformat(),
        }

    def closure(self) -> dict[str, Any] | None:
        """The request body of ``POST /v1/stations/…/closures``, for the one that is closed in winter."""
        if self.place != _CLOSED:
            return None
        first, past = _WINTER
        return {"valid_from": first.isoformat(), "valid_to": past.isoformat(), "reason": f"冬季歇业{DEMO_MARK}"}


def station_name(place: int) -> str:
    """The number of the ``place``-th service station, counted from 0."""
    return f"DEMO-{place + 1:03d}"


def build_stations(roster: Roster) -> tuple[DemoStation, ...]:
    """A service station beside each cooperative; beside some a logistics point, a county's or a resettlement centre."""
    built: list[DemoStation] = []
    for place, group in enumerate(roster.cooperatives):
        name = f"{group.product.name}服务站{DEMO_MARK}"
        built.append(DemoStation(station_name(place), name, group.region, "service_station", place))
        built += [
            DemoStation(f"DEMO-{letter}{place + 1:03d}", f"{word}{DEMO_MARK}", group.region, kind, None)
            for kind, letter, word, every in _BESIDE
            if place % every == 0
        ]
    return tuple(built)


def scans_of(station: DemoStation, roster: Roster, codes: Mapping[str, str]) -> dict[str, Any] | None:
    """The request body of ``POST /v1/scans`` with a service station's year; None for the other types.

    Goods come from the cooperative next door, so no household is paid by the demo's scans.
    """
    if station.place is None:
        return None
    source = Random(f"scans-{station.station}")  # noqa: S311 - to come out the same
    group = roster.cooperatives[station.place]
    members = roster.members_of()[group.key] or [group.key]
    scans = []
    for number, day in enumerate(_days(station.place, source), start=1):
        purpose = source.choice(_PURPOSES)
        scan: dict[str, Any] = {
            "scan_id": f"{number}",
            "purpose": purpose,
            "code": codes[group.key if purpose == "goods_received" else source.choice(members)],
            "scanned_at": datetime(day.year, day.month, day.day, source.randint(8, 18), tzinfo=SHANGHAI).isoformat(),
            "offline": source.randrange(10) < (9 if station.place == _TROUBLED else 1),
        }
        if purpose == "goods_received":
            quantity = source.randint(1, 20)
            scan |= {
                "category": group.product.category,
                "quantity": str(quantity),
                "unit": group.product.unit,
                "amount_paid": format_yuan(group.product.price_fen * quantity // 2),
            }
        scans.append(scan)
    return {"station": station.station, "scans": scans}


def _days(place: int, source: Random) -> Iterator[date]:
    """The days on which the station scans something, in order."""
    last = {_SILENT: _SILENT_SINCE, _CLOSED: _WINTER[0]}.get(place, _LAST_DAY)
    span = (last - date(2019, 1, 2)).days
    for offset in sorted(source.randrange(span) for _ in range(SCANS_A_STATION)):
        yield date(2019, 1, 2) + timedelta(days=offset)
    if last == _LAST_DAY:
        yield _LAST_DAY
