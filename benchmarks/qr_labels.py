"""QR labels as PDF, against the package ``qrcode`` drawing PNGs with its defaults.

The house does not offer ``/v1/labels.pdf`` yet, so there is nothing to measure; the row says so in the table.
"""

from benchmarks.house import Ground
from benchmarks.rounds import Options, Row, Unit


async def measure(_ground: Ground, _options: Options) -> list[Row]:
    """The one row, without figures."""
    note = "not measured: /v1/labels.pdf is not offered yet"
    return [Row("QR labels as PDF", "qrcode to PNG, its defaults", Unit.REQUESTS, budget=8, note=note)]
