"""Which form is wanted, and which answers are the same."""

import pytest

from services.stats.tabular.answering import Format, best_form, entity_tag

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Format.JSON),
        ("*/*", Format.JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Format.JSON),
        ("text/csv", Format.CSV),
        ("Text/CSV; charset=utf-8", Format.CSV),
        (f"text/csv;q=0.5, {XLSX}", Format.XLSX),
        ("application/json;q=0.9, text/csv;q=1.0", Format.CSV),
        ("text/csv;q=0", Format.JSON),
        ("text/csv;q=x", Format.JSON),
    ],
)
def test_accept_decides_the_form_and_json_is_for_everybody_else(accept: str, form: Format) -> None:
    assert best_form(accept) is form


def test_a_tag_stands_for_question_form_and_state_and_for_nothing_else() -> None:
    question = [("region", "520000000000"), ("period", "2020")]
    tag = entity_tag("/v1/stats/summary", question, Format.CSV, ["42"])
    same = entity_tag("/v1/stats/summary", [*reversed(question), ("format", "csv")], Format.CSV, ["42"])
    assert same == tag
    others = {
        entity_tag("/v1/stats/series", question, Format.CSV, ["42"]),
        entity_tag("/v1/stats/summary", question[:1], Format.CSV, ["42"]),
        entity_tag("/v1/stats/summary", question, Format.XLSX, ["42"]),
        entity_tag("/v1/stats/summary", question, Format.CSV, ["43"]),
    }
    assert len(others | {tag}) == 5
    assert tag.startswith('"')
    assert tag.endswith('"')
