"""Rosters of stations as ``POST /v1/rosters`` answers them, and reasons as every roster does."""

from collections import Counter

from services.codes.roster.reasons import MESSAGES, Reason
from services.codes.schemas.rosters import ReasonOut, RosterCounts, StationRosterOut, StationRowOut
from services.codes.service.station_roster import StationRoster, TakenIn


def station_answer(roster: StationRoster, taken: TakenIn) -> StationRosterOut:
    """What became of a roster of stations, or would."""
    counts = Counter(verdict.status.value for verdict in taken.verdicts)
    rows = [
        StationRowOut(
            row=one.row_no,
            station=one.station,
            status=one.status,
            reasons=[reason_out(reason) for reason in one.reasons],
            changed=list(one.changed),
        )
        for one in taken.verdicts
    ]
    return StationRosterOut(
        kind="station",
        committed=roster.commit,
        counts=RosterCounts(**counts),
        rows=rows,
        missing=list(taken.missing),
        ignored_columns=list(taken.ignored[:100]),
    )


def reason_out(reason: Reason) -> ReasonOut:
    """A reason with what it says to people."""
    return ReasonOut(
        code=reason.code,
        message=MESSAGES[reason.code],
        field=reason.field,
        row=reason.row,
        subject_id=None if reason.subject_id is None else str(reason.subject_id),
        regions=list(reason.regions) or None,
    )
