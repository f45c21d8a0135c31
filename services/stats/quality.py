"""The quality block of a summary: how complete the data are, and how each yuan of income is known."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.clock import start_of_day
from services.stats.assurance import read_assurance
from services.stats.figures import rate
from services.stats.indicators import QUALITY, Missing, Value
from services.stats.period import Period
from services.stats.queries import context
from services.stats.question import Question
from services.stats.schemas.figures import SingleValue, single_value

_BASES = ("paid", "contract", "imputed")


async def read_quality(
    connection: AsyncConnection, question: Question, period: Period, values: Mapping[str, Value]
) -> dict[str, SingleValue | list[str]]:
    """The block for the question's region and filters; ``values`` are the summary's own, for the shares of income."""
    spans = question.spans()
    parameters = {
        **question.place(),
        **spans,
        "region": question.region.code,
        "first": period.first,
        "past": period.past,
        "start": start_of_day(period.first),
        "end": start_of_day(period.past),
    }
    row = (await connection.execute(context.QUALITY, parameters)).one()
    found: dict[str, Value] = {
        "attributed_share": rate(row.attributed_fen, row.attributed_fen + row.parked_fen),
        "parked_amount": row.parked_fen,
        "sales_without_ratio": row.without_ratio_fen,
        "income_kept_by_groups": row.kept_fen,
        # Like income itself it is by household, and so by no kind, category or platform.
        "replaced_by_payment": values["income"] if isinstance(values["income"], Missing) else row.replaced_fen,
        "households_without_baseline": values["households_without_baseline"],
        **{f"share_of_{basis}": _share(values, basis) for basis in _BASES},
        **await read_assurance(connection, question.region, period, values["income"]),
    }
    block: dict[str, SingleValue | list[str]] = {
        name: single_value(found[name], unit) for name, (unit, _, _) in QUALITY.items()
    }
    block["platforms"] = list(row.platforms)
    return block


def _share(values: Mapping[str, Value], basis: str) -> Value:
    part, total = values[f"income.{basis}"], values["income"]
    if isinstance(part, Missing) or isinstance(total, Missing):
        return part
    return rate(part, total)
