"""Where a page ends: the key of its last row, so that the next goes on there whatever is added meanwhile."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from services.stats.errors import InvalidMark


def write_mark(key: Sequence[Any]) -> str:
    """The mark after the row with this key."""
    text = json.dumps(key, default=str, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read_mark(mark: str, kinds: Sequence[type]) -> list[Any]:
    """The key in a mark, of parts of these kinds (text or whole numbers). Raises :class:`InvalidMark`."""
    try:
        key = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
    except (binascii.Error, ValueError) as error:
        raise InvalidMark(_NOT_OURS) from error
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds) or "\x00" in str(key):
        raise InvalidMark(_NOT_OURS)
    return key


_NOT_OURS = "after 须为上一页的 next / `after` has to be the `next` of the page before"
