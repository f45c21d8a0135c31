"""The scanning page's scripts are what an old phone can read, and little of it."""

from typing import Any

import esprima
import pytest

from services.web.assets import STATIC, Assets
from services.web.language import Texts
from services.web.scan_page import DECODER, FILES, SCRIPTS, ScanPage

LARGEST_BYTES = 150_000
LATER = (
    "flat", "flatMap", "matchAll", "replaceAll", "finally", "fromEntries", "allSettled", "any", "trimStart", "trimEnd",
    "randomUUID", "structuredClone",
)  # fmt: skip
"""Methods that came after 2017."""


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith(".js")] + ["scan/worker.js"])
def test_scripts_are_of_2017(path: str) -> None:
    """ES2017 as a script, no module; nothing spread in objects; no method of ours that browsers learnt later."""
    later: list[str] = []

    def look(node: Any, _meta: Any) -> None:
        if node.type == "ObjectExpression":
            later.extend(entry.type for entry in node.properties if entry.type == "SpreadElement")
        if node.type == "MemberExpression" and node.property.name in LATER:
            later.append(node.property.name)

    esprima.parseScript((STATIC / path).read_text(encoding="utf-8"), delegate=look)
    assert later == []


def test_everything_weighs_less_than_a_photo() -> None:
    """Page, worker, style, scripts and decoder, compressed as they travel."""
    assets = Assets()
    page = ScanPage(assets, Texts())
    files = sum(len(assets.body(path, packed=True)) for path in FILES)
    assert files + len(page.html.compressed) + len(page.worker.compressed) < LARGEST_BYTES


def test_the_worker_keeps_the_page_and_its_files_and_knows_when_one_has_changed() -> None:
    """Each file by the address that names its content, so another content is another worker."""
    assets, texts = Assets(), Texts()
    worker = ScanPage(assets, texts).worker
    assert all(f'"{assets.url(path)}"'.encode() in worker.body for path in FILES)
    assert {f"scan/{name}.js" for name in SCRIPTS} | {DECODER} <= set(FILES)
    texts.entries["scan.title"] = {"zh": "扫一扫", "en": "Scan"}
    assert ScanPage(assets, texts).worker.tag != worker.tag


def test_every_script_of_the_folder_is_run() -> None:
    """The worker runs by itself."""
    present = {path.stem for path in (STATIC / "scan").glob("*.js")}
    assert present == {*SCRIPTS, "worker"}
