"""How long a station has been silent, and how healthy it looks, with the reasons. Pure.

A score is no judgement on people: it starts at 100, and each sign that somebody should call takes off so many points.
The points are this file's; every answer names them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

FULL_SCORE = 100
SHARE_SCALE = 10_000

Days = tuple[date, date]
"""From the first day to before the second."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that is noticed: its stable word, the points that it takes, and what it says to people."""

    name: str
    points: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of a station in the period."""

    status: str
    scans: int
    working_scans: int
    """Those that are more than a look at a code, and orders that came through it."""
    offline: int
    not_valid: int
    longest_queue_seconds: int
    largest_skew_ms: int
    silent_days: int
    """Up to the period's end; see :func:`silent_days`."""
    ever_heard: bool


def silent_days(last_heard: date | None, since: date, until: date, quiet: Iterable[Days]) -> int:
    """Days after the station was last heard of (or from its first day, ``since``, on) up to and with ``until``.

    Days on which it was closed, and seasons without harvest (``quiet``), are no silence; where they overlap they count
    once.
    """
    first = since if last_heard is None or last_heard < since else last_heard + timedelta(days=1)
    past = until + timedelta(days=1)
    silent = max(0, (past - first).days)
    reached = first
    for begin, end in sorted(quiet):
        begin, end = max(begin, reached), min(end, past)  # noqa: PLW2901 - cut to what is looked at
        if begin < end:
            silent -= (end - begin).days
            reached = end
    return silent


_SILENCE = ((60, 60), (30, 40), (14, 20), (7, 10))
_OFFLINE = ((8_000, 15), (5_000, 8))
_NOT_VALID = ((2_000, 20), (500, 10))
_QUEUE_DAYS = ((14, 20), (3, 10))
_SKEW_MINUTES = ((24 * 60, 15), (10, 5))
_SECONDS_A_DAY = 86_400
_MS_A_MINUTE = 60_000


def signs_of(work: Work) -> list[Sign]:
    """What is noticed of an active station, the gravest first."""
    found: list[Sign] = []
    if not work.ever_heard and work.silent_days:
        days = work.silent_days
        found.append(Sign("never_heard", 60, f"登记 {days} 天以来从无扫码", f"never heard of in {days} days"))
    elif points := _points(work.silent_days, _SILENCE):
        days = work.silent_days
        found.append(Sign("silent", points, f"已 {days} 天无扫码(不含歇业和淡季)", f"silent for {days} open days"))
    if work.scans:
        found += _signs_of_scans(work)
    days = work.longest_queue_seconds // _SECONDS_A_DAY
    if points := _points(days, _QUEUE_DAYS):
        found.append(Sign("late_uploads", points, f"扫码最长滞留 {days} 天才上传", f"scans waited up to {days} days"))
    minutes = work.largest_skew_ms // _MS_A_MINUTE
    if points := _points(minutes, _SKEW_MINUTES):
        found.append(Sign("clock", points, f"设备时钟偏差达 {minutes} 分钟", f"a clock is off by {minutes} minutes"))
    return sorted(found, key=lambda sign: -sign.points)


def _signs_of_scans(work: Work) -> list[Sign]:
    found = []
    offline = work.offline * SHARE_SCALE // work.scans
    if points := _points(offline, _OFFLINE):
        found.append(Sign("offline", points, f"{offline // 100}% 为离线扫码", f"{offline // 100} % of scans offline"))
    bad = work.not_valid * SHARE_SCALE // work.scans
    if points := _points(bad, _NOT_VALID):
        found.append(Sign("bad_codes", points, f"{bad // 100}% 的码无效", f"{bad // 100} % of codes not valid"))
    if not work.working_scans:
        found.append(Sign("only_looks", 10, "只查码,无业务", "only looks at codes, does no business"))
    return found


def score(work: Work, signs: Sequence[Sign]) -> int | None:
    """100 less all points, at least 0; None for a station that is not active: there is nothing to score."""
    if work.status != "active":
        return None
    return max(0, FULL_SCORE - sum(sign.points for sign in signs))


def _points(value: int, thresholds: Sequence[tuple[int, int]]) -> int:
    """The points of the first threshold that ``value`` is above."""
    return next((points for threshold, points in thresholds if value > threshold), 0)
