"""Sheets: another decoder reads every label and card as printed at 200 dpi, and nearly all of those that suffered."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

from services.codes.card import CardToken, signed_part, write_token
from services.codes.card_keys import CardSecrets
from services.codes.code import Kind, draw_code, group_code
from services.codes.divisions import read_divisions
from services.codes.label import HostUnfit, card_address, label_address
from services.codes.printout import CARDS_PER_SHEET, LABELS_PER_SHEET, Card, Label, Printout
from services.codes.sheet import draw_cards, draw_labels

DPI = 200
PIXELS_PER_MM = DPI / 25.4
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
PLACE = ("黔西南布依族苗族自治州", "晴隆县", "三宝街道")
LONGEST = ("黔西南布依族苗族自治州", "务川仡佬族苗族自治县", "果布戛彝族苗族布依族乡")
URL = "https://onecode.gz.cn"
MODULES = 29


def label(title: str = "坪阳村", place: Sequence[str] = PLACE) -> Label:
    code = draw_code(Kind.COOPERATIVE)
    return Label(label_address(URL, code), code, title, place)


def pages(printed: Printout) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(printed.pdf)
    return [page.render(scale=DPI / 72).to_pil().convert("L") for page in document]


def read(image: Image.Image) -> list[zxingcpp.Barcode]:
    return list(zxingcpp.read_barcodes(image))


def part(page: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """A part of a page, in millimetres, as far as the page goes."""
    edges = (max(0, left), max(0, top), min(210, right), min(297, bottom))
    pixels = [round(edge * PIXELS_PER_MM) for edge in edges]
    return page.crop((pixels[0], pixels[1], pixels[2], pixels[3]))


def test_every_label_of_a_sheet_printed_at_200_dpi_is_read() -> None:
    labels = [label() for _ in range(LABELS_PER_SHEET)]
    (page,) = pages(draw_labels(labels, printed_at=NOW))
    symbols = read(page)
    assert sorted(symbol.text for symbol in symbols) == sorted(one.address for one in labels)
    assert {symbol.ec_level for symbol in symbols} == {"H"}


def test_every_card_of_a_sheet_is_read_from_a_symbol_of_30_millimetres(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """At the longest host name that fits, so in version 8 too."""
    secrets = CardSecrets.from_secrets(tmp_path_factory.mktemp("secrets"))
    for url in (URL, f"https://{'a' * 79}.cn"):
        cards = []
        for card_no in range(1, CARDS_PER_SHEET + 1):
            code, day = draw_code(Kind.HOUSEHOLD), date(2026, 11, 24)
            token = CardToken(1, card_no, day, secrets.sign(1, signed_part(code, 1, card_no, day)))
            cards.append(Card(card_address(url, code, write_token(token)), code, card_no, day, "坪阳村", PLACE))
        (page,) = pages(draw_cards(cards, printed_at=NOW))
        symbols = read(page)
        assert sorted(symbol.text for symbol in symbols) == sorted(card.address for card in cards)
        widths = [(symbol.position.top_right.x - symbol.position.top_left.x) / PIXELS_PER_MM for symbol in symbols]
        assert max(widths) <= 30


def test_of_labels_that_suffered_99_in_100_are_read() -> None:
    """Each is tilted by up to 30 degrees, seen from aside and out of focus, and a tenth of its symbol is gone: torn off
    at the corner, or under one opaque blot, or under three.

    Blots keep off the three corner squares by which a symbol is found: no error correction brings those back.
    """
    chance = random.Random(20261124)  # noqa: S311 - the same labels each time
    labels = [label() for _ in range(LABELS_PER_SHEET)]
    (page,) = pages(draw_labels(labels, printed_at=NOW))
    read_well = total = 0
    for _ in range(10):
        for number, one in enumerate(labels):
            total += 1
            found = read(seen(damaged(symbol_of(page, number), chance), chance))
            read_well += [symbol.text for symbol in found] == [one.address]
    assert total == 240
    assert read_well >= 0.99 * total


def symbol_of(page: Image.Image, number: int) -> Image.Image:
    """The symbol of a label without its quiet zone."""
    row, column = divmod(number, 3)
    module = 27 / (MODULES + 8)
    left, top = column * 70 + 3 + 4 * module, row * 37 + 0.5 + 5 + 4 * module
    return part(page, left, top, left + MODULES * module, top + MODULES * module)


def damaged(symbol: Image.Image, chance: random.Random) -> Image.Image:
    """The symbol without a tenth of its area."""
    side, drawing, blots = symbol.width, ImageDraw.Draw(symbol), chance.choice([0, 1, 3])
    if not blots:
        leg = (2 * 0.1) ** 0.5 * side
        drawing.polygon([(side, side - leg), (side, side), (side - leg, side)], fill=255)
        return symbol
    edge, lying = (0.1 / blots) ** 0.5 * side, list[tuple[float, float]]()
    while len(lying) < blots:
        x, y = chance.uniform(0, side - edge), chance.uniform(0, side - edge)
        apart = all(max(abs(x - left), abs(y - top)) >= edge for left, top in lying)
        if apart and not _on_corner_square(x, y, edge, side):
            lying.append((x, y))
    shade = chance.choice([0, 128, 255])
    for x, y in lying:
        drawing.rectangle([round(x), round(y), round(x + edge), round(y + edge)], fill=shade)
    return symbol


def _on_corner_square(x: float, y: float, edge: float, side: int) -> bool:
    square = 8 * side / MODULES
    near_left, near_top = x < square, y < square
    near_right, near_bottom = x + edge > side - square, y + edge > side - square
    return (near_left and near_top) or (near_right and near_top) or (near_left and near_bottom)


def seen(symbol: Image.Image, chance: random.Random) -> Image.Image:
    """The symbol as a careless hand photographs it."""
    side = symbol.width
    paper = Image.new("L", (2 * side, 2 * side), 255)
    paper.paste(symbol, (side // 2, side // 2))
    turned = paper.rotate(chance.uniform(-30, 30), Image.Resampling.BICUBIC, fillcolor=255)
    aside = chance.uniform(-0.12, 0.12) / side
    tilted = turned.transform(
        turned.size, Image.Transform.PERSPECTIVE, (1, 0, 0, 0, 1, 0, aside / 2, aside / 2),
        Image.Resampling.BICUBIC, fillcolor=255,
    )  # fmt: skip
    return tilted.filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.5)))


def test_the_font_has_every_character_of_the_divisions_and_of_gb_2312() -> None:
    signs = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    wanted = {sign.decode("gb2312", errors="ignore") for sign in signs}
    wanted |= {character for division in read_divisions() for character in division.name}
    printed = draw_labels([label("".join(sorted(wanted)))], printed_at=NOW)
    assert len(wanted) > 7_000
    assert printed.missing == ""


def test_what_the_font_lacks_is_printed_as_a_box_and_reported() -> None:
    printed = draw_labels([label("𪚥村"), label("𪚥寨"), label("坪阳村")], printed_at=NOW)
    assert printed.missing == "𪚥"
    text = pypdfium2.PdfDocument(printed.pdf)[0].get_textpage().get_text_bounded()
    assert "□村" in text
    assert "坪阳村" in text


def test_the_code_stands_in_groups_beside_its_symbol() -> None:
    one = label()
    text = pypdfium2.PdfDocument(draw_labels([one], printed_at=NOW).pdf)[0].get_textpage().get_text_bounded()
    for written in (group_code(one.code), "坪阳村", "三宝街道", "黔西南布依族苗族自治州晴隆县"):
        assert written in text


def test_no_name_runs_into_the_next_label_or_off_the_printable_paper() -> None:
    """The longest names of the province keep 3 mm from every edge of their label."""
    title = "都匀市螺蛳壳高山云雾茶叶种植农民专业合作社联合社"
    (page,) = pages(draw_labels([label(title, LONGEST) for _ in range(LABELS_PER_SHEET)], printed_at=NOW))
    for edge in (0, 70, 140, 210):
        assert part(page, edge - 3, 0, edge + 3, 297).getextrema() == (255, 255)
    for edge in range(9):
        assert part(page, 0, edge * 37 - 2.5, 210, edge * 37 + 3.5).getextrema() == (255, 255)


def test_a_sheet_that_was_begun_is_used_up() -> None:
    """With 20 places used, five labels go onto the last four places and one new sheet."""
    labels = [label() for _ in range(5)]
    printed = draw_labels(labels, printed_at=NOW, skip=20)
    first, second = pages(printed)
    assert printed.sheets == 2
    assert [symbol.text for symbol in read(second)] == [labels[4].address]
    assert {symbol.text for symbol in read(first)} == {one.address for one in labels[:4]}
    assert not read(part(first, 0, 0, 210, 6 * 37))


def test_lines_to_cut_along_are_drawn_when_asked_for() -> None:
    plain, lined = (pages(draw_labels([label()], printed_at=NOW, cut_lines=cut))[0] for cut in (False, True))
    assert part(plain, 69.5, 40, 70.5, 41).getextrema() == (255, 255)
    assert part(lined, 69.5, 40, 70.5, 41).getextrema() != (255, 255)


def test_a_host_that_does_not_fit_is_refused() -> None:
    code = draw_code(Kind.HOUSEHOLD)
    with pytest.raises(HostUnfit):
        draw_labels([Label(label_address(f"https://{'a' * 200}", code), code, "坪阳村", PLACE)], printed_at=NOW)
