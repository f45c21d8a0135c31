"""Reading payments: of a member, of a group, of a month; each page begins where the last one ended."""

from datetime import date

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.errors import NotAllowed
from services.sales.errors import OneFilterOfPayments, UnknownCode
from services.sales.paging import BEGINNING_OF_TIME, Page, Text, page_of, read_cursor
from services.sales.queries.ledger import SUBJECT_OF_CODE
from services.sales.queries.payments import PAYMENTS_PAGE
from services.sales.sight import sight_of

_Key = tuple[date, Text, Text]
_KEY: TypeAdapter[_Key] = TypeAdapter(_Key)
_NO_PLATFORM = "付款不属于任何平台 / Payments belong to no platform; a platform's token sees none"


async def page_of_payments(
    database: Database,
    caller: Caller,
    *,
    member: str | None,
    group: str | None,
    month: date | None,
    linked: bool | None,
    after: str | None,
    limit: int,
) -> Page:
    """Payments, voided ones too, to members within the caller's regions; by at least one of member, group and month.

    ``linked``: only those whose member was, or was not, in the group in the month, as the registry knows it now.

    Who is paid decides, not who paid: what a household was paid is its personal information. Raises
    :class:`OneFilterOfPayments`, :class:`UnknownCode`, :class:`InvalidCursor` and, for a platform, ``NotAllowed``.
    """
    members_only(caller)
    if member is None and group is None and month is None:
        raise OneFilterOfPayments
    after_month, after_group, after_payment = (BEGINNING_OF_TIME, "", "") if after is None else read_cursor(after, _KEY)
    async with database.transaction() as connection:
        parameters = {
            "member_id": await subject_of(connection, member),
            "group_id": await subject_of(connection, group),
            "month": month,
            "linked": linked,
            "roots": sight_of(caller).roots,
            "after_month": after_month,
            "after_group": after_group,
            "after_payment": after_payment,
            "limit": limit + 1,
        }
        rows = list((await connection.execute(PAYMENTS_PAGE, parameters)).all())
    return page_of(rows, limit, ("for_month", "group_code", "payment_no"))


def members_only(caller: Caller) -> None:
    """Raises ``NotAllowed`` for a platform: what households were paid is not its affair."""
    if caller.platform is not None:
        raise NotAllowed(_NO_PLATFORM)


async def subject_of(connection: AsyncConnection, code: str | None) -> int | None:
    """Whose a code is; of none, None. Raises :class:`UnknownCode`."""
    if code is None:
        return None
    subject_id: int | None = await connection.scalar(SUBJECT_OF_CODE, {"code": code})
    if subject_id is None:
        raise UnknownCode([code])
    return subject_id
