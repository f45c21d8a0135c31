"""Files that officers choose in a form: in memory only, bounded, and whole."""

import tempfile
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from fastapi import Request
from starlette.types import Message

from services.web.console import uploads
from services.web.console.uploads import UnreadableForm, Upload, UploadTooLarge, read_upload

BOUNDARY = "----onecode"


def form(content: bytes, *, fields: Iterable[tuple[str, str]] = (), name: str = "file") -> bytes:
    """A form as browsers send it."""
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{one}"\r\n\r\n{said}\r\n' for one, said in fields]
    parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="r.csv"\r\n\r\n')
    return "".join(parts).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def read(
    body: bytes, content_type: str = f"multipart/form-data; boundary={BOUNDARY}"
) -> AbstractAsyncContextManager[Upload]:
    """What ``read_upload`` makes of a body that arrives in pieces."""
    pieces = [body[start : start + 65_536] for start in range(0, len(body), 65_536)]

    async def receive() -> Message:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    scope: dict[str, Any] = {"type": "http", "headers": [(b"content-type", content_type.encode())]}
    return read_upload(Request(scope, receive))


async def refused(body: bytes, *content_type: str) -> None:
    """Read what is not to be taken."""
    async with read(body, *content_type):
        pass


async def test_a_large_file_is_whole_and_never_on_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starlette's own parser would write what is above 1 MiB to a temporary file."""

    def no_disk(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr(tempfile, "TemporaryFile", no_disk)
    content = bytes(range(256)) * 20_000
    fields = [("kind", "household"), ("corrections", "a"), ("corrections", "b")]
    async with read(form(content, fields=fields)) as upload:
        assert upload.size == len(content)
        assert b"".join([piece async for piece in upload.pieces()]) == content
    assert (upload.field("kind"), upload.field("region"), upload.fields["corrections"]) == ("household", "", ["a", "b"])


async def test_a_form_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is larger than a roster may be is given up on the way, and so is a field that is no field."""
    monkeypatch.setattr(uploads, "LARGEST_FILE_BYTES", 1000)
    monkeypatch.setattr(uploads, "_FORM_BYTES", 1000)
    with pytest.raises(UploadTooLarge):
        await refused(form(b"x" * 3000))
    with pytest.raises(UnreadableForm):
        await refused(form(b"x", fields=[("region", "5" * 1001)]))


@pytest.mark.parametrize("body", [form(b""), form(b"x", name="other"), b"nothing of the kind", form(b"x")[:60]])
async def test_a_form_without_a_file_says_what_to_do(body: bytes) -> None:
    """No file chosen, another field, or no form at all."""
    with pytest.raises(UnreadableForm, match="choose the file"):
        await refused(body)


async def test_only_a_form_is_a_form() -> None:
    """A body of another type is not looked at."""
    with pytest.raises(UnreadableForm):
        await refused(form(b"x"), "application/json")
