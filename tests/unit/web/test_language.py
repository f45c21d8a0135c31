"""Every text exists in both languages, and the right one is chosen."""

import re
from string import Formatter

import pytest

from services.web.language import Language, Texts, choose_language, own_half
from services.web.pages import TEMPLATES

TEXTS = Texts()


def test_every_text_has_both_languages_and_the_same_placeholders() -> None:
    """Nobody sees an empty place because a translation is missing; only units that English does without are empty."""
    for key, entry in TEXTS.entries.items():
        assert set(entry) == {"zh", "en"}, key
        assert entry["zh"], key
        assert entry["en"] or key in {"dashboard.households", "dashboard.people"}, key
        names = {
            language: {name for _, name, _, _ in Formatter().parse(text) if name} for language, text in entry.items()
        }
        # A month is written by number in Chinese and by name in English.
        assert names["zh"] == names["en"] or key == "dashboard.month", key


def test_every_text_a_template_asks_for_exists() -> None:
    """Keys that a template spells out in full are all there."""
    asked = {
        key
        for template in TEMPLATES.rglob("*.html")
        for key in re.findall(r"""\bt\(["']([a-z_]+\.[a-z_]+)["'][,)]""", template.read_text(encoding="utf-8"))
    }
    assert len(asked) > 50
    assert {key for key in asked if not TEXTS.has(key)} == set()


@pytest.mark.parametrize(
    ("asked", "remembered", "accept", "language"),
    [
        (None, None, "", "zh"),
        (None, None, "fr-FR,fr;q=0.9", "zh"),
        (None, None, "en-US,en;q=0.9,zh;q=0.8", "en"),
        (None, None, "en;q=0.5,zh-CN;q=0.9", "zh"),
        (None, None, "en;q=nonsense,zh", "zh"),
        (None, "en", "zh-CN", "en"),
        ("zh", "en", "en", "zh"),
        ("klingon", None, "en", "en"),
    ],
)
def test_the_language_is_what_was_asked_for_last(
    asked: str | None, remembered: str | None, accept: str, language: str
) -> None:
    """The address, then the memory, then the browser, then Chinese."""
    assert choose_language(asked, remembered, accept) == language


def test_a_message_of_the_api_is_halved_where_it_is_plain() -> None:
    """``中文 / English`` gives one's own half; what is worded otherwise is shown whole."""
    assert own_half("未知区划 / Unknown region", Language.ZH) == "未知区划"
    assert own_half("未知区划 / Unknown region", Language.EN) == "Unknown region"
    assert own_half("a / b / c", Language.EN) == "a / b / c"
