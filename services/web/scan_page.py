"""The scanning page and its service worker: the same for everybody, made once, with nothing of a visitor in them.

A phone keeps them and opens them without a line, so they hold both languages, and a digest of all that belongs to them
is the version by which a browser notices that there is another.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from services.web.assets import STATIC, Assets
from services.web.language import Language, Texts
from services.web.pages import TEMPLATES

SCRIPTS = (
    "code", "card", "lists", "store", "line", "queue", "words", "reader", "work", "statement", "waiting", "setup",
    "page",
)  # fmt: skip
"""In the order in which they are run; each is a file below ``static/scan``."""
DECODER = "vendor/jsqr/jsQR.js"
"""Loaded when a picture is to be read and the browser cannot do that itself; kept for that from the beginning."""
FILES = (
    "mark.svg",
    "scan/scan.css",
    "vendor/tweetnacl/nacl-fast.min.js",
    *(f"scan/{name}.js" for name in SCRIPTS),
    DECODER,
)
_SECTION = "scan."


@dataclass(frozen=True, slots=True)
class Document:
    """What is sent, and the digest of it as an ETag."""

    body: bytes
    compressed: bytes
    tag: str


class ScanPage:
    """``html`` and ``worker``, made of the template, the texts and the digests of the files."""

    def __init__(self, assets: Assets, texts: Texts) -> None:
        templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.globals["asset"] = assets.url
        said = {key.removeprefix(_SECTION): texts.entries[key] for key in texts.entries if key.startswith(_SECTION)}
        self.html = _document(
            templates.get_template("scan.html").render(
                both=lambda key: _both(said[key]),
                texts=json.dumps({key: [said[key]["zh"], said[key]["en"]] for key in said}, ensure_ascii=False),
                scripts=[f"scan/{name}.js" for name in SCRIPTS],
                decoder=DECODER,
            )
        )
        files = [assets.url(path) for path in FILES]
        version = hashlib.sha256("\n".join([self.html.tag, *files]).encode()).hexdigest()[:16]
        source = (STATIC / "scan" / "worker.js").read_text(encoding="utf-8")
        kept = json.dumps({"version": version, "page": "/scan", "files": files})
        self.worker = _document(f"self.KEPT = {kept};\n{source}")


def _document(text: str) -> Document:
    body = text.encode()
    return Document(body, gzip.compress(body, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:16]}"')


def _both(text: dict[str, str]) -> Markup:
    """Both languages beside each other; the style sheet shows the one that is wanted."""
    return Markup('<span class="zh">{}</span><span class="en" lang="en">{}</span>').format(
        text[Language.ZH], text[Language.EN]
    )
