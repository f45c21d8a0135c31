"""Sheets of labels as PDF, with names and codes beside the symbols, the font embedded and the file compressed, against
the package ``qrcode`` drawing a PNG of the symbol alone with its defaults (version and mask tried, Pillow).
"""

import io
import time
from datetime import UTC, datetime

import qrcode

from benchmarks.house import Ground
from benchmarks.rounds import Options, Row, Unit, take_turns
from services.codes.code import Kind, draw_code
from services.codes.label import label_address
from services.codes.printout import LABELS_PER_SHEET, Label
from services.codes.sheet import draw_labels
from services.kit.process import rest_garbage_collection

PUBLIC_URL = "https://onecode.gz.cn"
PLACE = ("黔南布依族苗族自治州", "都匀市", "毛尖镇")
VILLAGES = tuple(f"{name}村" for name in "坪阳双堡团山绿茵高寨")
PNGS = 50


async def measure(_ground: Ground, options: Options) -> list[Row]:
    """The one row: a village's 20 sheets in each round."""
    sheets = options.size(2, 20, 100)

    rest_garbage_collection()  # as in a house, which has started

    async def ours(_number: int) -> float:
        codes = [draw_code(Kind.HOUSEHOLD) for _ in range(sheets * LABELS_PER_SHEET)]
        began = time.perf_counter()
        draw_labels(
            [
                Label(label_address(PUBLIC_URL, code), code, VILLAGES[number % len(VILLAGES)], PLACE)
                for number, code in enumerate(codes)
            ],
            printed_at=datetime(2026, 11, 24, tzinfo=UTC),
        )
        return len(codes) / (time.perf_counter() - began)

    async def theirs(_number: int) -> float:
        codes = [draw_code(Kind.HOUSEHOLD) for _ in range(PNGS)]
        began = time.perf_counter()
        for code in codes:
            qrcode.make(label_address(PUBLIC_URL, code)).save(io.BytesIO())
        return len(codes) / (time.perf_counter() - began)

    found = await take_turns({"ours": ours, "theirs": theirs}, options.rounds)
    work = f"QR labels as PDF, {sheets} sheets of {LABELS_PER_SHEET}"
    return [Row(work, "qrcode to PNG, its defaults", Unit.LABELS, found["ours"], found["theirs"], 8)]
