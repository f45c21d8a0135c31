"""A prepared data folder with a few codes, copied for each run."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.folders import passing_folder
from tests.nemesis.house import BreakableHouse, copy_folder, token_of
from tests.ports import free_port

VILLAGE = "522601001001"
STATION = "NEMESIS"
_SEED, _MANY = os.environ.get("ONECODE_NEMESIS_SEED"), os.environ.get("ONECODE_NEMESIS_SEEDS")
SEEDS = [int(_SEED)] if _SEED else list(range(1, 1 + int(_MANY or 1)))
"""``make nemesis SEEDS=200`` tries so many, ``make nemesis SEED=7`` replays one; ``make test`` tries the first."""
IS_ASKED_FOR = bool(_SEED or _MANY)
"""Whether this is ``make nemesis``, which has time for the dear drills, too."""


@dataclass(frozen=True)
class Prepared:
    """A data folder whose house does not run, and the codes in it: of households, and of groups that they may join."""

    data: Path
    codes: list[str]
    groups: list[str]
    group_ids: list[str]

    def house(self, above: Path, **options: Any) -> BreakableHouse:
        """A house on a copy."""
        copy_folder(self.data, above / "data")
        return BreakableHouse(above / "data", free_port(), **options)


@pytest.fixture(scope="session")
def prepared() -> Iterator[Prepared]:
    """Ten households; a cooperative and an enterprise, of which some are members; a station; and a ratio."""
    with passing_folder() as folder:
        house = BreakableHouse(folder / "data", free_port())
        house.start()
        headers = token_of(house.address, house.data, "officer")
        with httpx.Client(base_url=house.address, headers=headers, trust_env=False, timeout=60) as officer:
            households = [
                {"kind": "household", "region": VILLAGE, "name": f"户{number}", "persons": 3, "status": "registered",
                 "external_id": f"N-{number}", "baseline_income": "3120.00", "baseline_year": 2018,
                 "registered_on": "2019-01-01"}
                for number in range(10)
            ]  # fmt: skip
            made = [_made(officer.post("/v1/subjects", json=household)) for household in households]
            groups = [
                {"kind": kind, "region": VILLAGE, "name": kind, "external_id": kind, "members_bp": 8000,
                 "registered_on": "2019-01-01"}
                for kind in ("cooperative", "enterprise")
            ]  # fmt: skip
            joined = [_made(officer.post("/v1/subjects", json=group)) for group in groups]
            links = [
                {"member": made[number]["code"], "group": joined[number % 2]["code"], "valid_from": "2019-01-01"}
                for number in range(4)
            ]
            _made(officer.post("/v1/links", json={"links": links}))
            station = {"station": STATION, "name": "服务站", "region": VILLAGE, "type": "service_station",
                       "registered_on": "2019-01-01"}  # fmt: skip
            _made(officer.post("/v1/stations", json=station))
            ratio = {"category": "*", "region": "520000000000", "ratio_bp": 3500, "basis": "imputed",
                     "valid_from": "2018-01-01", "source": "test"}  # fmt: skip
            _made(officer.post("/v1/income-ratios", json=ratio))
        house.stop()
        yield Prepared(
            house.data,
            [answer["code"] for answer in made],
            [answer["code"] for answer in joined],
            [answer["subject_id"] for answer in joined],
        )


def _made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    return dict(answer.json())


@pytest.fixture
def above() -> Iterator[Path]:
    """A folder for one run; kept if ONECODE_NEMESIS_KEEP is set, to look at what went wrong."""
    if os.environ.get("ONECODE_NEMESIS_KEEP"):
        yield Path(tempfile.mkdtemp(prefix="onecode-nemesis-"))
        return
    with passing_folder() as folder:
        yield folder
