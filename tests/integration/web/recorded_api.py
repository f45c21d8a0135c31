"""Stands where the gateway stands, for tests of the pages alone: answers of the public API in their recorded shapes.

What the real services answer is held by the end-to-end tests of the same pages; here it can be chosen, so that every
state a page has can be looked at.
"""

import json
from pathlib import Path
from typing import Any

import jwt
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from services.web.divisions import ancestors

UPLIFT = Path(__file__).with_name("recorded_uplift.json")
PLAN = Path(__file__).with_name("recorded_plan.json")
RECORDED_YEAR = 2019
CLIENT_ID, CLIENT_SECRET = "bureau-test", "correct horse"
READER = "reader"
"""Who may read what is published, and nothing else."""
COUNTY = "522701000000"
HOUSEHOLD_CODE, COOPERATIVE_CODE = "HGP1XF3A71", "C7M2K9QX40"
NAMES = {
    "520000000000": "贵州省",
    "522700000000": "黔南布依族苗族自治州",
    "522701000000": "都匀市",
    "522701110000": "毛尖镇",
    "522701110206": "坪阳村",
}
PREFECTURES = [
    ("520100000000", "贵阳市", "412907.15"),
    ("520200000000", "六盘水市", "88310.40"),
    ("520300000000", "遵义市", "365112.00"),
    ("520400000000", "安顺市", "140220.75"),
    ("520500000000", "毕节市", "201877.30"),
    ("520600000000", "铜仁市", "176540.02"),
    ("522300000000", "黔西南布依族苗族自治州", "95400.90"),
    ("522600000000", "黔东南苗族侗族自治州", "183020.33"),
    ("522700000000", "黔南布依族苗族自治州", "239098.30"),
]
MONTHS = [
    *("61204.11", "38511.90", "142877.04", "210343.36", "171202.77", "120933.18"),
    *("98712.09", "131044.50", "188310.25", "241200.10", "312908.45", "185239.40"),
]
DESCRIBED = ("/v1/token", "/v1/subjects", "/v1/orders", "/v1/stats/summary")
DUYUN = "贵州省黔南布依族苗族自治州都匀市"
CODES: dict[str, dict[str, Any]] = {
    HOUSEHOLD_CODE: {"state": "in_force", "place": DUYUN, "since": "2018-12-31T00:00:00+08:00"},
    COOPERATIVE_CODE: {
        "state": "in_force",
        "kind": "cooperative",
        "place": "贵州省遵义市湄潭县",
        "since": "2019-03-02T00:00:00+08:00",
    },
    "H4XZ08WTN5": {"state": "suspended", "place": DUYUN, "since": "2018-12-31T00:00:00+08:00"},
    "HAHEADOFT5": {"state": "not_yet_in_force", "place": DUYUN, "since": None},
    "E90RTY3W2K": {
        "state": "revoked",
        "kind": "enterprise",
        "place": "贵州省遵义市凤冈县",
        "since": "2019-06-15T17:30:00+08:00",
    },
}
ORIGINS: dict[str, dict[str, Any]] = {
    HOUSEHOLD_CODE: {
        "place": f"{DUYUN}毛尖镇",
        "organisation": None,
        "cooperatives": [{"name": "都匀毛尖合作社", "code": "CYXR5ZBXCZ"}],
    },
    COOPERATIVE_CODE: {
        "place": "贵州省遵义市湄潭县",
        "organisation": {"name": "湄潭翠芽合作社", "code": COOPERATIVE_CODE},
        "cooperatives": [],
    },
}
GOODS: dict[str, list[dict[str, Any]]] = {
    "CYXR5ZBXCZ": [{"category": "tea", "name": "茶叶", "name_en": "Tea", "since": "2019-03"}],
    COOPERATIVE_CODE: [{"category": "tea", "name": "茶叶", "name_en": "Tea", "since": "2018-11"}],
}
INDICATORS: dict[str, Any] = {
    "sales_gross": "2474823.07",
    "refunds": "572335.92",
    "sales_net": "1902487.15",
    "orders": 24087,
    "order_lines": 24087,
    "codes_active": 2050,
    "codes_with_sales": 613,
    "households_reached": 1240,
    "people_reached": 4712,
    "income": {"total": "665870.50", "paid": "41200.00", "contract": "290113.28", "imputed": "334557.22"},
    "income_per_reached_household": "536.99",
    "uplift_rate": "0.0842",
    "households_without_baseline": 12,
    "quality": {
        "attributed_share": "0.9873",
        "parked_amount": "31877.40",
        "sales_without_ratio": "12044.00",
        "households_without_baseline": 12,
        "platforms": ["guinong", "tmall"],
    },
}
RELEASE = {
    "release_id": 7, "region": "520000000000", "period": "2019", "first_day": "2019-01-01", "last_day": "2019-12-31",
    "stage": "final", "status": "published", "calendar": "2019年统计公报", "note": "全年数 / The whole year",
    "compiler": "bureau", "reviewer": "admin", "published_at": "2020-03-06T01:00:00Z", "superseded_by": None,
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "holds": {"periods": ["2019", *(f"2019-Q{quarter}" for quarter in range(1, 5)), "2019-01"]},
}  # fmt: skip
NO_SALES: dict[str, Any] = {
    **dict.fromkeys(("sales_gross", "refunds", "sales_net"), "0.00"),
    **dict.fromkeys(("orders", "order_lines", "codes_active", "codes_with_sales"), 0),
    **dict.fromkeys(("households_reached", "people_reached", "households_without_baseline"), 0),
    "income": {"total": "0.00", "paid": "0.00", "contract": "0.00", "imputed": "0.00"},
    "income_per_reached_household": {"value": None, "reason": "zero_denominator"},
    "uplift_rate": {"value": None, "reason": "needs_full_year"},
    "quality": {
        "attributed_share": {"value": None, "reason": "zero_denominator"},
        "parked_amount": "0.00",
        "sales_without_ratio": "0.00",
        "households_without_baseline": 0,
        "platforms": [],
    },
}
QR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><path fill="#000" d="M4 4h7v7H4zM18 4h7v7h-7zM4 18h7'
    'v7H4zM13 6h3v3h-3zM13 13h4v2h-4zM19 15h3v4h-3zM22 21h3v4h-3zM15 19h2v5h-2z"/></svg>'
)


