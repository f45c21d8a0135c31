"""Reported figures: judged one by one, each answered; what is said anew of the same figure corrects it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.kit.auth import Caller
from services.kit.database import Database
from services.stats.plan.record import open_batch
from services.stats.plan.reported import Report
from services.stats.plan.units import allowed_units, read_units
from services.stats.queries import plan as queries


class Outcome(StrEnum):
    """What became of a reported figure."""

    RECORDED = "recorded"
    CORRECTED = "corrected"
    """It took the place of another value, which stays on record."""
    REPEATED = "repeated"
    """It was recorded before, word for word, and changes nothing — even if it has been corrected since."""
    NOT_ALLOWED = "not_allowed"
    """The unit lies outside the caller's regions."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Outcomes in the order of the reports, and how many of each there are."""

    outcomes: Sequence[Outcome]

    @property
    def counts(self) -> dict[str, int]:
        """How many fared how."""
        return {outcome.value: self.outcomes.count(outcome) for outcome in Outcome}


async def record_reports(database: Database, caller: Caller, reports: Sequence[Report], *, now: datetime) -> Recorded:
    """Record what is new of the reports, in one batch. The last of several about the same figure stands."""
    async with database.transaction() as connection:
        await connection.execute(queries.LOCK)
        units = await read_units(connection, now)
        allowed = allowed_units(units, caller)
        known = (await connection.execute(queries.REPORTS_KNOWN, _columns(list(enumerate(reports))))).all()
        outcomes = _judge(reports, known, allowed)
        new = {
            _key(report): (number, report)
            for number, report in enumerate(reports)
            if outcomes[number] in {Outcome.RECORDED, Outcome.CORRECTED}
        }
        if new:
            batch = await open_batch(connection, actor=caller.client_id, operation="report", now=now)
            columns = _columns(list(new.values())) | {"batch": batch}
            await connection.execute(queries.SUPERSEDE_REPORTS, columns)
            await connection.execute(queries.INSERT_REPORTS, columns)
    return Recorded(outcomes)


def _judge(reports: Sequence[Report], known: Sequence[Any], allowed: Collection[str]) -> list[Outcome]:
    said = {row.number for row in known if row.is_same}
    standing = {row.number for row in known if row.is_current}
    outcomes: list[Outcome] = []
    in_this_request: dict[tuple[Any, ...], Report] = {}
    for number, report in enumerate(reports):
        before = in_this_request.get(_key(report))
        if report.unit not in allowed:
            outcomes.append(Outcome.NOT_ALLOWED)
        elif number in said or report == before:
            outcomes.append(Outcome.REPEATED)
        else:
            outcomes.append(Outcome.CORRECTED if number in standing or before else Outcome.RECORDED)
            in_this_request[_key(report)] = report
    return outcomes


def _key(report: Report) -> tuple[Any, ...]:
    return (report.indicator, report.unit, report.audience, report.first, report.past)


def _columns(numbered: Sequence[tuple[int, Report]]) -> dict[str, list[Any]]:
    return {
        "numbers": [number for number, _ in numbered],
        "indicators": [report.indicator for _, report in numbered],
        "units": [report.unit for _, report in numbered],
        "audiences": [report.audience for _, report in numbered],
        "firsts": [report.first for _, report in numbered],
        "pasts": [report.past for _, report in numbered],
        "values": [report.value for _, report in numbered],
        "sources": [report.source for _, report in numbered],
        "reporters": [report.reporter for _, report in numbered],
        "days": [report.reported_on for _, report in numbered],
    }
