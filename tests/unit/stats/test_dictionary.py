"""The data dictionary says everything of every indicator, in both languages."""

import re
from pathlib import Path

import services.stats
from services.stats.dictionary import NAMES, REASONS, SOURCES, UNITS, describe_indicators, dictionary_tables
from services.stats.indicators import BREAKDOWNS, FILTERS, INDICATORS, QUALITY
from services.stats.uplift.dictionary import ROWS, SINGLE


def test_no_indicator_is_without_name_formula_source_and_unit_in_both_languages() -> None:
    assert NAMES.keys() == INDICATORS.keys()
    assert SOURCES.keys() == FILTERS.keys() == BREAKDOWNS.keys()
    assert UNITS.keys() >= {str(known.unit) for known in INDICATORS.values()}
    for entry in describe_indicators().indicators:
        said = entry.model_dump(exclude={"additive", "filters", "breakdowns", "published"})
        assert [name for name, text in said.items() if not text] == []
        assert all(min(c for c in said[name] if c > "\u2e80") >= "\u4e00" for name in ("name_zh", "source_zh"))


def test_the_dictionary_says_what_of_releases_everybody_may_read() -> None:
    """Net sales by each dimension, income whole, growth not at all."""
    published = {entry.name: entry.published for entry in describe_indicators().indicators}
    assert published["sales_net"] == ["whole", "kind", "platform", "category"]
    assert (published["income"], published["growth_yoy"]) == (["whole"], [])


def test_every_reason_for_a_null_is_explained() -> None:
    """Each word that any figure of the service is missing with."""
    text = "".join(path.read_text("utf-8") for path in Path(services.stats.__path__[0]).rglob("*.py"))
    reasons = set(re.findall(r'\bMissing\("(\w+)"\)', text))
    assert "needs_unit" in reasons <= REASONS.keys()
    assert all(zh and en for zh, en in REASONS.values())


def test_the_dictionary_is_a_workbook_of_four_sheets() -> None:
    tables = dictionary_tables(describe_indicators())
    figures = sum(len(of) for of in (*SINGLE.values(), *ROWS.values()))
    assert [len(table.rows) for table in tables] == [len(INDICATORS), len(QUALITY), figures, len(REASONS)]
    assert len({table.name for table in tables}) == 4
