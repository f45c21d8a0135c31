"""What the routes take: who asks, the database, and the words of a question."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from pydantic import AfterValidator, AwareDatetime

from services.kit.auth import Caller, caller_with
from services.kit.clock import within_reach
from services.kit.database import Database
from services.stats.errors import ReleasesOnly
from services.stats.question import Filters
from services.stats.vintage import Vintage

_reader = caller_with("stats:read", "stats:exact")


async def _exact(request: Request) -> Caller:
    """Whoever may see figures as they are. Whoever may only read statistics is told where what is published stands."""
    caller = await _reader(request)
    if "stats:exact" not in caller.scopes:
        raise ReleasesOnly(
            "实时数据需要权限 stats:exact;已发布的统计见 GET /v1/stats/releases 及 /v1/stats/releases/{编号}/figures / "
            "Figures as they are now need the scope stats:exact; what is published stands at GET /v1/stats/releases, "
            "and /v1/stats/releases/{release_id}/figures",
            needed=["stats:exact"],
        )
    return caller


_exact.required_scopes = ("stats:exact",)  # type: ignore[attr-defined]

Exact = Annotated[Caller, Depends(_exact)]
"""For every figure that is not protected: live ones, and those of a release as they are."""
Reader = Annotated[Caller, Depends(_reader)]
"""For what says nothing about anybody (definitions, poverty lines), and for what is protected."""
ReleaseWriter = Annotated[Caller, Depends(caller_with("releases:write"))]
ReleaseReader = Annotated[Caller, Depends(caller_with("stats:read", "stats:exact", "releases:write"))]
Live = Annotated[Caller, Depends(caller_with("monitoring:read", "stats:exact"))]
"""Whoever may see the plan's progress, stations and products as they are now, within his regions."""
LedgerReader = Annotated[Caller, Depends(caller_with("ledger:read"))]

RegionCode = Annotated[
    str,
    Query(
        pattern="^([0-9]{12}|[a-z][a-z-]{1,31})$",
        description="12-digit division code, or a reporting unit such as guian (GET /v1/reporting-units).",
    ),
]
PeriodText = Annotated[
    str,
    Query(
        max_length=24,
        description="2020, 2020-Q1, 2020-02, 2020-W07, 2020-02-21, or a range of two such as 2020-01..2020-06.",
    ),
]
IndicatorName = Annotated[str, Query(max_length=64, description="A name from /v1/stats/indicators.")]
Kind = Annotated[Literal["household", "cooperative", "enterprise"] | None, Query(description="Kind of subject.")]
Name = Annotated[str | None, Query(max_length=64)]
KnownAt = Annotated[
    Annotated[AwareDatetime, AfterValidator(within_reach)] | None,
    Query(alias="as_of", description="As known at this moment; without it, now."),
]
Moment = Annotated[
    Annotated[AwareDatetime, AfterValidator(within_reach)] | None,
    Query(
        alias="as_of",
        description="The figures as they were known then: all that was sealed by this moment, and nothing later. "
        "With an offset, such as 2020-03-01T00:00:00+08:00 (in a URL, + is %2B).",
    ),
]
ReleaseNumber = Annotated[
    int | None,
    Query(alias="release", ge=1, le=2**62, description="The figures of this release, and nothing else."),
]
Station = Annotated[str | None, Query(max_length=64, description="A station's code.")]
BuyerProvince = Annotated[str | None, Query(pattern="^[0-9]{2}0{10}$", description="12-digit code of a province.")]
Trade = Annotated[Literal["retail", "wholesale", "group", "downlink"] | None, Query(description="Form of trade.")]
UnitName = Annotated[str | None, Query(max_length=32, description="Unit of quantities, for the indicator units only.")]
CodeText = Annotated[str, Query(max_length=40, description="A household's code, however it is typed.")]
MonthText = Annotated[str, Query(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="Such as 2020-02.")]


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _filters(
    *,
    kind: Kind = None,
    platform: Name = None,
    category: Name = None,
    station: Station = None,
    buyer_province: BuyerProvince = None,
    trade: Trade = None,
    unit: UnitName = None,
) -> Filters:
    return Filters(kind, platform, category, station, buyer_province, trade, unit)


def _vintage(moment: Moment = None, release_id: ReleaseNumber = None) -> Vintage:
    return Vintage(moment, release_id)


Stored = Annotated[Database, Depends(_database)]
Filtered = Annotated[Filters, Depends(_filters)]
OfVintage = Annotated[Vintage, Depends(_vintage)]
