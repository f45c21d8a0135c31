"""A prepared data folder with a few codes, copied for each run."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.cli.serving import address_of, listen
from tests.nemesis.house import BreakableHouse, copy_folder, token_of

VILLAGE = "522601001001"


@dataclass(frozen=True)
class Prepared:
    """A data folder whose house does not run, and the codes in it."""

    data: Path
    codes: list[str]

    def house(self, above: Path, *, workers: int = 1) -> BreakableHouse:
        """A house on a copy."""
        copy_folder(self.data, above / "data")
        return BreakableHouse(above / "data", free_port(), workers=workers)


def free_port() -> int:
    """A port that nobody has."""
    with listen("127.0.0.1", 0) as listener:
        return int(address_of(listener).rpartition(":")[2])


@pytest.fixture(scope="session")
def prepared() -> Iterator[Prepared]:
    """Ten households, and a ratio, so that there is income to settle."""
    with tempfile.TemporaryDirectory(prefix="onecode-test-") as folder:
        house = BreakableHouse(Path(folder) / "data", free_port())
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
            ratio = {"category": "*", "region": "520000000000", "ratio_bp": 3500, "basis": "imputed",
                     "valid_from": "2018-01-01", "source": "test"}  # fmt: skip
            _made(officer.post("/v1/income-ratios", json=ratio))
        house.stop()
        yield Prepared(house.data, [answer["code"] for answer in made])


def _made(answer: httpx.Response) -> dict[str, str]:
    assert answer.is_success, answer.text
    return dict(answer.json())


@pytest.fixture
def above() -> Iterator[Path]:
    """A folder for one run; kept if ONECODE_NEMESIS_KEEP is set, to look at what went wrong."""
    if os.environ.get("ONECODE_NEMESIS_KEEP"):
        yield Path(tempfile.mkdtemp(prefix="onecode-nemesis-"))
        return
    with tempfile.TemporaryDirectory(prefix="onecode-test-") as folder:
        yield Path(folder)
