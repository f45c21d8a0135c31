"""Labels: what they say, how large they are, and that another decoder reads each of them."""

import io

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.codes.code import Kind, draw_code
from services.codes.label import HostUnfit, draw_png, draw_svg, label_address, label_form, label_matrix

CODES = st.builds(draw_code, st.sampled_from(Kind))


def test_the_address_is_all_capitals_without_the_path_of_the_public_address() -> None:
    assert label_address("https://onecode.gz.cn/", "HGP1XF3A71") == "HTTPS://ONECODE.GZ.CN/C/HGP1XF3A71"
    assert label_address("http://127.0.0.1:8000", "HGP1XF3A71") == "HTTP://127.0.0.1:8000/C/HGP1XF3A71"


@settings(max_examples=50)
@given(CODES)
def test_another_decoder_reads_every_label_and_finds_version_3_and_level_h(code: str) -> None:
    address = label_address("https://onecode.gz.cn", code)
    image = Image.open(io.BytesIO(draw_png(label_matrix(address)))).convert("L")
    assert image.size == (370, 370)
    (symbol,) = zxingcpp.read_barcodes(image)
    assert symbol.text == address
    assert symbol.ec_level == "H"


@given(CODES)
def test_the_vector_drawing_has_the_same_modules(code: str) -> None:
    matrix = label_matrix(label_address("https://onecode.gz.cn", code))
    path = draw_svg(matrix).decode().split('<path d="')[1].split('"')[0]
    drawn = set()
    for run in path.removeprefix("M").removesuffix("z").split("zM"):
        place, length = run.split("h")[:2]
        x, y = map(int, place.split())
        drawn |= {(x + step - 4, y - 4) for step in range(int(length.split("v")[0]))}
    assert drawn == {(x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}


def test_a_long_host_gets_a_larger_symbol_and_an_unfit_one_is_refused() -> None:
    forms = [label_form(label_address(f"https://{'a' * length}", "HGP1XF3A71")) for length in (14, 15, 43, 44, 101)]
    assert forms == [(3, "H"), (5, "H"), (5, "H"), (5, "Q"), (5, "M")]
    for host in ("a" * 200, "under_score.cn"):
        with pytest.raises(HostUnfit):
            label_matrix(label_address(f"https://{host}", "HGP1XF3A71"))
