"""Labels: another decoder than the one that draws them reads the address."""

import io

import zxingcpp
from PIL import Image

from services.codes.code import Kind, draw_code
from tests.integration.codes.conftest import Registry


async def test_a_label_reads_as_the_address_of_its_code(registry: Registry) -> None:
    code = (await registry.register())["code"]
    response = await registry.get(f"/v1/codes/{code}/qr.png", scope=None)
    assert response.headers["content-type"] == "image/png"
    (symbol,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(response.content)).convert("L"))
    assert symbol.text == f"HTTPS://ONECODE.EXAMPLE/C/{code}"
    vector = await registry.get(f"/v1/codes/{code.lower()}/qr.svg", scope=None)
    assert vector.headers["content-type"] == "image/svg+xml"
    assert vector.text.startswith("<svg")


async def test_a_label_never_changes_and_may_be_kept(registry: Registry) -> None:
    code = (await registry.register())["code"]
    first = await registry.get(f"/v1/codes/{code}/qr.svg", scope=None)
    assert "immutable" in first.headers["cache-control"]
    headers = {"If-None-Match": first.headers["etag"]}
    again = await registry.client.get(f"/v1/codes/{code}/qr.svg", headers=headers)
    assert (again.status_code, again.content) == (304, b"")


async def test_a_code_that_was_never_issued_has_no_label(registry: Registry) -> None:
    response = await registry.get(f"/v1/codes/{draw_code(Kind.HOUSEHOLD)}/qr.svg", scope=None)
    assert (response.status_code, response.json()["code"]) == (404, "unknown_code")
