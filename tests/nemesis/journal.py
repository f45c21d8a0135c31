"""What the clients sent, and what was acknowledged: on disk before it is sent, and before it is believed."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Key = tuple[str, str]
"""Order and line; one platform."""


@dataclass(slots=True)
class Journal:
    """A file of JSON lines, each synced; and the same in memory."""

    path: Path
    lines: dict[Key, int] = field(default_factory=dict)
    """Amount in fen of every line that was sent."""
    refunds: dict[str, tuple[Key, int]] = field(default_factory=dict)
    """Line and amount in fen of every refund that was sent, by its number."""
    batches: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    """Path and body of every request."""
    acknowledged: dict[int, dict[str, Any]] = field(default_factory=dict)
    """The answer (200) to a request."""

    def sending(self, path: str, body: dict[str, Any]) -> int:
        """Note a request before it is sent; answers its number."""
        number = len(self.batches)
        encoded = json.dumps(body).encode()
        self._write({"number": number, "path": path, "body": body})
        self.batches[number] = (path, encoded)
        for order in body.get("orders", ()):
            for line in order["lines"]:
                self.lines[order["order_no"], line["line_no"]] = _fen(line["amount"])
        for refund in body.get("refunds", ()):
            key = (refund["order_no"], refund["line_no"])
            self.refunds[refund["refund_no"]] = (key, _fen(refund["amount"]))
        return number

    def noting(self, amounts: dict[Key, str]) -> None:
        """Note lines that are sent in another way than as a batch."""
        self._write({"lines": [[*key, amount] for key, amount in amounts.items()]})
        self.lines.update({key: _fen(amount) for key, amount in amounts.items()})

    def heard(self, number: int, answer: dict[str, Any]) -> None:
        """Note what was acknowledged."""
        self._write({"number": number, "counts": answer["counts"]})
        self.acknowledged[number] = answer

    def body(self, number: int) -> dict[str, Any]:
        """What a request said."""
        return dict(json.loads(self.batches[number][1]))

    def unacknowledged(self) -> list[int]:
        """Requests that nobody answered: whether they were recorded is not known."""
        return [number for number in self.batches if number not in self.acknowledged]

    def _write(self, entry: dict[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))
