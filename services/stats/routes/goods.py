"""``/v1/stats/goods/{code}``: what a cooperative or an enterprise sells."""

from fastapi import APIRouter, Response

from services.kit import clock
from services.stats.goods import read_goods
from services.stats.routes.parameters import Stored
from services.stats.schemas.goods import GoodsOut

router = APIRouter()


@router.get("/goods/{code}")
async def get_goods(code: str, database: Stored, response: Response) -> GoodsOut:
    """What was sold under the own code of a cooperative or an enterprise in the two years before its newest
    sale, and since when. No amounts, and no token; 404 for any other code.
    """
    response.headers["Cache-Control"] = "public, max-age=600"
    return await read_goods(database, code, moment=clock.now())
