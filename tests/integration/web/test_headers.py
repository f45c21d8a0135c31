"""What every answer of the pages carries, and how our own files are kept by browsers."""

import re

import httpx
import pytest

PAGES = [
    "/", "/c/HGP1XF3A71", "/c/nonsense", "/login", "/dashboard", "/docs", "/no-such-page", "/assets/0/nothing.js",
    "/scan", "/console", "/console/rosters/1",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_is_inline_and_nothing_comes_from_elsewhere(visitor: httpx.AsyncClient, path: str) -> None:
    """Each answer forbids inline scripts, framing and other hosts, and the pages keep to it themselves."""
    page = await visitor.get(path)
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]* src=)|\sstyle=|\son\w+=", page.text)
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", page.text)


async def test_a_page_is_not_kept_and_a_file_is_kept_for_ever(visitor: httpx.AsyncClient) -> None:
    """Pages change with state and visitor; a file's address changes with its content, so the file need not."""
    page = await visitor.get("/")
    address = re.findall(r'href="(/assets/[^"]+\.css)"', page.text)[0]
    sheet = await visitor.get(address)
    assert page.headers["cache-control"] == "no-store"
    assert sheet.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    again = await visitor.get(address, headers={"If-None-Match": sheet.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_files_travel_compressed(visitor: httpx.AsyncClient) -> None:
    """The chart library takes less than 200 kB over a bad connection, and is the same file for who cannot unpack."""
    path = "/assets/0/vendor/echarts/echarts.simple.min.js"
    packed = await visitor.get(path, headers={"Accept-Encoding": "gzip"})
    plain = await visitor.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 200_000
    assert packed.content == plain.content


async def test_an_address_of_yesterday_still_works_for_today(visitor: httpx.AsyncClient) -> None:
    """A page opened before an upgrade finds its files; they are not kept under the old address."""
    answer = await visitor.get("/assets/0123456789abcdef/site.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["..%2fapp.py", "%2e%2e/app.py", "vendor/README.md", "/etc/passwd"])
async def test_only_files_for_browsers_are_served(visitor: httpx.AsyncClient, path: str) -> None:
    """No path leads out of the folder, or to what is not meant for a browser."""
    assert (await visitor.get(f"/assets/0/{path}")).status_code == 404
