"""Chinese and English, side by side in ``texts/``; Chinese unless the visitor asks for English."""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parent / "texts"


class Language(StrEnum):
    """The languages every text exists in."""

    ZH = "zh"
    EN = "en"

    @property
    def tag(self) -> str:
        """The value of the page's ``lang`` attribute (BCP 47)."""
        return "zh-CN" if self is Language.ZH else "en"


def choose_language(asked: str | None, remembered: str | None, accept_language: str) -> Language:
    """What the visitor asks for now (``?lang=``) or asked for before, else the browser's first wish, else Chinese."""
    for choice in (asked, remembered):
        if choice in {"zh", "en"}:
            return Language(choice)
    wishes = []
    for place, wish in enumerate(accept_language.split(",")):
        tag, _, weight = wish.strip().partition(";q=")
        wishes.append((-_quality(weight), place, tag.lower()))
    for _, _, tag in sorted(wishes):
        primary = tag.split("-")[0]
        if primary in {"zh", "en"}:
            return Language(primary)
    return Language.ZH


def _quality(weight: str) -> float:
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0


def own_half(detail: str, language: Language) -> str:
    """The visitor's half of a message of the API, which is worded ``中文 / English``; all of it when it is not."""
    chinese, separator, english = detail.partition(" / ")
    if not separator or " / " in english:
        return detail
    return chinese if language is Language.ZH else english


class Texts:
    """The texts of all pages, ``section.name`` → both languages."""

    def __init__(self, folder: Path = TEXTS) -> None:
        self.entries: dict[str, dict[str, str]] = {
            f"{section}.{name}": entry
            for path in sorted(folder.glob("*.toml"))
            for section, entries in tomllib.loads(path.read_text(encoding="utf-8")).items()
            for name, entry in entries.items()
        }

    def get(self, language: Language, key: str, /, **values: Any) -> str:
        """The text ``key`` with its ``{placeholders}`` filled. Raises ``KeyError`` for an unknown key."""
        text = self.entries[key][language]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether there is a text ``key``: for names that come from the API and may be newer than this page."""
        return key in self.entries
