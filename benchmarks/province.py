"""The province of the benchmarks: cooperatives of a hundred members each, in villages all over Guizhou.

Registered through the public API; nobody in it exists.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.house import Ground, House, house
from services.codes.divisions import Level, read_divisions
from services.demo.products import CATEGORIES

PROVINCE = "520000000000"
PLATFORM = "guinong"
"""The platform of the first platform client."""
ITEMS_A_REQUEST = 500
_FILE = "benchmark_province.json"


@dataclass(frozen=True, slots=True)
class Province:
    """Who has been registered: codes of sources (cooperatives, each with a shop) and of their members, and goods."""

    sources: list[str]
    members: list[str]
    shops: list[str]
    categories: list[str]


def register_province(ground: Ground, *, sources: int, members: int) -> Province:
    """Make the ground's data folder: so many cooperatives of so many member households, 10 categories, one ratio."""
    with house(ground.province) as server, server.client("officer") as officer:
        province = _register(officer, sources, members)
        _wait_until_sealed(server)
    (ground.province / _FILE).write_text(json.dumps(asdict(province)))
    return province


def read_province(data: Path) -> Province:
    """The province of a data folder."""
    return Province(**json.loads((data / _FILE).read_text()))


def _register(officer: httpx.Client, sources: int, members: int) -> Province:
    villages = [division.code for division in read_divisions() if division.level is Level.VILLAGE]
    stride = max(1, len(villages) // sources)
    homes = [villages[number * stride % len(villages)] for number in range(sources)]
    categories = [category.code for category in CATEGORIES[:10]]
    _send(officer, "/v1/platforms", {"platform": PLATFORM, "name": "Benchmark"})
    for category in CATEGORIES[:10]:
        body = {"category": category.code, "name": category.name, "name_en": category.name_en}
        _send(officer, "/v1/categories", body)
    ratio = {"category": "*", "region": PROVINCE, "ratio_bp": 3500, "basis": "imputed", "valid_from": "2018-01-01"}
    _send(officer, "/v1/income-ratios", {**ratio, "source": "benchmark"})
    groups = [
        {"kind": "cooperative", "region": home, "name": f"合作社 {number}", "external_id": f"B-C{number}",
         "members_bp": 10000, "registered_on": "2018-01-01"}
        for number, home in enumerate(homes)
    ]  # fmt: skip
    households = [
        {"kind": "household", "region": homes[number // members], "name": f"户 {number}",
         "external_id": f"B-H{number}", "persons": 1 + number % 6, "status": "registered",
         "baseline_income": "3120.00", "baseline_year": 2018, "registered_on": "2018-01-01"}
        for number in range(sources * members)
    ]  # fmt: skip
    source_codes = list(_register_subjects(officer, groups))
    member_codes = list(_register_subjects(officer, households))
    links = [
        {"member": code, "group": source_codes[number // members], "weight": 1 + number % 3, "valid_from": "2018-01-01"}
        for number, code in enumerate(member_codes)
    ]
    for piece in _pieces(links):
        _send(officer, "/v1/links", {"links": piece})
    shops = [f"shop-{number}" for number in range(sources)]
    bindings = [
        {"platform": PLATFORM, "shop": shop, "code": code, "valid_from": "2018-01-01"}
        for shop, code in zip(shops, source_codes, strict=True)
    ]
    for piece in _pieces(bindings):
        _send(officer, "/v1/shops", {"shops": piece})
    return Province(source_codes, member_codes, shops, categories)


def _register_subjects(officer: httpx.Client, subjects: Sequence[dict[str, Any]]) -> Iterator[str]:
    for piece in _pieces(subjects):
        for result in _send(officer, "/v1/subjects", {"subjects": piece})["results"]:
            yield str(result["subject"]["code"])


def _send(officer: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    answer = officer.post(path, json=body)
    if not answer.is_success:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:1000]}")
    return answer.json()


def _pieces(items: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(items), ITEMS_A_REQUEST):
        yield list(items[start : start + ITEMS_A_REQUEST])


def _wait_until_sealed(server: House) -> None:
    """Wait until what was registered is in the cube's watermark, so that copies begin with nothing to do."""
    with server.client("bureau") as bureau:
        question = {"region": PROVINCE, "period": "2019-01-01"}
        before = None
        while (
            mark := bureau.get("/v1/stats/summary", params=question).raise_for_status().json()["watermark"]
        ) != before:
            before = mark
