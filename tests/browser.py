"""A real headless Chromium for the tests of the pages, and a witness to what it did.

A machine without a browser is not a reason to skip: it is looked for, then installed, and only then does the test fail
with a message that says what to do.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request, async_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}

_WHAT_TO_DO = (
    "没有可用的 Chromium。请安装:apt-get install chromium fonts-noto-cjk,或 python -m playwright install chromium / "
    "No Chromium to test the pages with. Install one: `apt-get install chromium fonts-noto-cjk` (as root), "
    "or `python -m playwright install --with-deps chromium`"
)
_INSTALL_SECONDS = 600


class NoBrowser(AssertionError):
    """No browser was found and none could be installed."""


@cache
def browser_executable() -> str | None:
    """Path of a Chromium; ``None`` when Playwright's own is to be used. Installs one if there is none.

    Raises :class:`NoBrowser`.
    """
    found = shutil.which("chromium")
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["chromium", "fonts-noto-cjk"]
        _run(["apt-get", "update"])
        _run(["apt-get", "install", "--yes", "--no-install-recommends", *packages])
        found = shutil.which("chromium")
        if found:
            return found
    if _run([sys.executable, "-m", "playwright", "install", "chromium"]):
        return None
    raise NoBrowser(_WHAT_TO_DO)


def _run(command: list[str]) -> bool:
    try:
        subprocess.run(command, check=True, timeout=_INSTALL_SECONDS, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


@asynccontextmanager
async def open_browser(*more_flags: str) -> AsyncIterator[Browser]:
    """Start Chromium, and stop it at the end."""
    async with async_playwright() as playwright:
        executable = browser_executable()
        try:
            browser = await playwright.chromium.launch(executable_path=executable, args=[*FLAGS, *more_flags])
        except Error as error:
            raise NoBrowser(f"{_WHAT_TO_DO}\n{error}") from error
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Witness:
    """Notes what a page asked for and complained about."""

    host: str
    complaints: list[str] = field(default_factory=list)
    """Console errors and warnings, uncaught exceptions, requests that failed or were refused by the policy."""
    elsewhere: list[str] = field(default_factory=list)
    """Addresses of other hosts."""

    def request(self, request: Request) -> None:
        """Note a request to another host."""
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self.elsewhere.append(request.url)

    def console(self, message: ConsoleMessage) -> None:
        """Note an error or a warning. That a *page* has status 4xx is told by Chromium too, and no complaint."""
        about_the_page = "Failed to load resource" in message.text and message.page is not None
        if about_the_page and message.location["url"] == getattr(message.page, "url", ""):
            return
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def failure(self, request: Request) -> None:
        """Note a request that failed. One that was given up because the page was left has not failed."""
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.url} ({request.failure})")

    def assert_quiet(self) -> None:
        """Nothing went wrong, and nothing left the host."""
        assert self.complaints == []
        assert self.elsewhere == []


def watch(page: Page, base_url: str) -> Witness:
    """Begin to watch ``page``, which belongs to the site at ``base_url``."""
    witness = Witness(urlsplit(base_url).netloc)
    page.on("request", witness.request)
    page.on("console", witness.console)
    page.on("pageerror", lambda error: witness.complaints.append(f"exception: {error}"))
    page.on("requestfailed", witness.failure)
    return witness


async def ink_share(page: Page, chart: str) -> float:
    """The share of a drawn chart's pixels that are not its background: 0 when nothing has been drawn.

    ``chart`` is the selector of the element that holds the canvas.
    """
    share: float = await page.evaluate(
        """(selector) => {
            const canvas = document.querySelector(selector + " canvas");
            if (!canvas || !canvas.width) return 0;
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            let inked = 0;
            for (let i = 3; i < pixels.length; i += 4) if (pixels[i] > 0) inked += 1;
            return inked / (pixels.length / 4);
        }""",
        chart,
    )
    return share


async def overflow(page: Page) -> int:
    """How many pixels the page is wider than the window: 0 on a page that needs no sideways scrolling."""
    pixels: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return pixels
