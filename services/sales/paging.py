"""Pages: each begins after the key of the last row of the one before, however many rows were added meanwhile."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from services.sales.errors import InvalidCursor

Key = TypeVar("Key", bound=tuple[Any, ...])

BigInt = Annotated[int, Field(ge=0, lt=2**63)]
SmallInt = Annotated[int, Field(ge=0, lt=2**15)]
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
BEGINNING_OF_TIME = date.min
"""Before every day: where the first page begins."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the mark after the last of them if there are more."""

    rows: list[Any]
    next: str | None


def write_cursor(key: Sequence[Any]) -> str:
    """The mark after the row with this key of integers, texts and days."""
    text = json.dumps(key, default=str, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read_cursor(mark: str, shape: TypeAdapter[Key]) -> Key:
    """The key in a mark. Raises :class:`InvalidCursor` for a text that is none, or the mark of another question."""
    try:
        text = base64.b64decode(mark + "=" * (-len(mark) % 4), altchars=b"-_", validate=True)
        return shape.validate_json(text, strict=True)
    except (binascii.Error, ValueError, ValidationError) as error:
        raise InvalidCursor from error


def page_of(rows: list[Any], limit: int, key: Sequence[str]) -> Page:
    """A page from one row more than it holds, if there were as many; ``key`` names the columns it is ordered by."""
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], write_cursor([getattr(last, name) for name in key]))
