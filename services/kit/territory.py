"""Codes of divisions nest: what lies in a division shares its leading digits."""

import re

_DIVISION = re.compile(r"[0-9]{12}", re.ASCII)


def region_prefix(code: str) -> str:
    """The leading digits that all divisions below ``code`` share: ``520100000000`` → ``5201``.

    Raises ``ValueError`` for anything but 12 digits: an empty prefix would open every region.
    """
    if _DIVISION.fullmatch(code) is None:
        raise ValueError(f"not a division code of 12 digits: {code!r}")
    for length in (2, 4, 6, 9):
        if code[length:].strip("0") == "":
            return code[:length]
    return code
