"""What labels and cards say: an address in all capitals, ``HTTPS://HOST/C/<CODE>``, on cards with a token behind it.

All capitals keep to the alphanumeric mode, so that host names of up to 14 characters fit version 3 on labels (29 × 29
modules) at level H, which reads a label of which a tenth is gone (docs/decisions/0043). Longer host names take a larger
version, and the longest a lower level. Cards have version 7 (45 × 45) at level M, for their token. Form and mask are
fixed instead of tried: it saves six sevenths of the time, and any mask is readable.
"""

import struct
import zlib
from functools import lru_cache
from urllib.parse import urlsplit

from services.codes.symbol import QUIET_MODULES, Form, Matrix, TextUnfit, first_form, symbol_matrix

PNG_PIXELS_PER_MODULE = 10
LABEL_FORMS = (Form(3, "H"), Form(5, "H"), Form(5, "Q"), Form(5, "M"))
"""For addresses of up to 35, 64, 87 and 122 characters; 21 of them are not the host's."""
CARD_FORMS = (Form(7, "M"), Form(8, "M"))


class HostUnfit(ValueError):
    """The public address is too long, or has other characters than a host name, for a label."""

    def __init__(self) -> None:
        super().__init__("公开地址不适于印制标签 / the public address does not fit a label")


def code_address(public_url: str) -> str:
    """What all labels begin with: scheme and host of the public address, and ``/C/``, all in capitals."""
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc}/C/".upper()


def label_address(public_url: str, code: str) -> str:
    """What a code's label says."""
    return code_address(public_url) + code


def card_address(public_url: str, code: str, token: str) -> str:
    """What a card says: the address of its code, followed by its token."""
    return f"{label_address(public_url, code)}/{token}"


def label_form(address: str) -> Form:
    """The form of a label's symbol: 3-H, or what holds a longer host name. Raises :class:`HostUnfit`."""
    try:
        return first_form(address, LABEL_FORMS)
    except TextUnfit:
        raise HostUnfit from None


def card_form(address: str) -> Form:
    """The form of a card's symbol: version 7, or 8 for a long host name. Raises :class:`HostUnfit`."""
    try:
        return first_form(address, CARD_FORMS)
    except TextUnfit:
        raise HostUnfit from None


@lru_cache(maxsize=1 << 10)
def label_matrix(address: str) -> Matrix:
    """The modules of the label. Raises :class:`HostUnfit`."""
    return symbol_matrix(address, label_form(address))


def card_matrix(address: str) -> Matrix:
    """The modules of a card's symbol. Raises :class:`HostUnfit`."""
    return symbol_matrix(address, card_form(address))


def draw_svg(matrix: Matrix) -> bytes:
    """The symbol as one SVG path: a run of dark modules is one rectangle, a unit is a module."""
    side = len(matrix) + 2 * QUIET_MODULES
    runs = []
    for y, row in enumerate(matrix):
        start = None
        for x, dark in enumerate((*row, False)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                runs.append(f"M{start + QUIET_MODULES} {y + QUIET_MODULES}h{x - start}v1h-{x - start}z")
                start = None
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{"".join(runs)}"/></svg>'
    ).encode()


def draw_png(matrix: Matrix) -> bytes:
    """The symbol as a black-and-white PNG with 10 pixels a module."""
    quiet = [False] * QUIET_MODULES
    blank = [[False] * (len(matrix) + 2 * QUIET_MODULES)] * QUIET_MODULES
    lines = []
    for row in [*blank, *([*quiet, *row, *quiet] for row in matrix), *blank]:
        bits = "".join(("0" if dark else "1") * PNG_PIXELS_PER_MODULE for dark in row)
        bits += "0" * (-len(bits) % 8)
        lines.append((b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")) * PNG_PIXELS_PER_MODULE)
    side = (len(matrix) + 2 * QUIET_MODULES) * PNG_PIXELS_PER_MODULE
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
    )
