"""The picture of growth: what is measured at several sizes, a line for each, ours beside the yardstick."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.rounds import Row


def draw_growth(path: Path, rows: Iterable[Row]) -> None:
    """Milliseconds by size, both logarithmic; nothing where nothing was measured at two sizes."""
    import matplotlib as mpl  # noqa: PLC0415 - only the report needs it
    from matplotlib import pyplot as plt  # noqa: PLC0415

    lines: dict[str, list[Row]] = {}
    for row in rows:
        if row.grows and row.ours:
            lines.setdefault(row.grows, []).append(row)
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "onecode"  # the same figures make the same file
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    for name, points in lines.items():
        points.sort(key=lambda row: row.size)
        sizes = [row.size for row in points]
        [drawn] = axes.plot(sizes, [row.ours.median for row in points if row.ours], marker="o", label=name)
        measured = [row for row in points if row.theirs]
        theirs = [row.theirs.median for row in measured if row.theirs]
        axes.plot([row.size for row in measured], theirs, linestyle="--", marker=".", color=drawn.get_color())
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("ledger entries, or households with income")
    axes.set_ylabel("milliseconds")
    if lines:
        axes.legend(fontsize=7)
    axes.grid(visible=True, which="major", linewidth=0.3)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
