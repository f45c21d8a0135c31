"""``onecode stats`` beside a running house: figures, files and releases from the command line."""

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.conftest import RunningHouse, run_onecode, started

VILLAGE = "522701110206"
COUNTED_WITHIN_SECONDS = 30
ORDER = {"order_no": "CLI-1", "occurred_at": "2019-03-18T10:00:00+08:00", "shop": "guizhou-tea"}
LINE = {"line_no": "1", "title": "都匀毛尖", "category": "tea", "quantity": "2", "unit": "box", "amount": "37.00"}
HOUSEHOLD = {
    "kind": "household", "region": VILLAGE, "name": "试用户", "persons": 4, "status": "registered",
    "baseline_income": "3120.00", "baseline_year": 2018, "registered_on": "2018-12-31",
}  # fmt: skip


@pytest.fixture
def house(data_folder: Path) -> Iterator[RunningHouse]:
    """A house with a sale of 37.00 yuan in March 2019, which its statistics have counted."""
    with started("up", "--data", str(data_folder), "--port", "0") as program:
        house = RunningHouse(program.address, json.loads((data_folder / "credentials.json").read_text()), data_folder)
        with house.client("officer") as officer, house.client("platform") as platform, house.client("bureau") as bureau:
            code = officer.post("/v1/subjects", json=HOUSEHOLD).raise_for_status().json()["code"]
            sold = platform.post("/v1/orders", json={"orders": [{**ORDER, "lines": [{**LINE, "code": code}]}]})
            assert sold.json()["counts"]["accepted"] == 1, sold.text
            _wait_until_counted(bureau)
        yield house


def _wait_until_counted(bureau: httpx.Client) -> None:
    until = time.monotonic() + COUNTED_WITHIN_SECONDS
    asked = {"region": VILLAGE, "period": "2019-03"}
    while bureau.get("/v1/stats/summary", params=asked).json()["indicators"]["sales_net"] != "37.00":
        assert time.monotonic() < until


def _said(house: RunningHouse, *arguments: str) -> str:
    process = run_onecode("stats", *arguments, "--data", str(house.data))
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said


def _rows(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(line for line in io.StringIO(text.lstrip("\ufeff")) if not line.startswith("# ")))


def test_figures_files_and_releases_from_the_command_line(house: RunningHouse, tmp_path: Path) -> None:
    """The figures of the house, in the form that is asked for; a release is drafted, approved by another, and read."""
    here = ("--region", VILLAGE, "--period", "2019-03")
    assert json.loads(_said(house, "summary", *here))["indicators"]["sales_net"] == "37.00"

    table = tmp_path / "series.csv"
    months = ("--indicator", "sales_net", "--from", "2019-02", "--to", "2019-03", "--region", VILLAGE)
    _said(house, "series", *months, "--output", str(table))
    assert [row["value"] for row in _rows(table.read_text())] == ["0.00", "37.00"]

    parts = _rows(_said(house, "breakdown", "--indicator", "sales_net", "--by", "category", *here, "--format", "csv"))
    assert [(row["key"], row["value"]) for row in parts] == [("tea", "37.00")]

    book = tmp_path / "uplift.xlsx"
    _said(house, "export", "uplift", str(book), "-p", f"region={VILLAGE}", "-p", "year=2019")
    assert book.read_bytes().startswith(b"PK")

    about = ("--stage", "final", "--calendar", "2019年3月", "--note", "月报", "--down-to", "village")
    drafted = _said(house, "release", "draft", *here, *about)
    number = next(line for line in drafted.splitlines() if "final, draft" in line).split(":")[0].strip()
    assert "final, published" in _said(house, "release", "approve", number, "--note", "复核无误")
    assert f"{number}: {VILLAGE} 2019-03 final, published" in _said(house, "release", "list")
    released = json.loads(_said(house, "summary", *here, "--release", number))
    assert (released["release"]["release_id"], released["indicators"]["sales_net"]) == (int(number), "37.00")
    _look_as_a_reader(house, number)


def _look_as_a_reader(house: RunningHouse, number: str) -> None:
    """Who may only read what is published gets the release on the dashboard, one household's figures withheld."""
    known = house.credentials["clients"]["bureau"]
    form = {"grant_type": "client_credentials", "scope": "stats:read"}
    form |= {key: known[key] for key in ("client_id", "client_secret")}
    with httpx.Client(base_url=house.base_url, trust_env=False, timeout=60) as browser:
        token = browser.post("/v1/token", data=form).raise_for_status().json()["access_token"]
        browser.cookies.set("onecode_session", token)
        page = browser.get("/dashboard", params={"region": VILLAGE, "period": "2019-03"})
        assert (page.status_code, "这里是已公布的数字" in page.text, "37.00" in page.text) == (200, True, False)
        asked = {"region": VILLAGE, "period": "2019-03", "format": "csv"}
        table = browser.get(f"/dashboard/files/releases/{number}/figures", params=asked)
        assert {row["status"] for row in _rows(table.text) if row["indicator"] == "sales_net"} == {"suppressed"}
        assert browser.get("/dashboard/files/summary", params=asked).status_code == 403
