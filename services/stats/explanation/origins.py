"""The last steps back: what a line was attributed by, and how the income of its holder's day was settled."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.money import format_yuan
from services.stats.cube.membership import MemberBook
from services.stats.cube.settlement import GroupDay, Key, SourceDay
from services.stats.errors import NoSuchLine, RegionNotAllowed
from services.stats.explaining import code_of, read_codes, source_path
from services.stats.explanation.lines import subject_of_code, with_entries
from services.stats.explanation.standing import read_standing_of_key
from services.stats.indicators import format_rate
from services.stats.queries import explanation
from services.stats.schemas.explanation import (
    BindingOut,
    IncomeEntryOut,
    LineOriginOut,
    MemberListOut,
    MemberOut,
    RatioOut,
    SourceBasisOut,
    SourceDayOut,
)
from services.stats.service import watermark_out
from services.stats.vintage import NOW, Known, Vintage, read_position

_SHOWN_MEMBERS = 1_000
_NO_LINE = "没有此订单行,或不在您的权限范围内 / No such order line, or none that you may see"


async def explain_line(
    database: Database, caller: Caller, *, platform: str, order_no: str, line_no: str, vintage: Vintage = NOW
) -> LineOriginOut:
    """One line. Raises :class:`NoSuchLine`, also for one that was not known then, or lies outside of what the caller
    may see.
    """
    if caller.platform not in {None, platform}:
        raise NoSuchLine(_NO_LINE)
    key = {"platform": platform, "order_no": order_no, "line_no": line_no}
    async with database.snapshot() as connection:
        line = (await connection.execute(explanation.LINE, key)).one_or_none()
        known = await read_position(connection, caller, vintage)
        then = {**key, "upto": known.watermark.position}
        rows = (await connection.execute(explanation.holders(as_of=known.as_of is not None), then)).all()
        if line is None or not rows or not all(caller.may_see_region(row.region) for row in rows):
            raise NoSuchLine(_NO_LINE)
        holders = await with_entries(connection, rows, known)
        refunded_fen = await connection.scalar(explanation.REFUNDED, then)
        asked = {**key, "batch_id": line.batch_id, "shop": line.shop, "sku": line.sku, "method": line.method,
                 "sale_day": line.sale_day}  # fmt: skip
        binding = (await connection.execute(explanation.BINDING, asked)).one_or_none()
    return LineOriginOut(
        **key,
        occurred_at=line.occurred_at,
        sale_day=line.sale_day,
        shop=line.shop,
        station=line.station,
        sku=line.sku,
        title=line.title,
        category=line.category,
        quantity=None if line.quantity_milli is None else _thousandths(line.quantity_milli),
        unit=line.unit,
        buyer_region=line.buyer_region,
        trade=line.trade,
        amount=format_yuan(line.amount_fen),
        refunded=format_yuan(refunded_fen),
        internal=line.internal,
        code=line.attributed_code,
        method=line.method,
        binding=None if binding is None else BindingOut(**binding._mapping),  # noqa: SLF001 - SQLAlchemy's public name
        watermark=watermark_out(known.watermark),
        holders=holders,
        sources=[
            path
            for holder in holders
            if (path := source_path(holder.code, holder.sale_day, holder.category, vintage)) is not None
        ],
    )


def _thousandths(milli: int) -> str:
    whole, fraction = divmod(milli, 1_000)
    return f"{whole}.{fraction:03d}".rstrip("0").rstrip(".")


async def explain_source(
    database: Database, caller: Caller, *, code: str, day: date, category: str, vintage: Vintage = NOW
) -> SourceDayOut:
    """How the income of a source's day and category was settled.

    Raises :class:`NoHousehold` where nobody has the code, and :class:`RegionNotAllowed`.
    """
    canonical = code_of(code)
    async with database.snapshot() as connection:
        known = await read_position(connection, caller, vintage)
        subject = await subject_of_code(connection, canonical, known.as_of)
        key = Key(subject.subject_id, day, category)
        standing = await read_standing_of_key(connection, key, known.as_of)
        bases = standing.sources.get(key, {})
        regions = [*{base.region: None for _, base in sorted(bases.items())}, subject.region]
        if caller.platform is not None or not all(caller.may_see_region(region) for region in regions):
            raise RegionNotAllowed("该主体不在您的权限范围内 / The subject lies outside the regions you may see")
        asked = {"subject": subject.subject_id, "day": day, "category": category, "upto": known.watermark.position}
        entries = (await connection.execute(explanation.INCOME_ENTRIES, asked)).all()
        # What a household sells itself is divided among nobody.
        groups = {} if subject.kind == "household" else standing.divide(key).groups
        members = None
        if groups:
            position = max(division.list_position for division in groups.values())
            members = await _read_members(connection, standing.book, key, position, known)
    path = {"region": regions[0], "period": day, "category": category, **vintage.parameters(), "code": canonical}
    return SourceDayOut(
        code=canonical,
        kind=subject.kind,
        sale_day=day,
        category=category,
        watermark=watermark_out(known.watermark),
        bases=[_basis_out(basis, bases[basis], groups.get(basis)) for basis in sorted(bases)],
        entries=[_entry_out(row) for row in entries],
        member_list=members,
        lines="/v1/stats/explain/lines?" + urlencode(path),
    )


async def _read_members(
    connection: AsyncConnection, book: MemberBook, key: Key, position: int, known: Known
) -> MemberListOut:
    parties = book.list_of(key.subject_id, key.sale_day, position)
    shown = parties.members[:_SHOWN_MEMBERS]
    codes = await read_codes(connection, [member.subject_id for member in shown], known.as_of)
    return MemberListOut(
        list_position=position,
        members_part=format_rate(parties.members_bp),
        member_count=len(parties.members),
        weights=sum(member.weight for member in parties.members),
        members=[MemberOut(code=codes.get(one.subject_id), kind=one.kind, weight=one.weight) for one in shown],
    )


def _basis_out(basis: str, source: SourceDay, group: GroupDay | None) -> SourceBasisOut:
    return SourceBasisOut(
        basis=basis,
        net=format_yuan(source.net_fen),
        base=format_yuan(source.base_fen),
        to_members=None if group is None else format_yuan(group.members_fen),
        kept=None if group is None else format_yuan(group.kept_fen),
    )


def _entry_out(row: Any) -> IncomeEntryOut:
    ratio = None
    if row.ratio_id is not None and row.ratio_bp is not None:
        ratio = RatioOut(
            ratio_id=row.ratio_id,
            ratio=format_rate(row.ratio_bp),
            category=row.ratio_category,
            region=row.ratio_region,
            valid_from=row.ratio_valid_from,
            source=row.ratio_source,
        )
    return IncomeEntryOut(
        batch_id=row.batch_id,
        position=row.position,
        net=format_yuan(row.net_fen),
        base=format_yuan(row.base_fen),
        basis=row.basis,
        ratio=ratio,
        list_position=row.list_position,
    )
