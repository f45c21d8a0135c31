"""Reading what is parked: lines and refunds that wait for what they lack, and are counted nowhere."""

from enum import StrEnum

from pydantic import TypeAdapter

from services.kit.auth import Caller
from services.kit.database import Database
from services.sales.paging import Page, Text, page_of, read_cursor
from services.sales.queries.parked import PARKED_PAGE
from services.sales.sight import sight_of

_Key = tuple[Text, Text, Text, Text]
_KEY: TypeAdapter[_Key] = TypeAdapter(_Key)
_KEY_NAMES = ("order_no", "platform", "line_no", "refund_no")
_AFTER_NAMES = ("after_order", "after_platform", "after_line", "after_refund")


class Reason(StrEnum):
    """What a parked line or refund lacks."""

    UNKNOWN_CODE = "unknown_code"
    CODE_NOT_IN_FORCE = "code_not_in_force"
    CODE_SUSPENDED = "code_suspended"
    CODE_REVOKED = "code_revoked"
    NO_BINDING = "no_binding"
    NO_ORDER = "no_order"
    EXCEEDS_LINE = "exceeds_line"


async def page_of_parked(
    database: Database, caller: Caller, *, platform: str | None, reason: Reason | None, after: str | None, limit: int
) -> Page:
    """Parked lines and refunds that the caller may see, by their keys. Raises :class:`InvalidCursor`."""
    key = ("", "", "", "") if after is None else read_cursor(after, _KEY)
    sight = sight_of(caller)
    parameters = {
        **sight.limits(),
        "whole_province": sight.whole_province,
        "platform": platform,
        "reason": reason,
        "limit": limit + 1,
        **dict(zip(_AFTER_NAMES, key, strict=True)),
    }
    async with database.transaction() as connection:
        rows = list((await connection.execute(PARKED_PAGE, parameters)).all())
    return page_of(rows, limit, _KEY_NAMES)
