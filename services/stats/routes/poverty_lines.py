"""Poverty lines: what holds in which year and province, and recording another."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.kit.auth import Caller, caller_with
from services.stats.routes.parameters import KnownAt, Reader, Stored
from services.stats.schemas.poverty_lines import PovertyLinesIn, PovertyLinesOut
from services.stats.uplift import recording_lines

router = APIRouter()

Keeper = Annotated[Caller, Depends(caller_with("ratios:write"))]


@router.get("/poverty-lines")
async def get_poverty_lines(
    _caller: Reader,
    database: Stored,
    region: Annotated[str | None, Query(pattern=r"^(\*|[0-9]{2}0{10})$", description="A province, or `*`.")] = None,
    known_at: KnownAt = None,
) -> PovertyLinesOut:
    """The poverty lines in force, each with its source. A province without a line of its own has the national one."""
    return await recording_lines.list_lines(database, region, known_at)


@router.post("/poverty-lines", status_code=201)
async def post_poverty_lines(caller: Keeper, database: Stored, body: PovertyLinesIn) -> PovertyLinesOut:
    """Record lines, with their source. Nothing is edited: of a province and year the line recorded last counts."""
    return await recording_lines.record_lines(database, caller, body.lines)
