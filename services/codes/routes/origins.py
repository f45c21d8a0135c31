"""``/v1/codes/{code}/origin``: what a consumer is told who scans a product."""

from fastapi import APIRouter, Response

from services.codes.routes.callers import Storage
from services.codes.schemas.origins import GroupOut, OriginOut
from services.codes.service.origins import Group, describe_origin
from services.kit import clock

router = APIRouter(prefix="/v1/codes", tags=["codes"])


@router.get("/{code}/origin")
async def origin(code: str, database: Storage, response: Response) -> OriginOut:
    """Where what bears this code comes from: the cooperative, and the smallest division around it in which at least
    twenty households have codes. The same for everybody, without a token. 404 and 422 as ``GET /v1/codes/{code}``.
    """
    now = clock.now()
    found = await describe_origin(database, code, moment=now, today=clock.business_day(now))
    response.headers["Cache-Control"] = "public, max-age=60"
    return OriginOut(
        code=found.code,
        level=found.level.value,
        place=found.place,
        organisation=None if found.own is None else _group(found.own),
        cooperatives=[_group(group) for group in found.cooperatives],
    )


def _group(group: Group) -> GroupOut:
    return GroupOut(name=group.name, code=group.code)
