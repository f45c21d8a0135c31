"""A registry written as ``codes`` would write it, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.divisions import Division, read_divisions

SEALED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def sealed_at(position: int) -> datetime:
    """Each position is sealed by itself, six seconds after the one before."""
    return SEALED_AT + timedelta(seconds=6 * position)


@cache
def _guizhou() -> dict[str, Division]:
    return {division.code: division for division in read_divisions()}


@dataclass
class Subject:
    """A subject of the history."""

    subject_id: int
    kind: str
    region: str


@dataclass
class Registry:
    """Writes what the registry is told, one batch each."""

    connection: AsyncConnection
    subjects: dict[int, Subject] = field(default_factory=dict)
    moved: dict[int, date] = field(default_factory=dict)
    """When each household moved last: it moves on later days only."""
    codes_position: int = 0
    sales_position: int = 0

    async def run(self, statement: str, **values: Any) -> Any:
        """Run one statement."""
        return await self.connection.execute(text(statement), values)

    async def codes_batch(self) -> int:
        """A sealed batch of codes."""
        batch_id = await self.connection.scalar(
            text("INSERT INTO codes.batches (actor, operation) VALUES ('test', 'test') RETURNING batch_id")
        )
        self.codes_position += 1
        await self.run(
            "INSERT INTO codes.sealed VALUES (:position, :batch_id, :at)",
            position=self.codes_position,
            batch_id=batch_id,
            at=sealed_at(self.codes_position + self.sales_position),
        )
        return int(batch_id or 0)

    async def divisions(self, codes: Sequence[str]) -> None:
        """Real divisions, and all that lie above them."""
        known = _guizhou()
        wanted: dict[str, Any] = {}
        for code in codes:
            here: str | None = code
            while here:
                wanted[here] = known[here]
                here = known[here].parent_code
        batch_id = await self.codes_batch()
        for code, division in wanted.items():
            await self.run(
                "INSERT INTO codes.regions (code, valid_from, recorded_in, name, level, parent_code) "
                "VALUES (:code, DATE '2000-01-01', :batch, :name, :level, :parent)",
                code=code,
                batch=batch_id,
                name=division.name,
                level=str(division.level),
                parent=division.parent_code,
            )

    async def register(
        self,
        subject_id: int,
        kind: str,
        region: str,
        *,
        persons: int = 3,
        status: str = "registered",
        members_bp: int = 10_000,
        since: date = date(2018, 12, 31),
        baseline: tuple[int, int] | None = None,
    ) -> None:
        """A subject with its code; ``baseline`` is (year, fen per head)."""
        self.subjects[subject_id] = Subject(subject_id, kind, region)
        batch_id = await self.codes_batch()
        household = kind == "household"
        await self.run(
            "INSERT INTO codes.subject_versions "
            "(subject_id, valid_from, recorded_in, region, persons, status, members_bp) "
            "VALUES (:subject, :since, :batch, :region, :persons, :status, :members_bp)",
            subject=subject_id,
            since=since,
            batch=batch_id,
            region=region,
            persons=persons if household else None,
            status=status if household else None,
            members_bp=None if household else members_bp,
        )
        await self.run(
            "INSERT INTO codes.directory_entries (code, valid_from, recorded_in, state, subject_id, kind, region) "
            "VALUES (:code, :since, :batch, 'in_force', :subject, :kind, :region)",
            code=f"{kind[0].upper()}{subject_id:09d}",
            since=datetime(since.year, since.month, since.day, tzinfo=UTC),
            batch=batch_id,
            subject=subject_id,
            kind=kind,
            region=region,
        )
        if baseline:
            await self.run(
                "INSERT INTO codes.registered_incomes (subject_id, year, recorded_in, per_head_fen, persons) "
                "VALUES (:subject, :year, :batch, :fen, :persons)",
                subject=subject_id,
                year=baseline[0],
                batch=batch_id,
                fen=baseline[1],
                persons=persons,
            )

    async def move(self, household: int, region: str, since: date, persons: int = 3) -> None:
        """A household moves on a day: its version ends, another begins."""
        if household in self.moved and since <= self.moved[household]:
            return
        self.moved[household] = since
        batch_id = await self.codes_batch()
        await self.run(
            "INSERT INTO codes.subject_versions "
            "(subject_id, valid_from, recorded_in, valid_to, region, persons, status) "
            "SELECT subject_id, valid_from, :batch, :since, region, persons, status FROM codes.subject_versions "
            "WHERE subject_id = :subject AND superseded_in IS NULL AND valid_to IS NULL",
            batch=batch_id,
            since=since,
            subject=household,
        )
        await self.run(
            "UPDATE codes.subject_versions SET superseded_in = :batch "
            "WHERE subject_id = :subject AND superseded_in IS NULL AND valid_to IS NULL AND recorded_in < :batch",
            batch=batch_id,
            subject=household,
        )
        await self.run(
            "INSERT INTO codes.subject_versions (subject_id, valid_from, recorded_in, region, persons, status) "
            "VALUES (:subject, :since, :batch, :region, :persons, 'out_of_poverty')",
            batch=batch_id,
            since=since,
            subject=household,
            region=region,
            persons=persons,
        )

    async def reckon(self, household: int, year: int, fen: int, since: date | None = None) -> None:
        """A household's registered income of a year is corrected, or it reckons with another since a day."""
        batch_id = await self.codes_batch()
        from_day = "CAST(:since AS date)" if since else "DATE '-infinity'"
        await self.run(
            "UPDATE codes.income_records SET superseded_in = :batch "
            f"WHERE subject_id = :subject AND year = :year AND valid_from = {from_day} AND superseded_in IS NULL",
            batch=batch_id, subject=household, year=year, **({"since": since} if since else {}),
        )  # fmt: skip
        await self.run(
            "INSERT INTO codes.income_records (subject_id, year, recorded_in, per_head_fen, persons, valid_from) "
            f"VALUES (:subject, :year, :batch, :fen, 3, {from_day})",
            batch=batch_id, subject=household, year=year, fen=fen, **({"since": since} if since else {}),
        )  # fmt: skip

    async def succeed(self, predecessor: int, successor: int, on_day: date) -> None:
        """A household turns out to have come out of another."""
        await self.run(
            "INSERT INTO codes.succession_records "
            "(predecessor_id, successor_id, kind, persons, on_day, recorded_in) "
            "VALUES (:predecessor, :successor, 'split', 1, :on_day, :batch)",
            batch=await self.codes_batch(),
            predecessor=predecessor,
            successor=successor,
            on_day=on_day,
        )
