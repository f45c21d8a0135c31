"""What is handed over within one turn of the loop goes out together, whole and in order."""

import asyncio
from typing import Any

from services.cli.outbound import MOST_HELD_BYTES, JoinedWrites


class Line(asyncio.Transport):
    """The pieces that were sent, and whether it was hung up."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 7)})
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: Any) -> None:
        """Send."""
        assert not self.is_closed
        self.pieces.append(bytes(data))

    def close(self) -> None:
        """Hang up."""
        self.is_closed = True


async def test_head_and_body_go_together() -> None:
    """And what follows in a later turn by itself."""
    line = Line()
    joined = JoinedWrites(line, asyncio.get_running_loop())
    joined.write(b"head ")
    joined.write(b"body")
    assert line.pieces == []
    await asyncio.sleep(0)
    joined.write(b"next")
    await asyncio.sleep(0)
    assert line.pieces == [b"head body", b"next"]
    assert joined.get_extra_info("peername") == ("127.0.0.1", 7)


async def test_hanging_up_sends_what_is_held() -> None:
    """First; and nothing after."""
    line = Line()
    joined = JoinedWrites(line, asyncio.get_running_loop())
    joined.write(b"last words")
    joined.close()
    await asyncio.sleep(0)
    assert (line.pieces, line.is_closed) == ([b"last words"], True)


async def test_what_is_much_goes_at_once() -> None:
    """So that a sender of much hears from the transport that its client does not keep up."""
    line = Line()
    joined = JoinedWrites(line, asyncio.get_running_loop())
    joined.write(b"head ")
    joined.write(b"x" * MOST_HELD_BYTES)
    assert [len(piece) for piece in line.pieces] == [MOST_HELD_BYTES + len(b"head ")]
    await asyncio.sleep(0)
    assert len(line.pieces) == 1
