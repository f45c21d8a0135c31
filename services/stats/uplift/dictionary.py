"""What each figure of the uplift is, as ``definitions.toml`` says, and what is said with every comparison."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from services.stats.indicators import Unit


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure of one part of the answer."""

    name: str
    unit: Unit
    zh: str
    en: str


_TEXT = files("services.stats.uplift").joinpath("definitions.toml").read_text(encoding="utf-8")


def _parts(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Sequence[Definition]]:
    return {
        part: tuple(Definition(name, Unit(said["unit"]), said["zh"], said["en"]) for name, said in figures.items())
        for part, figures in entries.items()
    }


_READ = tomllib.loads(_TEXT)
SINGLE = _parts(_READ["single"])
"""Parts with one value for each figure."""
ROWS = _parts(_READ["rows"])
"""Parts with a row for each key, with a value for each figure."""

WAYS = {
    "own": ("本户识别码", "The household's own code"),
    "cooperative": ("合作社联结", "Linked to a cooperative"),
    "enterprise": ("企业联结", "Linked to an enterprise"),
    "uncoded": ("无码付款方", "Paid by who has no code"),
}
COMPARISONS = {
    "all": ("全部带动户与对照户", "All reached, and comparable households"),
    "newly": ("当年首次带动的户与对照户", "Those reached for the first time, and comparable households"),
    "placebo": ("安慰剂:同样两组在带动之前的一年", "Placebo: the same two groups in a year before anybody was reached"),
}

LIMITS: Sequence[tuple[str, str]] = (
    (
        "差异不是效果:哪些农户被带动并非随机,差异可能来自其他原因。",
        "This is a difference, not an effect: who was reached was not drawn by lot, and the cause may be another.",
    ),
    (
        "登记收入可能由干部核定,不是实测;核定时可能参照了识别码。",
        "Registered income may be assessed by officers rather than measured, and the code may have been known to them.",
    ),
    (
        "登记收入可能已包含这些销售收入,不得与带动收入相加。",
        "Registered income may already contain these sales: never add the two.",
    ),
    (
        "同乡镇的对照户可能也间接受益或受损(务工、价格)。",
        "Households of the same township may gain or lose indirectly (work, prices).",
    ),
    (
        "安慰剂比较看的是带动之前的年份:若也有差异,主要比较就不可信。",
        "The placebo looks at a year before anybody was reached: if it shows a difference too, distrust the main one.",
    ),
)
"""Said with every comparison."""
