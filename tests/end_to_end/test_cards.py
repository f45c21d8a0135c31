"""From a household to a card in a hand: issued, printed, read by another decoder, verified offline, opened."""

import base64
from datetime import date
from pathlib import Path

import httpx
import pypdfium2
import zxingcpp

from services.codes.card import CardKey, CardVerdict, judge_token, read_scan, read_token
from tests.end_to_end.conftest import RunningHouse, run_onecode

VILLAGE = "522701005016"


def _keys(house: RunningHouse) -> dict[int, CardKey]:
    answer = httpx.get(f"{house.base_url}/.well-known/onecode-keys.json", trust_env=False)
    return {
        int(key["kid"]): CardKey(
            int(key["kid"]), base64.urlsafe_b64decode(key["x"] + "="), date.fromisoformat(key["valid_from"])
        )
        for key in answer.json()["keys"]
    }


def _run(house: RunningHouse, *arguments: str) -> str:
    done = run_onecode("labels", *arguments, "--data", str(house.data), environment={"ONECODE_LOG_LEVEL": "warning"})
    said, _ = done.communicate()
    assert done.returncode == 0, said
    return said


def _read(file: Path) -> list[str]:
    pages = [page.render(scale=200 / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(file)]
    return [symbol.text for page in pages for symbol in zxingcpp.read_barcodes(page)]


def test_a_village_gets_labels_and_cards_that_stations_verify_offline(
    running_house: RunningHouse, tmp_path: Path
) -> None:
    said = [
        {"kind": "household", "region": VILLAGE, "name": f"罗某{number}", "persons": 3, "registered_on": "2018-12-31",
         "status": "other", "external_id": f"E2E-{number}"}
        for number in range(3)
    ]  # fmt: skip
    with running_house.client("officer") as officer:
        answer = officer.post("/v1/subjects", json={"subjects": said})
        codes = [result["subject"]["code"] for result in answer.json()["results"]]
    chosen = [word for code in codes for word in ("--code", code)]
    _run(running_house, str(tmp_path / "labels.pdf"), *chosen)
    assert [read_scan(text) for text in _read(tmp_path / "labels.pdf")] == [(code, None) for code in codes]
    assert "3" in _run(running_house, str(tmp_path / "cards.pdf"), "--cards", *chosen)
    cards = _read(tmp_path / "cards.pdf")
    keys = _keys(running_house)
    for text, code in zip(cards, codes, strict=True):
        read, token = read_scan(text)
        assert (read, judge_token(code, read_token(token or ""), keys)) == (code, CardVerdict.VALID)
    page = httpx.get(cards[0].lower().replace("/c/", "/C/"), follow_redirects=True, trust_env=False)
    assert page.status_code == 200
    assert page.url.path == f"/c/{codes[0]}"
    assert "罗某" not in page.text


def test_a_command_that_cannot_print_says_which_codes(running_house: RunningHouse, tmp_path: Path) -> None:
    done = run_onecode(
        "labels", str(tmp_path / "labels.pdf"), "--code", "HGP1XF3A71", "--data", str(running_house.data),
        environment={"ONECODE_LOG_LEVEL": "warning"},
    )  # fmt: skip
    said, _ = done.communicate()
    assert done.returncode == 1
    assert "HGP1XF3A71" in said
    assert not (tmp_path / "labels.pdf").exists()
