"""The use case that explains one household's income of a month."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.published import MalformedCode, parse_code
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.money import format_yuan
from services.stats.as_of import AsOf
from services.stats.cube.payments import last_day
from services.stats.errors import NoHousehold, RegionNotAllowed
from services.stats.household_income import Line, read_lines
from services.stats.indicators import format_rate
from services.stats.queries import household_income as queries
from services.stats.schemas.households import HouseholdIncomeOut, IncomeLineOut, OriginOut, PaidLineOut
from services.stats.service import watermark_out
from services.stats.vintage import NOW, Vintage, read_position

_NO_HOUSEHOLD = "没有此编码的农户 / No household has this code"
_OTHER_REGION = "该农户不在您的权限范围内 / The household lies outside the regions you may see"


def code_of(text: str) -> str:
    """A code as it was typed, in canonical form. Raises :class:`NoHousehold`: nobody has a malformed one."""
    try:
        return parse_code(text)
    except MalformedCode as error:
        raise NoHousehold(_NO_HOUSEHOLD) from error


async def explain_household(
    database: Database, caller: Caller, code: str, month: date, vintage: Vintage = NOW
) -> HouseholdIncomeOut:
    """Every line of a household's month. Raises :class:`NoHousehold` and :class:`RegionNotAllowed`."""
    past = date.fromordinal(last_day(month).toordinal() + 1)
    async with database.snapshot() as connection:
        known = await read_position(connection, caller, vintage)
        as_of = known.as_of
        asked: dict[str, Any] = {"code": code, "past": past, **registry_position(as_of)}
        found = (await connection.execute(queries.household(as_of=as_of is not None), asked)).one_or_none()
        if found is None or found.kind != "household":
            raise NoHousehold(_NO_HOUSEHOLD)
        if caller.platform is not None or not caller.may_see_region(found.region):
            raise RegionNotAllowed(_OTHER_REGION)
        lines = await read_lines(connection, found.subject_id, month, as_of)
        asked = {"subject": found.subject_id, "first": month, "past": past, "upto": known.watermark.position}
        paid = (await connection.execute(queries.PAYMENTS_TO, asked)).all()
        groups = {line.group_id for line in lines if line.group_id is not None}
        subjects = groups | {origin.source_id for line in lines for origin in line.origins}
        codes = await read_codes(connection, subjects, as_of)
    replaced: Counter[int | None] = Counter()
    totals = Counter({"contract": 0, "imputed": 0, "paid": sum(row.amount_fen for row in paid)})
    for line in lines:
        if line.replaced:
            replaced[line.group_id] += line.amount_fen
        else:
            totals[line.basis] += line.amount_fen
    return HouseholdIncomeOut(
        code=code,
        month=month.strftime("%Y-%m"),
        watermark=watermark_out(known.watermark),
        totals={**{basis: format_yuan(fen) for basis, fen in totals.items()}, "total": format_yuan(totals.total())},
        lines=[_line_out(line, codes, vintage) for line in lines],
        payments=[_payment_out(row, replaced[row.group_id], month) for row in paid],
    )


def registry_position(as_of: AsOf | None) -> dict[str, int]:
    """What statements about the registry are told of a position; nothing for the present."""
    return {} if as_of is None else {"registry_position": as_of.registry_position}


async def read_codes(connection: AsyncConnection, subjects: Iterable[int], as_of: AsOf | None) -> dict[int, str]:
    """The newest code of each of some subjects."""
    asked = {"subjects": sorted(set(subjects)), **registry_position(as_of)}
    rows = await connection.execute(queries.codes_of(as_of=as_of is not None), asked)
    return {row.subject_id: row.code for row in rows.all()}


def _line_out(line: Line, codes: Mapping[int, str], vintage: Vintage) -> IncomeLineOut:
    return IncomeLineOut(
        group=None if line.group_id is None else codes.get(line.group_id),
        sale_day=line.sale_day,
        category=line.category,
        basis=line.basis,
        amount=format_yuan(line.amount_fen),
        weight=line.weight,
        weights=line.weights,
        members_part=None if line.members_bp is None else format_rate(line.members_bp),
        origins=[
            OriginOut(
                source=codes.get(origin.source_id),
                base=format_yuan(origin.base_fen),
                ratio=None if origin.ratio_bp is None else format_rate(origin.ratio_bp),
                ratio_source=origin.ratio_source,
                explained=source_path(codes.get(origin.source_id), line.sale_day, line.category, vintage),
            )
            for origin in line.origins
        ],
        replaced=line.replaced,
    )


def source_path(code: str | None, day: date, category: str, vintage: Vintage) -> str | None:
    """The path to how a source's day was settled; ``None`` for who has no code."""
    asked = {"code": code, "day": day, "category": category, **vintage.parameters()}
    return None if code is None else "/v1/stats/explain/source?" + urlencode(asked)


def _payment_out(row: Any, replaced_fen: int, month: date) -> PaidLineOut:
    return PaidLineOut(
        payment_no=row.payment_no,
        group=row.group_code,
        method=row.method,
        amount=format_yuan(row.amount_fen),
        paid_on=row.paid_on,
        counts_on=last_day(month),
        confirmation=row.confirmation,
        replaces=format_yuan(replaced_fen if row.group_id is not None else 0),
    )
