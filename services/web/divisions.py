"""The division tree as its 12-digit codes spell it: province 2, prefecture 4, county 6, township 9, village 12."""

PROVINCE_CODE = "520000000000"
"""Guizhou."""

LEVELS = ("province", "prefecture", "county", "township", "village")
_DIGITS = (2, 4, 6, 9, 12)
_CODE_LENGTH = 12


def is_division_code(text: str) -> bool:
    """Whether ``text`` could be a division code at all."""
    return len(text) == _CODE_LENGTH and text.isascii() and text.isdigit() and text[:2] != "00"


def level_of(code: str) -> int:
    """Index into :data:`LEVELS` of a division code: the zeros at its end say how deep it goes."""
    return next(level for level, digits in enumerate(_DIGITS) if not code[digits:].strip("0"))


def ancestors(code: str) -> list[str]:
    """The codes above ``code``, the province first."""
    return [code[: _DIGITS[level]].ljust(_CODE_LENGTH, "0") for level in range(level_of(code))]


def level_below(code: str) -> str | None:
    """The name of the next level down (what a breakdown of ``code`` is by), or ``None`` for a village."""
    level = level_of(code) + 1
    return LEVELS[level] if level < len(LEVELS) else None
