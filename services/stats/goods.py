"""What a cooperative or an enterprise sells, and since when: for whoever scans its label. Of a household nothing is
said, not even that it is one.
"""

from datetime import datetime

from services.codes.published import MalformedCode, parse_code
from services.kit.database import Database
from services.stats.errors import NoGroup
from services.stats.queries import goods as queries
from services.stats.schemas.goods import GoodOut, GoodsOut

LATELY_DAYS = 731
"""What a group did not sell in the two years before its newest sale it does not sell any more."""


async def read_goods(database: Database, text: str, *, moment: datetime) -> GoodsOut:
    """The categories that a group sold lately. Raises :class:`NoGroup` for any other code, issued or not."""
    try:
        code = parse_code(text)
    except MalformedCode:
        raise NoGroup from None
    async with database.snapshot() as connection:
        group = (await connection.execute(queries.GROUP, {"code": code, "moment": moment})).one_or_none()
        if group is None or group.kind == "household":
            raise NoGroup
        rows = (await connection.execute(queries.GOODS, {"subject": group.subject_id, "days": LATELY_DAYS})).all()
    return GoodsOut(
        code=code,
        goods=[
            GoodOut(category=row.category, name=row.name, name_en=row.name_en, since=row.first_day.strftime("%Y-%m"))
            for row in rows
        ],
    )
