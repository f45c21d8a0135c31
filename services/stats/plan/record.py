"""How what people state of the plan is written: one batch at a time, nothing edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.stats.plan.catalogue import Plan, Target, read_plan
from services.stats.queries import plan as queries

SYSTEM = "system"
_LIST_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class StatedTarget:
    """A target with who answers for it, and where that stands."""

    target: Target
    lead_department: str | None
    responsible_departments: tuple[str, ...]
    source: str


async def open_batch(connection: AsyncConnection, *, actor: str, operation: str, now: datetime) -> int:
    """Wait for any other writer, then open a batch; answers its id."""
    await connection.execute(queries.LOCK)
    parameters = {"now": now, "actor": actor, "operation": operation}
    return int(await connection.scalar(queries.OPEN_BATCH, parameters) or 0)


async def write_targets(connection: AsyncConnection, batch: int, targets: Sequence[StatedTarget]) -> int:
    """Write targets; what was stated of the same indicator, unit and year gives way. Answers how many are new."""
    parameters: dict[str, Any] = {
        "batch": batch,
        "indicators": [stated.target.indicator for stated in targets],
        "units": [stated.target.unit for stated in targets],
        "years": [stated.target.year for stated in targets],
        "target_values": [stated.target.value for stated in targets],
        "leads": [stated.lead_department for stated in targets],
        "responsibles": [_LIST_SEPARATOR.join(stated.responsible_departments) for stated in targets],
        "sources": [stated.source for stated in targets],
    }
    await connection.execute(queries.SUPERSEDE_TARGETS, parameters)
    return (await connection.execute(queries.INSERT_TARGETS, parameters)).rowcount


async def write_industries(
    connection: AsyncConnection, batch: int, industries: Sequence[tuple[str, str | None]], *, since: date
) -> None:
    """Say to which industry categories belong (``None``: agricultural, but of none of them)."""
    categories = [category for category, _ in industries]
    await connection.execute(queries.SUPERSEDE_INDUSTRIES, {"batch": batch, "categories": categories})
    parameters = {
        "batch": batch,
        "categories": categories,
        "froms": [since] * len(categories),
        "industries": [industry for _, industry in industries],
    }
    await connection.execute(queries.INSERT_INDUSTRIES, parameters)


async def load_plan(database: Database, units: Sequence[str], *, now: datetime) -> bool:
    """Write the plan of the package for these reporting units, unless there is one; answers whether it did."""
    plan = read_plan()
    async with database.transaction() as connection:
        await connection.execute(queries.LOCK)
        if await connection.scalar(queries.LOADED):
            return False
        batch = await open_batch(connection, actor=SYSTEM, operation="load_plan", now=now)
        targets = [StatedTarget(target, None, (), plan.source) for target in all_targets(plan, units)]
        await write_targets(connection, batch, targets)
        await write_industries(connection, batch, all_categories(plan), since=plan.first_day.replace(month=1, day=1))
    return True


def all_targets(plan: Plan, units: Sequence[str]) -> list[Target]:
    """The plan's targets, those of each unit once for every unit."""
    of_units = [
        Target(target.indicator, unit, target.year, target.value)
        for target in plan.targets_of_each_unit
        for unit in units
    ]
    return [*of_units, *plan.targets_of_province]


def all_categories(plan: Plan) -> list[tuple[str, str | None]]:
    """Agricultural categories with their featured industry."""
    featured = [(category, industry.name) for industry in plan.industries for category in industry.categories]
    return [*featured, *((category, None) for category in plan.other_agricultural)]
