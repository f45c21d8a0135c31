"""The benchmarks run. What they find is no business of a test: that depends on who else uses the machine."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RATIO = re.compile(r"(\d[\d.]*) ×(?! ?[✓✗])")
BUDGET = re.compile(r"≥ [\d.]+ ×")


def test_every_quick_row_prints_a_ratio() -> None:
    """A quick run of the rows that write and read ends well and prints ratios, all above nought."""
    names = ("ingest", "summary")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", *names],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    ratios = [float(found) for found in RATIO.findall(BUDGET.sub("", done.stdout))]
    assert len(ratios) == 7, done.stdout
    assert all(ratio > 0 for ratio in ratios), done.stdout
