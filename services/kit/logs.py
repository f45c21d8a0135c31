"""Logs are JSON lines on standard error; they carry route templates, never paths, codes or person data."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_DETAIL = re.compile(r"\n?DETAIL:.*")


def _without_row_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop PostgreSQL's DETAIL from a traceback: it quotes the values of the row."""
    if isinstance(event.get("exception"), str):
        event["exception"] = _DETAIL.sub("", event["exception"])
    return event


def configure_logs(level: str = "info") -> None:
    """Send structlog's events, one JSON object a line, to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_row_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
