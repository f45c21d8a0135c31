"""Our own scripts, styles and pictures: read once, compressed once, served under an address that names the content.

``/assets/<digest>/<path>`` may be kept by a browser for ever, because other content has another digest. An address
with a digest of yesterday still answers, with what there is today and without leave to keep it, so that a page that
was open during an upgrade goes on working.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
ONE_YEAR = "public, max-age=31536000, immutable"
_SERVED = {".css", ".js", ".svg", ".txt"}
_TEXT = {".css", ".js", ".txt"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    compressed: bytes
    media_type: str
    digest: str
    """First 16 hexadecimal digits of the SHA-256 of ``body``."""


class Assets:
    """All files below ``folder`` that a browser may ask for, by their path."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._assets = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in _SERVED and path.is_file()
        }

    def url(self, path: str) -> str:
        """The address of an asset. Raises ``KeyError`` when there is no such file: a template is wrong then."""
        return f"/assets/{self._assets[path].digest}/{path}"

    def body(self, path: str, *, packed: bool) -> bytes:
        """What is sent of an asset, compressed if ``packed``. Raises ``KeyError`` when there is no such file."""
        asset = self._assets[path]
        return asset.compressed if packed else asset.body

    def answer(self, request: Request, digest: str, path: str) -> Response | None:
        """The asset as a response (304 when the browser has it already), or ``None`` when there is none."""
        asset = self._assets.get(path)
        if asset is None:
            return None
        etag = f'"{asset.digest}"'
        headers = {
            "ETag": etag,
            "Cache-Control": ONE_YEAR if digest == asset.digest else "no-cache",
            "Vary": "Accept-Encoding",
        }
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                asset.compressed, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"}
            )
        return Response(asset.body, media_type=asset.media_type, headers=headers)


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(
        body=body,
        compressed=gzip.compress(body, mtime=0),
        media_type=f"{media_type}; charset=utf-8" if path.suffix in _TEXT else media_type,
        digest=hashlib.sha256(body).hexdigest()[:16],
    )
