"""What sales must do, as a plain in-memory model written from DESIGN.md §4: dictionaries, loops and fractions, no SQL,
none of the service's code.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256

LineKey = tuple[str, str]
"""order_no, line_no."""


Named = tuple[tuple[str, int], ...]
"""Codes with weights, in the order of the codes."""


@dataclass
class ModelLine:
    """A line, what it says, and whose it is."""

    fen: int
    code: str | None
    sku: str | None
    category: str
    codes: Named | None = None
    holding: Named = ()
    method: str = ""
    attributed: str | None = None
    cancelled: bool = False

    @property
    def said(self) -> tuple[object, ...]:
        """What must be the same for a line to be a duplicate."""
        return (self.fen, self.code, self.sku, self.category, self.codes)


@dataclass
class ModelRefund:
    """A refund of a line, or (line_no None) of an order; ``at`` orders refunds in time."""

    order_no: str
    line_no: str | None
    number: str
    fen: int
    at: int
    applied: bool = False


@dataclass
class Model:
    """The state after the events so far."""

    codes: dict[str, str] = field(default_factory=dict)
    """Codes in force, each with the name of its subject."""
    shop: str | None = None
    listings: dict[str, str] = field(default_factory=dict)
    lines: dict[LineKey, ModelLine] = field(default_factory=dict)
    parked: dict[LineKey, ModelLine] = field(default_factory=dict)
    refunds: dict[tuple[str, str | None, str], ModelRefund] = field(default_factory=dict)
    shares: dict[tuple[str, str, str], int] = field(default_factory=dict)
    corrections: set[tuple[str, str, str]] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    """Orders that a settlement has to look at."""

    def resolve(self, line: ModelLine) -> tuple[str, Named] | None:
        """How and whose a line is by itself: by its codes or code, and never falls through; else listing, else shop."""
        if line.codes is not None:
            named, method = line.codes, "split"
        else:
            bound = self.bound(line)
            code = line.code or bound
            if code is None:
                return None
            named, method = ((code, 1),), "line" if line.code else "binding"
        return (method, named) if all(code in self.codes for code, _ in named) else None

    def bound(self, line: ModelLine) -> str | None:
        """Whose a line without a code is, by its listing or its shop."""
        return self.listings.get(line.sku or "") or self.shop

    def accept(self, key: LineKey, line: ModelLine, method: str, named: Named) -> None:
        """A line counts from now on."""
        line.method, line.holding = method, named
        line.attributed = named[0][0] if len(named) == 1 else None
        self.lines[key] = line
        self.parked.pop(key, None)
        self.touched.add(key[0])

    def post(self, key: LineKey, line: ModelLine) -> str:
        """A line arrives; answers its status."""
        known = self.lines.get(key)
        if known is not None:
            return "duplicate" if known.said == line.said else "conflict"
        found = self.resolve(line)
        if found is not None:
            self.accept(key, line, *found)
            return "accepted"
        before = self.parked.get(key)
        self.parked[key] = line
        return "duplicate" if before is not None and before.said == line.said else "parked"

    def refund(self, refund: ModelRefund) -> str:
        """A refund arrives; answers its status."""
        key = (refund.order_no, refund.line_no, refund.number)
        known = self.refunds.get(key)
        if known is not None:
            return "duplicate" if (known.fen, known.at) == (refund.fen, refund.at) else "conflict"
        self.refunds[key] = refund
        self.plan(refund.order_no)
        self.touched.add(refund.order_no)
        return "accepted" if refund.applied else "parked"

    def reassign(self, number: str, key: LineKey, named: Named) -> str:
        """A correction moves a line, or answers a parked one by hand."""
        if (*key, number) in self.corrections:
            return "duplicate"
        line = self.lines.get(key)
        target = line or self.parked.get(key)
        if target is None or target.cancelled or not all(code in self.codes for code, _ in named):
            return "rejected"
        self.corrections.add((*key, number))
        target.holding = named
        if line is None:
            self.accept(key, target, "hand", named)
        return "accepted"

    def attribute_again(self) -> None:
        """Lines that were attributed by a binding go where the bindings say now."""
        for line in self.lines.values():
            bound = self.bound(line)
            held = line.holding[0][0] if len(line.holding) == 1 else line.attributed
            if line.method == "binding" and not line.cancelled and bound != held and bound in self.codes:
                line.holding = ((str(bound), 1),)

    def cancel(self, number: str, key: LineKey) -> str:
        """A correction takes a line out for good."""
        if (*key, number) in self.corrections:
            return "duplicate"
        line = self.lines.get(key)
        if line is None or line.cancelled:
            return "rejected"
        self.corrections.add((*key, number))
        line.cancelled = True
        return "accepted"

    def settle(self) -> None:
        """What was parked is looked at again, and orders in which something came are planned."""
        for key in list(self.parked):
            found = self.resolve(self.parked[key])
            if found is not None:
                self.accept(key, self.parked[key], *found)
        for order_no in sorted(self.touched):
            self.plan(order_no)
        self.touched.clear()

    def plan(self, order_no: str) -> None:
        """Apply what waits and fits, by (time, number, line); then spread what is of the whole order."""
        lines = {no: line for (order, no), line in sorted(self.lines.items()) if order == order_no}
        mine = sorted(
            (refund for refund in self.refunds.values() if refund.order_no == order_no),
            key=lambda refund: (refund.at, refund.number, refund.line_no or ""),
        )
        for refund in mine:
            if not refund.applied and self._fits(refund, lines, [other for other in mine if other.applied]):
                refund.applied = True
        room = {no: line.fen - self._own(mine, no) for no, line in lines.items() if not line.cancelled}
        for refund in mine:
            if refund.applied and refund.line_no is None:
                kept = sum(self.shares.get((order_no, no, refund.number), 0) for no in lines if no not in room)
                for no, fen in largest_remainders(refund.fen - kept, room).items():
                    room[no] -= fen
                    self.shares[order_no, no, refund.number] = fen

    def _fits(self, refund: ModelRefund, lines: dict[str, ModelLine], applied: list[ModelRefund]) -> bool:
        open_lines = {no: line for no, line in lines.items() if not line.cancelled}
        if refund.line_no is not None and refund.line_no not in open_lines:
            return False
        if not open_lines:
            return False
        whole = [other for other in applied if other.line_no is None]
        kept = sum(self.shares.get((other.order_no, no, other.number), 0)
                   for other in whole for no, line in lines.items() if line.cancelled)  # fmt: skip
        left = sum(line.fen - self._own(applied, no) for no, line in open_lines.items())
        left -= sum(other.fen for other in whole) - kept
        if refund.line_no is not None:
            left = min(left, open_lines[refund.line_no].fen - self._own(applied, refund.line_no))
        return refund.fen <= left

    @staticmethod
    def _own(refunds: list[ModelRefund], line_no: str) -> int:
        return sum(refund.fen for refund in refunds if refund.applied and refund.line_no == line_no)

    def net_by_holder(self) -> dict[tuple[str, str, str], int]:
        """(order_no, line_no, subject) to what it has of what is left of the line."""
        nets: dict[tuple[str, str, str], int] = defaultdict(int)
        for (order_no, line_no), line in self.lines.items():
            own = self._own([r for r in self.refunds.values() if r.order_no == order_no], line_no)
            shared = sum(fen for (order, no, _), fen in self.shares.items() if (order, no) == (order_no, line_no))
            net = 0 if line.cancelled else line.fen - own - shared
            weights = dict(line.holding)
            ties = {code: _digest(f"{order_no}|tmall|{line_no}|{code}") for code in weights}
            for code, fen in largest_remainders(net, weights, ties).items():
                nets[order_no, line_no, self.codes[code]] += fen
        return {key: fen for key, fen in nets.items() if fen}


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def largest_remainders(total: int, room: dict[str, int], ties: dict[str, str] | None = None) -> dict[str, int]:
    """Floors of the exact shares, then one each to the largest remainders; equal ones by ``ties``, else by name."""
    whole = sum(room.values())
    if whole == 0:
        return dict.fromkeys(room, 0)
    exact = {no: Fraction(total * weight, whole) for no, weight in room.items()}
    parts = {no: int(share) for no, share in exact.items()}
    by_remainder = sorted(room, key=lambda no: (parts[no] - exact[no], no if ties is None else ties[no]))
    for no in by_remainder[: total - sum(parts.values())]:
        parts[no] += 1
    return parts