def problem(status: int, code: str) -> JSONResponse:
    """A problem document."""
    return JSONResponse(
        {"type": "about:blank", "title": code, "status": status, "code": code, "detail": "说明 / detail"},
        status_code=status,
        media_type="application/problem+json",
    )


def _token(client_id: str, regions: list[str]) -> Response:
    """A token in the form of the real one, signed with a key that nobody checks."""
    token = jwt.encode({"sub": client_id, "regions": regions}, "k" * 32, algorithm="HS256")
    return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 3600})


def create_recorded_api() -> FastAPI:
    """The stand-in. ``app.state.failing`` holds paths and the statuses that they answer from now on."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.failing = {}
    app.state.token_requests = []
    app.state.ended_tokens = []
    app.state.codes = dict(CODES)

    @app.middleware("http")
    async def fail_when_asked(request: Request, call_next: Any) -> Response:
        if request.url.path in app.state.failing:
            return problem(app.state.failing[request.url.path], "chosen_by_the_test")
        answer: Response = await call_next(request)
        return answer

    @app.post("/v1/token")
    async def token(request: Request) -> Response:
        form = await request.form()
        app.state.token_requests.append(form["grant_type"])
        if form.get("username") == "locked":
            return JSONResponse({"error": "slow_down"}, status_code=429)
        if (form.get("username"), form.get("password")) == ("liu", "a person's password"):
            return _token("liu", [COUNTY])
        if (form.get("username"), form.get("password")) == ("reader", "a person's password"):
            return _token(READER, ["520000000000"])
        if (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET):
            return _token(CLIENT_ID, ["520000000000"])
        return JSONResponse({"error": "invalid_client"}, status_code=401)

    @app.post("/v1/token/revoke")
    async def revoke(request: Request) -> Response:
        app.state.ended_tokens.append((await request.form())["token"])
        return Response()

    _add_codes(app)
    _add_statistics(app)
    _add_releases(app)
    _add_plan(app)

    @app.get("/openapi.json")
    async def description() -> Response:
        operation = {"summary": "上报订单 / Post orders", "responses": {"200": {"description": "ok"}}}
        return JSONResponse(
            {
                "openapi": "3.1.0",
                "info": {"title": "OneCode", "version": "1"},
                "paths": {path: {"post": operation} for path in DESCRIBED},
            }
        )

    return app


def _add_codes(app: FastAPI) -> None:
    @app.get("/v1/codes/{code}")
    async def code(code: str) -> Response:
        if len(code) != 10 or code[0] not in "HCE":
            return problem(422, "malformed_code")
        known = app.state.codes
        return JSONResponse({"code": code, **known[code]}) if code in known else problem(404, "unknown_code")

    @app.get("/v1/codes/{code}/origin")
    async def origin(code: str) -> Response:
        known = ORIGINS.get(code, {"place": "贵州省", "organisation": None, "cooperatives": []})
        return JSONResponse({"code": code, "level": "county", **known})

    @app.get("/v1/stats/goods/{code}")
    async def goods(code: str) -> Response:
        return JSONResponse({"code": code, "goods": GOODS[code]}) if code in GOODS else problem(404, "no_group")

    @app.get("/v1/codes/{code}/qr.svg")
    async def qr(code: str) -> Response:  # noqa: ARG001 - one picture does for all
        return Response(QR, media_type="image/svg+xml")

    @app.get("/v1/regions/{code}")
    async def region(code: str) -> Response:
        if code not in NAMES:
            return problem(404, "unknown_region")
        path = [{"code": above, "name": NAMES[above], "level": "x", "parent": None} for above in ancestors(code)]
        return JSONResponse({"code": code, "name": NAMES[code], "level": "x", "parent": None, "path": path})


def _refusal(request: Request, region: str) -> Response | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token.count("."):
        return problem(401, "not_authenticated")
    if jwt.decode(token, options={"verify_signature": False})["sub"] == READER:
        return problem(403, "releases_only")
    if region.startswith("53"):
        return problem(403, "not_allowed")
    return None if region in NAMES or region[4:] == "00000000" else problem(404, "unknown_region")


def _add_plan(app: FastAPI) -> None:
    @app.get("/v1/stats/targets")
    async def targets(year: int) -> Response:
        return JSONResponse(json.loads(PLAN.read_text())["targets"] | {"year": year})

    @app.get("/v1/stats/stations")
    async def stations(request: Request, region: str) -> Response:
        answer = json.loads(PLAN.read_text())["stations"]
        answer["region"] |= {"code": region, "name": NAMES.get(region, region)}
        return _refusal(request, region) or JSONResponse(answer)

    @app.get("/v1/stats/products")
    async def products(request: Request, region: str, category: str | None = None) -> Response:
        answer = json.loads(PLAN.read_text())["products" if category is None else "product"]
        answer["region"] |= {"code": region, "name": NAMES.get(region, region)}
        return _refusal(request, region) or JSONResponse(answer)


def _add_releases(app: FastAPI) -> None:
    @app.get("/v1/stats/releases")
    async def releases() -> Response:
        return JSONResponse({"releases": [RELEASE]})

    @app.get("/v1/stats/releases/7/figures")
    async def figures(request: Request, region: str, level: str = "") -> Response:
        if "format" in request.query_params:
            return _file(request)
        places = {region: NAMES.get(region, region)} if not level else {code: name for code, name, _ in PREFECTURES}
        values = {"sales_net": "1902487.15", "income": None, "households_reached": 1240, "uplift_rate": "0.0842"}
        units = {"sales_net": "yuan", "income": "yuan", "households_reached": "count", "uplift_rate": "rate"}
        rows = [
            {
                "region": {"code": code, "name": name}, "key": None, "indicator": indicator, "value": value,
                "unit": units[indicator], "status": "suppressed" if value is None else None,
            }
            for code, name in places.items()
            for indicator, value in values.items()
        ]  # fmt: skip
        return JSONResponse({"region": {"code": region, "name": NAMES.get(region, region)}, "figures": rows})


def _file(request: Request) -> Response:
    """A file that says what was asked."""
    headers = {"Content-Disposition": 'attachment; filename="figures.csv"'}
    return Response(f"{request.url.path}?{request.url.query}", media_type="text/csv", headers=headers)


def _add_statistics(app: FastAPI) -> None:
    @app.get("/v1/stats/summary")
    async def summary(request: Request, region: str, period: str) -> Response:
        if "format" in request.query_params:
            return _refusal(request, region) or _file(request)
        since = {"sales_net": {"released": "1902000.00", "change": "487.15"}}
        is_live = "release" not in request.query_params
        return _refusal(request, region) or JSONResponse(
            {
                "revision": {"release": {"release_id": 7}, "indicators": since} if is_live else None,
                "region": {"code": region, "name": NAMES.get(region, region), "level": "x"},
                "period": {"label": period},
                "watermark": {"position": 4711, "sealed_at": "2020-03-05T06:12:09.120000Z", "income_position": 4709},
                "indicators": NO_SALES if period.startswith("2018") else INDICATORS,
            }
        )

    @app.get("/v1/stats/uplift")
    async def uplift(request: Request, region: str, year: int) -> Response:
        answer = json.loads(UPLIFT.read_text())
        answer["region"] |= {"code": region, "name": NAMES.get(region, region)}
        if year != RECORDED_YEAR:  # a year that is not over
            waits = {"value": None, "reason": "needs_full_year"}
            for row in answer["comparison"]["rows"]:
                row["values"] = dict.fromkeys(row["values"], waits)
            answer["comparison"]["trend"] = []
        return _refusal(request, region) or JSONResponse(answer)

    @app.get("/v1/stats/series")
    async def series(request: Request, region: str, indicator: str, freq: str) -> Response:
        assert (indicator, freq) == ("sales_net", "month")
        year = request.query_params["from"][:4]
        points = [
            {"period": f"{year}-{month:02d}", "value": "0.00" if year == "2018" else value}
            for month, value in enumerate(MONTHS, 1)
        ]
        return _refusal(request, region) or JSONResponse({"points": points})

    @app.get("/v1/stats/breakdown")
    async def breakdown(request: Request, region: str, period: str, by: str) -> Response:
        below = PREFECTURES if by == "prefecture" else [(code, name, "1200.50") for code, name in NAMES.items()][2:]
        none = period.startswith("2018")
        rows = [
            {"key": code, "region": {"code": code, "name": name}, "value": "0.00" if none else value}
            for code, name, value in sorted(below, key=lambda row: -float(row[2]))
        ]
        undivided = "3600.00" if by == "township" and not none else "0.00"
        return _refusal(request, region) or JSONResponse({"rows": rows, "undivided": undivided})
