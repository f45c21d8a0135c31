"""Logs: one JSON object a line, on standard error, with the time in UTC."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from services.kit.logs import configure_logs
import structlog
configure_logs(sys.argv[1])
log = structlog.get_logger("test")
log.debug("detail")
log.info("request", route="/v1/codes/{code}", note="村")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
"""


def run(level: str) -> list[dict[str, str]]:
    """In a process of its own: loggers remember how they were configured first."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, level], check=True, capture_output=True)
    assert done.stdout == b""
    return [json.loads(line) for line in done.stderr.decode().splitlines()]


@pytest.mark.parametrize(
    ("level", "events"),
    [("debug", ["detail", "request", "failed"]), ("info", ["request", "failed"]), ("error", ["failed"])],
)
def test_a_line_is_a_json_object(level: str, events: list[str]) -> None:
    """Of the level asked for and above; a trace is part of its line."""
    lines = run(level)
    assert [line["event"] for line in lines] == events
    assert all(line["timestamp"].endswith("Z") and line["level"] for line in lines)
    assert "ZeroDivisionError" in lines[-1]["exception"]
