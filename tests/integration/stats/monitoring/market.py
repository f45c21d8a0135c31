"""What the history of the cube leaves out: what the lines say, stations and scans."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from services.kit.feed import Window
from services.stats.monitoring.folding import fold_sales, fold_scans
from tests.integration.stats.history import History, Line
from tests.integration.stats.registry import SEALED_AT


@dataclass
class Market:
    """Writes lines and scans as their services would, one batch each, beside a history."""

    history: History
    scans: dict[tuple[str, str], int] = field(default_factory=dict)
    """Scans that count, by station and number: the batch that brought them."""

    async def sell(
        self,
        line: Line,
        subject: int,
        day: date,
        fen: int,
        *,
        sku: str = "DY-500",
        quantity: int = 1,
        unit: str = "盒",
        category: str = "tea",
        buyer: str | None = "310000000000",
        station: str | None = None,
    ) -> None:
        """A line with all that its platform said of it, in place of what the history made up, and its entry."""
        await self.history.sell(line, subject, day, fen, category=category)
        await self._say(line, day, fen, sku=sku, quantity=quantity, unit=unit, buyer=buyer, station=station)

    async def share(self, line: Line, parts: Mapping[int, int], day: date, *, sku: str, quantity: int) -> None:
        """A line that several subjects share, each with its part in fen."""
        await self.history.share(line, parts, day)
        fen = sum(parts.values())
        await self._say(line, day, fen, sku=sku, quantity=quantity, unit="盒", buyer="310000000000", station=None)

    async def gather(self, line: Line, subject: int, day: date) -> None:
        """A shared line turns out to be one subject's: every part is taken away, and all of it is entered anew."""
        holder = self.history.subjects[subject]
        await self.history.run(
            "WITH sold AS (SELECT * FROM sales.ledger_entries WHERE order_no = :order_no AND line_no = :line_no) "
            "INSERT INTO sales.ledger_entries (batch_id, order_no, platform, line_no, entry_no, cause, measure, "
            "amount_fen, subject_id, kind, region, category, sale_day, event_day, reference) "
            "SELECT CAST(:batch AS bigint), order_no, platform, line_no, entry_no + 10, 'reassign', measure, "
            "-amount_fen, subject_id, kind, region, category, sale_day, CAST(:day AS date), 'test' FROM sold UNION ALL "
            "SELECT CAST(:batch AS bigint), order_no, platform, line_no, 30, 'reassign', measure, sum(amount_fen), "
            "CAST(:subject AS bigint), :kind, "
            ":region, category, sale_day, CAST(:day AS date), 'test' FROM sold "
            "GROUP BY order_no, platform, line_no, measure, category, sale_day",
            order_no=line[0], line_no=line[2], batch=await self.history.sales_batch(), day=day,
            subject=subject, kind=holder.kind, region=holder.region,
        )  # fmt: skip

    async def _say(self, line: Line, day: date, fen: int, *, quantity: int, **said: str | None) -> None:
        await self.history.run(
            "UPDATE sales.order_lines SET occurred_at = :at, shop = 'shop', station = :station, buyer_region = :buyer, "
            "trade = 'retail', sku = :sku, title = 'goods ' || :sku, quantity_milli = :quantity, unit = :unit, "
            "amount_fen = :fen WHERE order_no = :order_no AND platform = :platform AND line_no = :line_no",
            order_no=line[0], platform=line[1], line_no=line[2], **said,
            at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC), quantity=quantity * 1000, fen=fen,
        )  # fmt: skip

    async def station(self, station: str, region: str, *, since: date = date(2019, 1, 1), **said: Any) -> None:
        """A station stands in a village."""
        batch_id = await self.history.codes_batch()
        await self.history.run(
            "INSERT INTO codes.station_versions (station, valid_from, recorded_in, name, region, type, status) "
            "VALUES (:station, :since, :batch, :station || '站', :region, :type, :status)",
            station=station, since=since, batch=batch_id, region=region,
            type=said.get("type", "service_station"), status=said.get("status", "active"),
        )  # fmt: skip

    async def close(self, station: str, first: date, past: date) -> None:
        """A declared closure."""
        await self.history.run(
            "INSERT INTO codes.station_closures (station, valid_from, valid_to, reason, recorded_in) "
            "VALUES (:station, :first, :past, 'test', :batch)",
            station=station, first=first, past=past, batch=await self.history.codes_batch(),
        )  # fmt: skip

    async def scan(self, station: str, scan_id: str, day: date, purpose: str = "verify", **said: Any) -> None:
        """A scan at noon."""
        batch_id = await self.history.codes_batch()
        self.scans[station, scan_id] = batch_id
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        await self.history.run(
            "INSERT INTO codes.scan_records (station, source, scan_id, recorded_in, content_hash, purpose, code, "
            "verdict, subject_id, kind, region, station_region, device_time, scanned_at, business_day, clock, "
            "clock_skew_ms, offline, category, amount_paid_fen) VALUES (:station, 'device:D1', :scan_id, :batch, '', "
            ":purpose, 'H000000001', :verdict, 1, 'household', :region, :region, :at, :at, :day, :clock, :skew, "
            ":offline, :category, :paid)",
            station=station, scan_id=scan_id, batch=batch_id, purpose=purpose,
            verdict=said.get("verdict", "valid"), region=self.history.subjects[1].region, at=at, day=day,
            clock=said.get("clock", "as_told"), skew=said.get("skew_ms"), offline=said.get("offline", False),
            category=said.get("category"), paid=said.get("paid_fen"),
        )  # fmt: skip

    async def void(self, station: str, scan_id: str, day: date) -> None:
        """An earlier scan turns out to have been a mistake."""
        batch_id = await self.history.codes_batch()
        del self.scans[station, scan_id]
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(hours=1)
        await self.history.run(
            "INSERT INTO codes.scan_records (station, source, scan_id, recorded_in, content_hash, purpose, "
            "device_time, scanned_at, business_day, clock, offline, voids_source, voids_scan_id) VALUES "
            "(:station, 'device:D1', 'void-' || :scan_id, :batch, '', 'void', :at, :at, :day, 'as_told', false, "
            "'device:D1', :scan_id)",
            station=station, scan_id=scan_id, batch=batch_id, at=at, day=day,
        )  # fmt: skip
        await self.history.run(
            "UPDATE codes.scan_records SET superseded_in = :batch WHERE station = :station AND scan_id = :scan_id",
            batch=batch_id,
            station=station,
            scan_id=scan_id,
        )

    async def fold(self, *, step: int) -> None:
        """Let both consumers take their feeds in windows of ``step`` positions."""
        for name, upto, effect in (
            ("monitoring.sales", self.history.sales_position, fold_sales),
            ("monitoring.scans", self.history.codes_position, fold_scans),
        ):
            for after in range(0, upto, step):
                window = Window("", after, min(after + step, upto), SEALED_AT)
                await effect(self.history.connection, window)
            await self.history.connection.execute(
                text(
                    "INSERT INTO stats.cursors (consumer, position) VALUES (:name, :upto) "
                    "ON CONFLICT (consumer) DO UPDATE SET position = excluded.position"
                ),
                {"name": name, "upto": upto},
            )
