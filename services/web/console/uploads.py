"""Files that people choose in a form, kept in memory: what a roster does not need of them shall never be on a disk."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from services.kit.errors import MalformedRequest, TooLarge

LARGEST_FILE_BYTES = 64 << 20
"""As much as the registry takes in."""
_FORM_BYTES = 1 << 20
"""Room for the other fields and for what stands between them."""
_PIECE_BYTES = 256 << 10
_LONGEST_FIELD_BYTES = 1_000
_MOST_FIELDS = 20


class UploadTooLarge(TooLarge):
    """The form is larger than a roster may be."""

    code, title = "roster_too_large", "文件过大 / File too large"

    def __init__(self) -> None:
        super().__init__(
            f"文件不得超过 {LARGEST_FILE_BYTES >> 20} MiB,请分乡镇上传 / "
            f"A file may have {LARGEST_FILE_BYTES >> 20} MiB: send it by townships"
        )


class UnreadableForm(MalformedRequest):
    """What was sent is not the console's form."""

    code, title = "unreadable_form", "表单无法读取 / Unreadable form"

    def __init__(self) -> None:
        super().__init__("请返回上一页,选择文件后重试 / Go back, choose the file and send it again")


class _InMemory(MultiPartParser):
    spool_max_size = LARGEST_FILE_BYTES + _FORM_BYTES


@dataclass(frozen=True, slots=True)
class Upload:
    """A form with a file."""

    fields: dict[str, list[str]]
    file: UploadFile
    size: int
    """Bytes of the file."""

    def field(self, name: str) -> str:
        """The value of a field that is there once; empty if it is not there."""
        return next(iter(self.fields.get(name, ())), "")

    async def pieces(self) -> AsyncIterator[bytes]:
        """The file, piece by piece."""
        while piece := await self.file.read(_PIECE_BYTES):
            yield piece


@asynccontextmanager
async def read_upload(request: Request) -> AsyncIterator[Upload]:
    """The form of ``request`` with its file. Raises :class:`UploadTooLarge`, :class:`UnreadableForm`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise UnreadableForm
    parser = _InMemory(
        request.headers, _bounded(request), max_files=1, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD_BYTES
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise UnreadableForm from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.size:
            raise UnreadableForm
        fields: dict[str, list[str]] = {}
        for name, value in form.multi_items():
            if isinstance(value, str):
                fields.setdefault(name, []).append(value)
        yield Upload(fields, file, file.size)
    finally:
        await form.close()


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_FILE_BYTES + _FORM_BYTES:
            raise UploadTooLarge
        yield piece
