"""The tables of schema ``codes``, a module for each noun. Validity is by day in Shanghai and half-open; the record
clock is the batch that wrote a row (``recorded_in``) and the one that replaced it (``superseded_in``). Per-subject
tables would be distributed on ``subject_id``; regions, codes and links are reference tables.
"""

from services.codes.tables import (
    cards,
    codes,
    links,
    regions,
    rosters,
    scans,
    statements,
    stations,
    subjects,
    successions,
)
from services.codes.tables.batches import metadata

__all__ = [
    "cards",
    "codes",
    "links",
    "metadata",
    "regions",
    "rosters",
    "scans",
    "statements",
    "stations",
    "subjects",
    "successions",
]
