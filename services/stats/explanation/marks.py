"""Where a page ends: the key of its last row, so that the next goes on there whatever is added meanwhile."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from services.stats.errors import InvalidMark
from services.stats.question import MAX_POSITION


def write_mark(key: Sequence[Any]) -> str:
    """The mark after the row with this key."""
    text = json.dumps(key, default=str, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read_mark(mark: str, kinds: Sequence[type]) -> list[Any]:
    """The key in a mark, of parts of these kinds: text, whole numbers or days. Raises :class:`InvalidMark`."""
    try:
        key = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        if not isinstance(key, list):
            raise InvalidMark(_NOT_OURS)
        return [_part(part, kind) for part, kind in zip(key, kinds, strict=True)]
    except (binascii.Error, ValueError) as error:
        raise InvalidMark(_NOT_OURS) from error


def _part(part: Any, kind: type) -> Any:
    """A part of a key as the database takes it. Raises :class:`ValueError`."""
    if kind is int and type(part) is int and 0 <= part <= MAX_POSITION:
        return part
    if kind is not int and isinstance(part, str) and b"\x00" not in part.encode():
        return date.fromisoformat(part) if kind is date else part
    raise ValueError(f"no {kind.__name__} of a row")


_NOT_OURS = "after 须为上一页的 next / `after` has to be the `next` of the page before"
