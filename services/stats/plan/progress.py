"""How far each target has come: what is counted, what is reported, and the share reached. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.kit.money import round_ratio
from services.stats.indicators import RATE_SCALE, Missing, Value
from services.stats.plan.catalogue import PlanIndicator
from services.stats.plan.record import StatedTarget
from services.stats.plan.reported import Reported

NOT_COUNTED = Missing("not_counted")
NOT_REPORTED = Missing("not_reported")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an indicator in a unit at one moment."""

    label: str
    counted: Value
    reported: Value
    reports: Reported | None = None
    """Of which reports it consists; none where the units' were added up."""
    units_reporting: int | None = None
    """Where the units' reports were added up for the province: how many of them."""

    def actual(self, indicator: PlanIndicator) -> Value:
        """The one that the target is held against."""
        return self.counted if indicator.actual == "counted" else self.reported


@dataclass(frozen=True, slots=True)
class Progress:
    """A row of the answer: an indicator in a unit, and the target for it, if there is one."""

    indicator: PlanIndicator
    unit: str
    target: StatedTarget | None
    asked: int | None
    """What the target comes to: its value, or as many as there are."""
    course: Sequence[Standing]
    """The moments of the trend; the last is the one that was asked about."""
    audiences: Mapping[str, Reported] = field(default_factory=dict)

    @property
    def now(self) -> Standing:
        """How it stands."""
        return self.course[-1]

    @property
    def actual(self) -> Value:
        """What the target is held against."""
        return self.now.actual(self.indicator)

    @property
    def reached_bp(self) -> Value | None:
        """Share of the target that is reached, in ten-thousandths, above 1 too; None where nothing is asked."""
        return share_of(self.actual, self.asked)

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached; None where nothing is asked or nothing is known."""
        share = self.reached_bp
        return None if share is None or isinstance(share, Missing) else share >= RATE_SCALE


def share_of(actual: Value, asked: int | None) -> Value | None:
    """``actual ÷ asked``, rounded down where rounding would make a target that is missed look reached."""
    if asked is None:
        return None
    if isinstance(actual, Missing):
        return actual
    if asked == 0:
        return Missing("zero_denominator")
    share = round_ratio(actual * RATE_SCALE, asked)
    return min(share, RATE_SCALE - 1) if actual < asked else share


@dataclass(frozen=True, slots=True)
class Tally:
    """How many targets a unit or a department has, and how they stand."""

    key: str
    targets: int
    reached: int
    unknown: int
    """Of them: nothing is known."""


def tally(progress: Sequence[Progress], keys_of: Mapping[int, Sequence[str]]) -> list[Tally]:
    """Count rows with a target by the keys of each row (by its place in ``progress``), in the order of the keys."""
    rows: dict[str, list[Progress]] = {}
    for place, row in enumerate(progress):
        if row.asked is not None:
            for key in keys_of[place]:
                rows.setdefault(key, []).append(row)
    return [
        Tally(
            key,
            len(of_key),
            sum(row.is_reached is True for row in of_key),
            sum(row.is_reached is None for row in of_key),
        )
        for key, of_key in rows.items()
    ]
