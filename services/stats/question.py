"""A question to the cube: which region, which periods, by what, and under which filters."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from services.kit.clock import start_of_day
from services.kit.territory import region_prefix
from services.stats.as_of import AsOf
from services.stats.period import Period, Span
from services.stats.release.release import Release


class By(StrEnum):
    """The dimension of a breakdown."""

    REGION = "region"
    KIND = "kind"
    PLATFORM = "platform"
    CATEGORY = "category"
    STATION = "station"
    BUYER_PROVINCE = "buyer_province"
    TRADE = "trade"
    UNIT = "unit"


MAX_POSITION = 2**63 - 1
DIGITS = {"province": (1, 2), "prefecture": (3, 4), "county": (5, 6), "township": (7, 9), "village": (10, 12)}
"""First and last of the digits of a division code that name a division of a level; the later digits are nought."""
LEVELS = tuple(DIGITS)
REPORTING_UNIT = "reporting_unit"


@dataclass(frozen=True, slots=True)
class Region:
    """A division, or a reporting unit (``level`` is ``reporting_unit``), which is a tree or a list of divisions."""

    code: str
    name: str
    level: str
    tree: str = ""
    """The division that a reporting unit is the same as; ``""`` for divisions themselves."""
    places: tuple[str, ...] = ()
    """The divisions whose subjects and households a reporting unit that is no tree consists of, ascending."""

    @property
    def root(self) -> str:
        """The division at the root of its tree; of a list, the first."""
        return self.places[0] if self.places else self.tree or self.code

    @property
    def depth(self) -> str:
        """The level of divisions that it stands beside."""
        return "prefecture" if self.level == REPORTING_UNIT else self.level

    @property
    def lowest(self) -> str:
        """The smallest code in it: of a tree, its root's."""
        return self.root

    @property
    def highest(self) -> str:
        """The largest code that it can hold."""
        return self.places[-1] if self.places else region_prefix(self.root).ljust(12, "9")

    def bounds(self) -> dict[str, Any]:
        """What statements tell the divisions in it by. Between the bounds of a list lie divisions of others too, so a
        statement has to read ``places`` beside them.
        """
        return {"lowest": self.lowest, "highest": self.highest, "places": list(self.places) or None}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the figures are narrowed to; ``None`` where they are not."""

    kind: str | None = None
    platform: str | None = None
    category: str | None = None
    station: str | None = None
    buyer_province: str | None = None
    trade: str | None = None
    unit: str | None = None
    """Of quantities only, which are never summed across unlike units."""

    def in_use(self) -> dict[str, str]:
        """The filters that narrow something."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every figure. ``level`` is the level whose divisions are told apart, or the region's own."""

    region: Region
    periods: Sequence[Period]
    filters: Filters = Filters()
    by: By | None = None
    level: str = ""
    as_of: AsOf | None = None
    """As which position the figures are asked for; None: as far as the cube has come."""
    release: Release | None = None
    """Of which release they are asked for; None: of the cube."""
    read: dict[Any, list[Any]] = field(default_factory=dict, compare=False, repr=False)
    """Rows that have been read for it already, in its own snapshot."""

    @property
    def is_by_line(self) -> bool:
        """Whether the cells cannot answer it, so that the lines themselves are read."""
        filters = self.filters
        unusual = filters.station or filters.buyer_province or filters.trade
        return bool(self.as_of or unusual or self.region.places or self.by in {By.STATION, By.BUYER_PROVINCE, By.TRADE})

    @property
    def asks_cells_of_households(self) -> bool:
        """Whether cells of what households and codes add up to may answer it: as of now, and of a list of divisions
        only as a whole.
        """
        return self.as_of is None and not (self.region.places and self.by is By.REGION)

    def parts(self) -> dict[str, list[Any]]:
        """The region as cells that add up to it, each with how often it counts.

        Of a list a division that is no village counts for what is seated in it but in no division below.
        """
        level = self.level or self.region.depth
        found = [(level, self.region.lowest, self.region.highest, 1)]
        if self.region.places:
            found = [part for place in self.region.places for part in _seats(place)]
        names = ("levels", "lows", "highs", "weights")
        return dict(zip(names, map(list, zip(*found, strict=True)), strict=True))

    def place(self) -> dict[str, Any]:
        """Region and filters as statements take them; a statement leaves aside what it does not name."""
        level = self.level or self.region.depth
        first_digit, last_digit = DIGITS[level]
        return {
            "level": level,
            **self.region.bounds(),
            "digits": last_digit,
            "first_digit": first_digit,
            "width": last_digit - first_digit + 1,
            **asdict(self.filters),
        }

    def spans(self) -> dict[str, list[Any]]:
        """The periods as whole months and edge days."""
        return span_arrays(self.periods)

    def cells(self) -> dict[str, list[Any]]:
        """The periods as whole years, months and edge days."""
        return _arrays([(period.label, span) for period in self.periods for span in period.cells()])

    def units(self) -> dict[str, list[Any]]:
        """Those of the periods that are a whole day, month or year, as one span each."""
        whole = [(period, period.unit) for period in self.periods if period.unit]
        return {
            "labels": [period.label for period, _ in whole],
            "grains": [unit for _, unit in whole],
            "firsts": [period.first for period, _ in whole],
            "pasts": [period.past for period, _ in whole],
        }

    def running(self) -> dict[str, list[Any]]:
        """Those of the periods that running sums of households' incomes answer, as one span each."""
        named = [
            (period, period.running) for period in self.periods if period.running and self.asks_cells_of_households
        ]
        return {
            "labels": [period.label for period, _ in named],
            "grains": [grain for _, grain in named],
            "firsts": [period.first for period, _ in named],
            "pasts": [period.past for period, _ in named],
        }

    def counted_now(self) -> "Question":
        """The same for the other periods."""
        if not self.asks_cells_of_households:
            return self
        return replace(self, periods=[period for period in self.periods if not period.running])

    def ends(self) -> dict[str, list[Any]]:
        """The moment at which each period ends."""
        return {
            "labels": [period.label for period in self.periods],
            "ends": [start_of_day(period.past) for period in self.periods],
        }

    def position(self) -> dict[str, int]:
        """The positions of both feeds up to which rows count."""
        if self.as_of is None:
            return {"position": MAX_POSITION, "registry_position": MAX_POSITION}
        return {"position": self.as_of.position, "registry_position": self.as_of.registry_position}

    def days_then(self) -> dict[str, Any]:
        """What has to be left out of households' days and added to them; nothing for the present."""
        if self.as_of is None:
            return {}
        return {"block": self.as_of.block, "registry_position": self.as_of.registry_position, **self.as_of.moved}

    def days(self) -> dict[str, Any]:
        """The periods as plain days, and all days that they lie in."""
        return {
            "earliest": min(period.first for period in self.periods),
            "latest": max(period.past for period in self.periods),
            "labels": [period.label for period in self.periods],
            "firsts": [period.first for period in self.periods],
            "pasts": [period.past for period in self.periods],
        }


def _seats(place: str) -> list[tuple[str, str, str, int]]:
    """Cells that add up to what is seated in a division itself."""
    prefix = region_prefix(place)
    depth = [last_digit for _, last_digit in DIGITS.values()].index(len(prefix))
    own = (LEVELS[depth], place, place, 1)
    return [own] if depth == len(LEVELS) - 1 else [own, (LEVELS[depth + 1], place, prefix.ljust(12, "9"), -1)]


def span_arrays(periods: Sequence[Period]) -> dict[str, list[Any]]:
    """Spans of several periods as the parallel arrays that statements take."""
    return _arrays([(period.label, span) for period in periods for span in period.spans()])


def signed_arrays(periods: Sequence[Period]) -> dict[str, list[Any]]:
    """The same with fewer days, some of them taken off a whole month (``signs``)."""
    spans = [(period.label, span) for period in periods for span in period.signed_spans()]
    return {**_arrays(spans), "signs": [span.sign for _, span in spans]}


def _arrays(spans: Sequence[tuple[str, Span]]) -> dict[str, list[Any]]:
    return {
        "labels": [label for label, _ in spans],
        "grains": [span.grain for _, span in spans],
        "firsts": [span.first for _, span in spans],
        "pasts": [span.past for _, span in spans],
    }
