"""Poverty lines by year and province: what comes with the program, and what officers recorded in its place. Pure."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from services.kit.money import parse_yuan

NATIONAL = "*"
STANDINGS = ("published", "approximate", "guideline")


@dataclass(frozen=True, slots=True)
class PovertyLine:
    """A line: yuan of ``year`` per head and year. ``region`` is a province, or ``*`` for the nation."""

    region: str
    year: int
    per_head_fen: int
    standing: str
    """``published``, ``approximate`` (published figures differ) or ``guideline`` (announced, not computed)."""
    source: str
    note: str = ""
    recorded_at: datetime | None = None
    """``None`` for what comes with the program."""
    status: str = "confirmed"
    """``to_be_confirmed`` for what comes with the program and was found in one source only: the bureau confirms it by
    recording it.
    """


@cache
def built_in_lines() -> tuple[PovertyLine, ...]:
    """The national lines that come with the program, each with its source."""
    text = files("services.stats.uplift").joinpath("poverty_lines.toml").read_text(encoding="utf-8")
    return tuple(
        PovertyLine(
            NATIONAL,
            entry["year"],
            parse_yuan(entry["yuan"]),
            entry["standing"],
            entry["source"],
            entry["note"],
            status=entry["status"],
        )
        for entry in tomllib.loads(text)["line"]
    )


def lines_in_force(recorded: Iterable[PovertyLine]) -> list[PovertyLine]:
    """One line for each region and year, national ones first: of what was recorded the newest, else what is built in.

    ``recorded`` comes in the order of recording.
    """
    known = {(line.region, line.year): line for line in (*built_in_lines(), *recorded)}
    return [known[key] for key in sorted(known, key=lambda key: (key[0] != NATIONAL, key))]


def lines_of_province(lines: Iterable[PovertyLine], province: str) -> Mapping[int, PovertyLine]:
    """The lines that hold in a province, by year: its own where it has one, else the national one."""
    found: dict[int, PovertyLine] = {}
    for line in lines:
        if line.region == province or (line.region == NATIONAL and line.year not in found):
            found[line.year] = line
    return found


def is_gap_closed(baseline_fen: int, persons: int, income_fen: int, *, base_line_fen: int, line_fen: int) -> bool:
    """Whether a household below the line of its base year would be on this year's, if its baseline had grown with the
    line and the coded income came on top: arithmetic, no exit from poverty.

    ``baseline × line ÷ base line + income ÷ persons ≥ line``, multiplied out, so that nothing is rounded.
    """
    if baseline_fen >= base_line_fen:
        return False
    return baseline_fen * line_fen * persons + income_fen * base_line_fen >= line_fen * base_line_fen * persons
