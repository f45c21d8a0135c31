"""A registry and a ledger written as their services would write them, row by row, for the cube to add up.

Everything goes through one connection of the superuser, so that a test can undo a whole history by rolling back.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text

from services.kit.feed import Window
from services.stats.cube.folding import fold_window
from services.stats.cube.registry import fold_registry
from services.stats.tables import metadata
from tests.integration.stats.registry import SEALED_AT, Registry, sealed_at
from tests.integration.stats.told import tell_line

RATIO_ID = {"contract": 1, "imputed": 2}
RATIO_BP = {"contract": 5_000, "imputed": 3_500}

Line = tuple[str, str, str]
"""order_no, platform, line_no."""


@dataclass
class History(Registry):
    """Writes what happens, one batch each."""

    lines: dict[Line, dict[str, Any]] = field(default_factory=dict)
    net: dict[tuple[int, date, str], int] = field(default_factory=lambda: defaultdict(int))
    settled: dict[tuple[int, date, str], tuple[int, int, str | None]] = field(default_factory=dict)
    """Net, base and basis posted so far."""
    ratios: dict[str, str | None] = field(default_factory=dict)
    """Basis in force by category; a category without one has imputed."""
    standing: list[str] = field(default_factory=list)
    """Payments that are not voided."""

    async def sales_batch(self, channel: str = "api") -> int:
        """A sealed batch of sales."""
        batch_id = await self.connection.scalar(
            text("""
            INSERT INTO sales.batches (channel, kind, client_id) VALUES (:channel, 'orders', 'test') RETURNING batch_id
            """),
            {"channel": channel},
        )
        self.sales_position += 1
        await self.run(
            "INSERT INTO sales.sealed VALUES (:position, :batch_id, :at)",
            position=self.sales_position,
            batch_id=batch_id,
            at=sealed_at(self.codes_position + self.sales_position),
        )
        return int(batch_id or 0)

    async def link(
        self, member: int, group: int, weight: int = 1, since: date = date(2019, 1, 1), until: date | None = None
    ) -> None:
        """A member joins a group, possibly back-dated, in place of any link it had; income is settled anew."""
        batch_id = await self.codes_batch()
        await self.run(
            "UPDATE codes.links SET superseded_in = :batch "
            "WHERE member_id = :member AND group_id = :group AND superseded_in IS NULL",
            batch=batch_id,
            member=member,
            group=group,
        )
        await self.run(
            "INSERT INTO codes.links "
            "(member_id, member_kind, group_id, group_kind, weight, valid_from, valid_to, recorded_in) "
            "VALUES (:member, :member_kind, :group, :group_kind, :weight, :since, :until, :batch)",
            member=member,
            member_kind=self.subjects[member].kind,
            group=group,
            group_kind=self.subjects[group].kind,
            weight=weight,
            since=since,
            until=until,
            batch=batch_id,
        )
        # As sales does: a cooperative that may receive on a day gets a row of its own there, to carry the list.
        days = {(day, category) for _, day, category in self.settled}
        for day, category in days:
            if self.subjects[group].kind == "cooperative":
                self.settled.setdefault((group, day, category), (0, 0, self.ratios.get(category, "imputed")))
        await self.settle(relist=group)

    async def sell(
        self,
        line: Line,
        subject: int,
        day: date,
        fen: int,
        *,
        category: str = "tea",
        region: str | None = None,
        refunded_before: int = 0,
    ) -> None:
        """An order line; of which something was refunded in a batch that had its number before the order's."""
        holder = self.subjects[subject]
        self.lines[line] = {
            "subject": subject,
            "region": region or holder.region,
            "day": day,
            "category": category,
            "gross": fen,
            "refunded": 0,
            "entries": 0,
        }
        await tell_line(self.connection, line, day, category)
        if refunded_before:
            await self.refund(line, refunded_before, day)
        await self._enter(line, [("sale", "gross", fen)], day)

    async def share(self, line: Line, parts: Mapping[int, int], day: date, *, category: str = "tea") -> None:
        """An order line that several subjects share, each with its part in fen; nothing happens to it later."""
        batch_id = await self.sales_batch()
        known = self.lines[line] = {"day": day, "category": category, "entries": 0}
        await tell_line(self.connection, line, day, category)
        for subject, fen in parts.items():
            known |= {"subject": subject, "region": self.subjects[subject].region}
            await self._enter(line, [("sale", "gross", fen)], day, batch_id)

    async def refund(self, line: Line, fen: int, day: date) -> None:
        """A refund of what is left of a line, at most."""
        known = self.lines[line]
        fen = min(fen, known["gross"] - known["refunded"])
        known["refunded"] += fen
        await self._enter(line, [("refund", "refund", -fen)], day)

    async def reassign(self, line: Line, subject: int, day: date) -> None:
        """A line turns out to be another's: both measures are reversed and posted again at the line's totals."""
        known = self.lines[line]
        batch_id = await self.sales_batch()
        both = [("reassign", "gross", known["gross"]), ("reassign", "refund", -known["refunded"])]
        await self._enter(line, [(cause, measure, -fen) for cause, measure, fen in both], day, batch_id)
        known |= {"subject": subject, "region": self.subjects[subject].region}
        await self._enter(line, both, day, batch_id)

    async def _enter(
        self, line: Line, entries: Sequence[tuple[str, str, int]], event_day: date, batch_id: int | None = None
    ) -> None:
        known = self.lines[line]
        batch_id = batch_id or await self.sales_batch()
        for cause, measure, fen in entries:
            known["entries"] += 1
            self.net[known["subject"], known["day"], known["category"]] += fen
            await self.run(
                "INSERT INTO sales.ledger_entries (batch_id, order_no, platform, line_no, entry_no, cause, measure, "
                "amount_fen, subject_id, kind, region, category, sale_day, event_day, reference) "
                "VALUES (:batch, :order_no, :platform, :line_no, :entry_no, :cause, "
                ":measure, :fen, :subject, :kind, :region, :category, :day, :event_day, 'test')",
                batch=batch_id,
                order_no=line[0],
                platform=line[1],
                line_no=line[2],
                entry_no=known["entries"],
                cause=cause,
                measure=measure,
                fen=fen,
                subject=known["subject"],
                kind=self.subjects[known["subject"]].kind,
                region=known["region"],
                category=known["category"],
                day=known["day"],
                event_day=event_day,
            )

    async def settle(self, *, relist: int | None = None) -> None:
        """Post income as sales does: the difference to the rule; all anew under another ratio."""
        rows = []
        for key in sorted(self.net.keys() | self.settled.keys()):
            subject, day, category = key
            basis = self.ratios.get(category, "imputed")
            net = self.net[key]
            base = net * RATIO_BP[basis] // 10_000 if basis else 0
            posted_net, posted_base, posted_basis = self.settled.get(key, (0, 0, basis))
            if posted_basis != basis:
                rows.append((subject, day, category, 1, -posted_net, -posted_base, posted_basis))
                posted_net = posted_base = 0
            elif (net, base) == (posted_net, posted_base) and relist != subject:
                continue
            rows.append((subject, day, category, 2, net - posted_net, base - posted_base, basis))
            self.settled[key] = (net, base, basis)
        if not rows:
            return
        batch_id = await self.sales_batch("income")
        for subject, day, category, entry_no, net, base, basis in rows:
            await self.run(
                "INSERT INTO sales.income_entries (subject_id, sale_day, category, batch_id, entry_no, kind, region, "
                "net_fen, base_fen, ratio_id, basis, list_position) "
                "VALUES (:subject, :day, :category, :batch, :entry_no, :kind, :region, "
                ":net, :base, :ratio, :basis, :list_position)",
                subject=subject,
                day=day,
                category=category,
                batch=batch_id,
                entry_no=entry_no,
                kind=self.subjects[subject].kind,
                region=self.subjects[subject].region,
                net=net,
                base=base,
                ratio=RATIO_ID[basis] if basis else None,
                basis=basis,
                list_position=self.codes_position,
            )

    async def pay(self, number: str, group: int | None, member: int, month: date, fen: int) -> None:
        """A payment for a month; from no coded group if ``group`` is None."""
        self.standing.append(number)
        batch_id = await self.sales_batch()
        await self.run(
            "INSERT INTO sales.payment_records "
            "(group_code, payment_no, recorded_in, method, amount_fen, paid_on, for_month, evidence, client_id, "
            "content_hash) "
            "VALUES (:code, :number, :batch, 'purchase', :fen, :month, :month, 'test', 'test', '')",
            code="" if group is None else f"G{group}",
            number=number,
            batch=batch_id,
            fen=fen,
            month=month.replace(day=1),
        )
        await self._hold(number, group, member, month.replace(day=1), batch_id)

    async def _hold(self, number: str, group: int | None, member: int, month: date, batch_id: int) -> None:
        await self.run(
            "INSERT INTO sales.payment_holders "
            "(group_code, payment_no, recorded_in, group_id, group_kind, group_region, "
            "member_id, member_kind, member_region, for_month) "
            "VALUES (:code, :number, :batch, :group, :group_kind, :group_region, :member, :member_kind, :region, "
            ":month)",
            code="" if group is None else f"G{group}",
            number=number,
            batch=batch_id,
            group=group,
            group_kind=None if group is None else self.subjects[group].kind,
            group_region=None if group is None else self.subjects[group].region,
            member=member,
            member_kind=self.subjects[member].kind,
            region=self.subjects[member].region,
            month=month,
        )

    async def void(self, number: str) -> None:
        """A payment turns out not to be so."""
        self.standing.remove(number)
        batch_id = await self.sales_batch()
        await self.run(
            "UPDATE sales.payment_records SET superseded_in = :batch WHERE payment_no = :number",
            batch=batch_id,
            number=number,
        )
        await self._end(number, batch_id)

    async def hand_over(self, number: str, member: int) -> None:
        """Whom a payment was made to is known to be another."""
        batch_id = await self.sales_batch()
        rows = await self.run(
            "SELECT group_id, for_month FROM sales.payment_holders "
            "WHERE payment_no = :number AND superseded_in IS NULL",
            number=number,
        )
        ((group, month),) = rows.all()
        await self._end(number, batch_id)
        await self._hold(number, group, member, month, batch_id)

    async def _end(self, number: str, batch_id: int) -> None:
        await self.run(
            "UPDATE sales.payment_holders SET superseded_in = :batch "
            "WHERE payment_no = :number AND superseded_in IS NULL",
            batch=batch_id,
            number=number,
        )

    async def forget(self) -> None:
        """Empty the cube."""
        for table in reversed(metadata.sorted_tables):
            await self.run(f"DELETE FROM {table.fullname}")

    async def fold(self, cuts: Sequence[int] = (), upto: int | None = None) -> None:
        """Let the cube take the feed in windows that end at ``cuts`` and at the end, or at ``upto``."""
        after, last = 0, self.sales_position if upto is None else upto
        known, ends = 0, [end for end in [*sorted(cuts), last] if 0 < end <= last]
        for number, end in enumerate(ends):
            if after < end:
                await fold_window(self.connection, Window("sales", after, end, sealed_at(end)))
                after = end
            # The registry's feed is followed meanwhile, in as many windows.
            upto_known = self.codes_position * (number + 1) // len(ends)
            await fold_registry(self.connection, Window("codes", known, upto_known, SEALED_AT))
            known = upto_known
            await self._have_come("registry", known)
        if known < self.codes_position:
            await fold_registry(self.connection, Window("codes", known, self.codes_position, SEALED_AT))
        await self._have_come("cube", after)
        await self._have_come("registry", self.codes_position)

    async def _have_come(self, consumer: str, position: int) -> None:
        await self.run(
            "INSERT INTO stats.cursors (consumer, position) VALUES (:consumer, :position) "
            "ON CONFLICT (consumer) DO UPDATE SET position = excluded.position",
            consumer=consumer,
            position=position,
        )
