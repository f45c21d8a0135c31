"""What a recomputation found: the form in which every service's ``verify.py`` answers."""

from dataclasses import dataclass
from typing import Any

MAX_DIFFERENCES = 1_000
"""Differing rows a check reports at most; more than these say nothing new."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold: how many rows were looked at, and those that differ (empty when all is well)."""

    name: str
    checked: int
    differences: list[dict[str, Any]]
