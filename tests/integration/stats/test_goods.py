"""What a cooperative sells is for everybody; of a household nothing is said."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.clock import SHANGHAI
from services.kit.database import Database
from services.stats.errors import NoGroup
from services.stats.goods import read_goods
from tests.integration.stats.history import History

COOPERATIVE, HOUSEHOLD = "CYXR5ZBXCZ", "HRQC2R1YDV"
CODED = """
INSERT INTO codes.directory_entries (code, valid_from, recorded_in, state, subject_id, kind, region)
SELECT :code, valid_from, recorded_in, state, subject_id, kind, region FROM codes.directory_entries
WHERE subject_id = :subject
"""
CHILI = """
INSERT INTO stats.source_days (subject_id, sale_day, category, basis, kind, region, net_fen, base_fen, list_position)
VALUES (12, '2017-05-01', 'chili', 'imputed', 'cooperative', '522701106001', 500, 0, 0)
"""


async def test_categories_are_told_with_the_month_since_when_and_no_amount(
    engine: AsyncEngine, told: History, database: Database
) -> None:
    """Cooperative 12 of the story sells tea since March 2020; chili, which it last sold in 2017, it sells no more."""
    assert told.subjects[12].kind == "cooperative"
    async with engine.begin() as connection:
        for code, subject in ((COOPERATIVE, 12), (HOUSEHOLD, 1)):
            await connection.execute(text(CODED), {"code": code, "subject": subject})
        await connection.execute(text(CHILI))
    spring = datetime(2020, 4, 1, tzinfo=SHANGHAI)
    (good,) = (await read_goods(database, COOPERATIVE.lower(), moment=spring)).goods
    assert (good.category, good.since) == ("tea", "2020-03")
    assert "40" not in good.model_dump_json().replace("2020", "")
    for other in (HOUSEHOLD, "CGP1XF3A71", "nonsense"):
        with pytest.raises(NoGroup):
            await read_goods(database, other, moment=spring)
