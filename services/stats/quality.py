"""The quality block of a summary: how complete the data are, and how each yuan of income is known."""

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import start_of_day
from services.stats.assurance import assurance, read_confirmed
from services.stats.audit.estimate import NO_AUDIT, Estimate
from services.stats.audit.reading import read_estimate
from services.stats.figures import NOT_IN_RELEASE, Values, rate, sales_figures
from services.stats.indicators import QUALITY, Missing, Value
from services.stats.period import Period
from services.stats.queries import context, lines
from services.stats.question import By, Filters, Question
from services.stats.release.reading import released_quality
from services.stats.schemas.figures import MissingValue, SingleValue, single_value
from services.stats.together import Reads

NOT_KEPT = Missing("not_kept")
_BASES = ("paid", "contract", "imputed")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the block of a region and period is made of beside the figures themselves."""

    found: Values
    confirmed: Mapping[str, int]
    """What was paid, in fen by who confirmed it."""
    audited: Estimate | Missing
    platforms: Sequence[str]


def readings_of_facts(connection: Reads, question: Question, period: Period) -> Sequence[Coroutine[Any, Any, Any]]:
    """What reads the facts of a question's region and filters, in their order; one after the other or side by side.

    As of an earlier position, what is kept only as it stands now is null with the reason ``not_kept``.
    """
    return (
        (_found_now if question.as_of is None else _found_then)(connection, question, period),
        _read_confirmed(connection, question, period),
        _read_audited(connection, question, period),
        _read_platforms(connection, question),
    )


async def _read_confirmed(connection: Reads, question: Question, period: Period) -> Mapping[str, int]:
    if question.filters.in_use():  # Income is narrowed by none, so nothing is said of it.
        return {}
    return await read_confirmed(connection, question.region, period, question.as_of)


async def _read_audited(connection: Reads, question: Question, period: Period) -> Estimate | Missing:
    if question.filters.in_use():
        return NO_AUDIT
    return await read_estimate(connection, question.region, period, question.as_of.moment if question.as_of else None)


async def _read_platforms(connection: Reads, question: Question) -> Sequence[str]:
    if question.as_of is not None:
        parameters = question.place() | question.days() | question.position()
        return [row.platform for row in (await connection.execute(lines.PLATFORMS_OF_LINES, parameters)).all()]
    figures = await sales_figures(connection, replace(question, filters=Filters(), by=By.PLATFORM))
    return sorted(platform for (_, platform), sold in figures.items() if sold["sales_gross"])


def quality_block(facts: Facts, values: Mapping[str, Value]) -> dict[str, SingleValue | list[str]]:
    """The block; ``values`` are the summary's own, for the shares of income."""
    found = dict(facts.found)
    # Like income itself it is by household, and so by no kind, category or platform.
    if isinstance(values["income"], Missing):
        found["replaced_by_payment"] = values["income"]
    found["households_without_baseline"] = values["households_without_baseline"]
    found |= assurance(values["income"], facts.confirmed, facts.audited)
    found |= {f"share_of_{basis}": _share(values, basis) for basis in _BASES}
    block: dict[str, SingleValue | list[str]] = {
        name: single_value(found[name], unit) for name, (unit, _, _) in QUALITY.items()
    }
    block["platforms"] = list(facts.platforms)
    return block


async def released_block(connection: AsyncConnection, question: Question) -> dict[str, SingleValue | list[str]]:
    """As the question's release has it frozen. Below the levels whose blocks it holds, and of a part of the figures,
    there is none.
    """
    block = await released_quality(connection, question.release, question) if question.release else None
    if block is None:
        return {name: single_value(NOT_IN_RELEASE, unit) for name, (unit, _, _) in QUALITY.items()}
    return {
        name: MissingValue(reason=value["reason"]) if isinstance(value, dict) else value
        for name, value in block.items()
    }


async def _found_then(connection: Reads, question: Question, period: Period) -> Values:
    asked = question.place() | question.position() | {"first": period.first, "past": period.past}
    row = (await connection.execute(context.WITHOUT_RATIO_AT, asked)).one()
    found: Values = dict.fromkeys(
        ("attributed_share", "parked_amount", "income_kept_by_groups", "replaced_by_payment"), NOT_KEPT
    )
    found["sales_without_ratio"] = row.without_ratio_fen
    return found


async def _found_now(connection: Reads, question: Question, period: Period) -> Values:
    parameters = {
        **question.place(),
        **question.spans(),
        "first": period.first,
        "past": period.past,
        "start": start_of_day(period.first),
        "end": start_of_day(period.past),
    }
    row = (await connection.execute(context.QUALITY, parameters)).one()
    return {
        "attributed_share": rate(row.attributed_fen, row.attributed_fen + row.parked_fen),
        "parked_amount": row.parked_fen,
        "sales_without_ratio": row.without_ratio_fen,
        "income_kept_by_groups": row.kept_fen,
        "replaced_by_payment": row.replaced_fen,
    }


def _share(values: Mapping[str, Value], basis: str) -> Value:
    part, total = values[f"income.{basis}"], values["income"]
    if isinstance(part, Missing) or isinstance(total, Missing):
        return part
    return rate(part, total)
