"""The quality block of a summary: how complete the data are, and how each yuan of income is known."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import start_of_day
from services.stats.assurance import read_assurance
from services.stats.figures import NOT_IN_RELEASE, Values, rate, sales_figures
from services.stats.indicators import QUALITY, Missing, Value
from services.stats.period import Period
from services.stats.queries import context
from services.stats.question import By, Filters, Question
from services.stats.release.reading import released_quality
from services.stats.release.release import Release
from services.stats.schemas.figures import MissingValue, SingleValue, single_value

NOT_KEPT = Missing("not_kept")
_BASES = ("paid", "contract", "imputed")


async def read_quality(
    connection: AsyncConnection, question: Question, period: Period, values: Mapping[str, Value]
) -> dict[str, SingleValue | list[str]]:
    """The block for the question's region and filters; ``values`` are the summary's own, for the shares of income.

    As of an earlier position, what is kept only as it stands now is null with the reason ``not_kept``.
    """
    if question.release is not None:
        return await _released(connection, question.release, question)
    if question.as_of is not None:
        found = await _found_then(connection, question, period)
    else:
        found = await _found_now(connection, question, period)
    # Like income itself it is by household, and so by no kind, category or platform.
    if isinstance(values["income"], Missing):
        found["replaced_by_payment"] = values["income"]
    found["households_without_baseline"] = values["households_without_baseline"]
    found |= await read_assurance(
        connection, question.region, period, values["income"], values["income.paid"], as_of=question.as_of
    )
    found |= {f"share_of_{basis}": _share(values, basis) for basis in _BASES}
    block: dict[str, SingleValue | list[str]] = {
        name: single_value(found[name], unit) for name, (unit, _, _) in QUALITY.items()
    }
    by_platform = await sales_figures(connection, replace(question, filters=Filters(), by=By.PLATFORM))
    block["platforms"] = sorted(platform for (_, platform), sold in by_platform.items() if sold["sales_gross"])
    return block


async def _released(
    connection: AsyncConnection, release: Release, question: Question
) -> dict[str, SingleValue | list[str]]:
    """As it was frozen. Below the levels whose blocks a release holds, and of a part of the figures, there is none."""
    block = await released_quality(connection, release, question)
    if block is None:
        return {name: single_value(NOT_IN_RELEASE, unit) for name, (unit, _, _) in QUALITY.items()}
    return {
        name: MissingValue(reason=value["reason"]) if isinstance(value, dict) else value
        for name, value in block.items()
    }


async def _found_then(connection: AsyncConnection, question: Question, period: Period) -> Values:
    asked = question.place() | question.position() | {"first": period.first, "past": period.past}
    without_ratio_fen = await connection.scalar(context.WITHOUT_RATIO_AT, asked)
    found: Values = dict.fromkeys(
        ("attributed_share", "parked_amount", "income_kept_by_groups", "replaced_by_payment"), NOT_KEPT
    )
    found["sales_without_ratio"] = int(without_ratio_fen or 0)
    return found


async def _found_now(connection: AsyncConnection, question: Question, period: Period) -> Values:
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
