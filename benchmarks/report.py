"""docs/performance.md: what was measured last, row by row, with a picture of every ratio against its budget.

The figures are kept beside it in performance.json, so that a run of some rows leaves the others standing.
"""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.growth import draw_growth
from benchmarks.rounds import Figures, Options, Row, Unit
from benchmarks.table import budget_text, figures_text, ratio_text

_INTRODUCTION = """# Performance

Written by `make bench` (`python -m benchmarks --write` for some rows only); do not edit. The budgets are those of the
design. Every ratio compares ours with a yardstick that ran in the same minutes on the same machine, in turns
(A B A B …): the median of the rounds' ratios, and in brackets the least and the greatest. Figures in seconds or per
second stand beside it for orientation and are no result. fsync and synchronous commit are on, the embedded PostgreSQL
is as shipped, our figures are through the gateway with a verified token, in a process of its own; the load comes from
another process with prepared requests, and where it could matter the row says how much of a core it took. The load
average tells how much else the machine had to do: where it is well above what the benchmark itself makes (about 2),
ours, which keeps both cores busy, suffers more than a yardstick that keeps one.

![ratios against budgets](performance.svg)

"""
_GROWTH = """How answers grow with what there is to answer from; dashed: the yardstick.

![milliseconds by entries and by households](growth.svg)

"""


def write_report(docs: Path, rows: Mapping[str, list[Row]], options: Options, groups: Sequence[str]) -> Path:
    """Put the measured groups into the report and leave the others as they were; answers where it is.

    ``groups`` are all there are, so that the report can name those that it has no figures of.
    """
    docs.mkdir(exist_ok=True)
    kept_at = docs / "performance.json"
    kept: dict[str, Any] = json.loads(kept_at.read_text()) if kept_at.exists() else {}
    for name, group in rows.items():
        measured = {"on": _today(), "machine": _machine(), "commit": _commit(), "sizes": _sizes(options)}
        measured["load"] = f"{os.getloadavg()[1]:.1f}"
        kept[name] = {**measured, "rows": [asdict(row) for row in group]}
    kept_at.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    measured_rows = [row for group in kept.values() for row in map(_row, group["rows"])]
    _draw(docs / "performance.svg", measured_rows)
    growth = ""
    if any(row.grows for row in measured_rows):
        draw_growth(docs / "growth.svg", measured_rows)
        growth = _GROWTH
    page = docs / "performance.md"
    missing = [name for name in groups if name not in kept]
    unmeasured = f"\nNot measured yet: {', '.join(missing)}.\n" if missing else ""
    page.write_text(_INTRODUCTION + growth + "\n".join(_lines(kept)) + "\n" + unmeasured)
    return page


def _lines(kept: Mapping[str, Any]) -> list[str]:
    lines = ["| work | ours | yardstick | ratio | budget | note |", "|---|---|---|---|---|---|"]
    for group in kept.values():
        for row in map(_row, group["rows"]):
            theirs = f"{row.yardstick}: {figures_text(row.theirs, row.unit)}" if row.theirs else row.yardstick
            cells = (row.work, figures_text(row.ours, row.unit), theirs, ratio_text(row), budget_text(row), row.note)
            lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "| rows | measured on | commit | sizes | load average | machine |", "|---|---|---|---|---|---|"]
    for name, group in kept.items():
        measured = (name, group["on"], group["commit"], group["sizes"], group["load"], group["machine"])
        lines.append("| " + " | ".join(measured) + " |")
    return lines


def _row(kept: Mapping[str, Any]) -> Row:
    figures = {name: Figures(tuple(kept[name]["rounds"])) if kept[name] else None for name in ("ours", "theirs")}
    return Row(**{**kept, **figures, "unit": Unit(kept["unit"])})


def _draw(path: Path, rows: list[Row]) -> None:
    """Each budgeted row as a bar: its ratio as a part of its budget, with the spread; at 1 the budget is kept."""
    import matplotlib as mpl  # noqa: PLC0415 - only the report needs it
    from matplotlib import pyplot as plt  # noqa: PLC0415

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "onecode"  # the same figures make the same file
    shown = [row for row in rows if row.ratio is not None and row.budget is not None][::-1]
    figure, axes = plt.subplots(figsize=(9, 1 + 0.45 * len(shown)), layout="constrained")
    for place, row in enumerate(shown):
        ratio, budget = row.ratio or 0.0, row.budget or 1.0
        spread = [[(ratio - min(row.ratios)) / budget], [(max(row.ratios) - ratio) / budget]]
        colour = "#2f7d4f" if ratio >= budget else "#b5533c"
        axes.barh(place, ratio / budget, xerr=spread, color=colour, height=0.6, capsize=3)
    axes.set_yticks(range(len(shown)), [f"{row.work}\nvs {row.yardstick}" for row in shown], fontsize=7)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("ratio ÷ budget (1: budget kept; logarithmic)")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _sizes(options: Options) -> str:
    sizes = "quick" if options.quick else "full" if options.full else "usual"
    return f"{sizes}, {options.rounds} rounds"


def _machine() -> str:
    memory_gib = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.system()} {platform.machine()}"


def _commit() -> str:
    """The commit of this checkout, marked if what is measured differs from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],  # noqa: S607 - the one on the path
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
