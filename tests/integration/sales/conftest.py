"""The sales service on a real database, with codes to attribute to."""

import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.database import Database
from services.kit.feed import consume, seal
from services.kit.settings import ServiceSettings
from services.sales.app import create_app
from services.sales.at_once import AllNew
from services.sales.chain import extend_chain
from services.sales.correcting import Correcting, judge_corrections
from services.sales.correction import JudgedCorrection
from services.sales.following import follow_registry
from services.sales.line import JudgedLine
from services.sales.paying import judge_payments, judge_voids, record_payments, void_payments
from services.sales.payment import JudgedPayment, JudgedVoid
from services.sales.purchases import take_over_purchases
from services.sales.recorder import Decide
from services.sales.recording import judge_orders, record_lines, record_new_lines
from services.sales.refund import JudgedRefund
from services.sales.refunding import judge_refunds, record_refunds
from services.sales.settings import SalesSettings
from services.sales.settlement import settle_memberships, settle_sales
from services.sales.submission import Submission, add_batches
from services.sales.uptake import take_up_after_codes, take_up_after_sales
from services.sales.wire import Correction, Line, Order, Payment, PaymentVoid, Refund, Result
from services.stats.cube.folding import follow_ledger
from tests.conftest import Cluster
from tests.integration.sales.api import SalesApi
from tests.tokens import ISSUER, Tokens

VILLAGE = "522701102201"
CATEGORIES = frozenset({"tea", "chili", "other"})
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Ledger:
    """Drives sales' use cases directly, one call a transaction, as the requests of a platform would."""

    database: Database
    codes: Database
    subjects: dict[str, int] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def register(
        self,
        code: str,
        kind: str = "household",
        region: str = VILLAGE,
        since: date = date(2018, 12, 31),
        *,
        keeps_bp: int = 0,
    ) -> int:
        """Put a code in force, as codes would; a group keeps ``keeps_bp`` of its base for itself."""
        batch_id = await self.codes_batch()
        subject_id = int.from_bytes(code.encode()[-5:], "big")
        self.subjects[code] = subject_id
        async with self.codes.transaction() as connection:
            await connection.execute(
                text("""
                INSERT INTO codes.directory_entries (code, valid_from, recorded_in, state, subject_id, kind, region)
                VALUES (:code, :since, :batch_id, 'in_force', :subject_id, :kind, :region)
                """),
                {
                    "code": code,
                    "since": datetime(since.year, since.month, since.day, tzinfo=UTC),
                    "batch_id": batch_id,
                    "subject_id": subject_id,
                    "kind": kind,
                    "region": region,
                },
            )
            members_bp = None if kind == "household" else 10_000 - keeps_bp
            persons = 3 if kind == "household" else None
            await connection.execute(
                text("""
                INSERT INTO codes.subject_versions (subject_id, valid_from, recorded_in, region, persons, members_bp)
                VALUES (:subject_id, :since, :batch_id, :region, :persons, :members_bp)
                """),
                {
                    "subject_id": subject_id,
                    "since": since,
                    "batch_id": batch_id,
                    "region": region,
                    "persons": persons,
                    "members_bp": members_bp,
                },
            )
        return subject_id

    async def replace(self, code: str, new_code: str, *, kind: str = "household", region: str = VILLAGE) -> None:
        """Give the subject of a code a new one, in force as long as the first was."""
        batch_id = await self.codes_batch()
        subject_id = self.subjects[new_code] = self.subjects[code]
        async with self.codes.transaction() as connection:
            await connection.execute(
                text("""
                INSERT INTO codes.directory_entries (code, valid_from, recorded_in, state, subject_id, kind, region)
                VALUES (:code, '2018-12-31', :batch_id, 'in_force', :subject_id, :kind, :region)
                """),
                {"code": new_code, "batch_id": batch_id, "subject_id": subject_id, "kind": kind, "region": region},
            )

    async def codes_batch(self) -> int:
        """A batch of codes, announced."""
        async with self.codes.transaction() as connection:
            return int(
                await connection.scalar(
                    text("""
                    WITH added AS (
                        INSERT INTO codes.batches (actor, operation) VALUES ('test', 'test') RETURNING batch_id
                    ), announced AS (INSERT INTO codes.unsealed SELECT batch_id FROM added)
                    SELECT batch_id FROM added
                    """)
                )
                or 0
            )

    async def link(self, member: str, group: str, *, weight: int = 1, since: date = date(2019, 1, 1)) -> None:
        """Link a member to a group, as codes would."""
        batch_id = await self.codes_batch()
        async with self.codes.transaction() as connection:
            await connection.execute(
                text("""
                INSERT INTO codes.links (member_id, member_kind, group_id, group_kind, weight, valid_from, recorded_in)
                VALUES (:member_id, :member_kind, :group_id, :group_kind, :weight, :since, :batch_id)
                """),
                {
                    "member_id": self.subjects[member],
                    "member_kind": "household" if member[0] == "H" else "cooperative",
                    "group_id": self.subjects[group],
                    "group_kind": "cooperative" if group[0] == "C" else "enterprise",
                    "weight": weight,
                    "since": since,
                    "batch_id": batch_id,
                },
            )

    async def sales_batch(self, kind: str) -> int:
        """A batch of sales that is no sale (bindings, ratios), announced."""
        async with self.database.transaction() as connection:
            return int(
                await connection.scalar(
                    text("""
                    WITH added AS (
                        INSERT INTO sales.batches (channel, kind, client_id) VALUES ('api', :kind, 'test')
                        RETURNING batch_id
                    ), announced AS (INSERT INTO sales.unsealed SELECT batch_id FROM added)
                    SELECT batch_id FROM added
                    """),
                    {"kind": kind},
                )
                or 0
            )

    async def bind_shop(self, shop: str, code: str, *, since: date = date(2019, 1, 1)) -> None:
        """Bind a shop of tmall to a code."""
        batch_id = await self.sales_batch("shops")
        await self.execute(
            "INSERT INTO sales.shop_bindings (platform, shop, valid_from, recorded_in, code) "
            "VALUES ('tmall', :shop, :since, :batch_id, :code)",
            shop=shop,
            since=since,
            batch_id=batch_id,
            code=code,
        )

    async def rebind_shop(self, shop: str, code: str) -> None:
        """Say that the shop was another's, for as long as it is bound at all."""
        batch_id = await self.sales_batch("shops")
        await self.execute(
            "UPDATE sales.shop_bindings SET superseded_in = :batch_id WHERE shop = :shop AND superseded_in IS NULL",
            shop=shop,
            batch_id=batch_id,
        )
        await self.execute(
            "INSERT INTO sales.shop_bindings (platform, shop, valid_from, recorded_in, code) "
            "VALUES ('tmall', :shop, DATE '2019-01-01', :batch_id, :code)",
            shop=shop,
            batch_id=batch_id,
            code=code,
        )

    async def bind_listing(self, shop: str, sku: str, code: str, *, since: date = date(2019, 1, 1)) -> None:
        """Bind a listing of a shop of tmall to a code."""
        batch_id = await self.sales_batch("listings")
        await self.execute(
            "INSERT INTO sales.listing_bindings (platform, shop, sku, valid_from, recorded_in, code) "
            "VALUES ('tmall', :shop, :sku, :since, :batch_id, :code)",
            shop=shop,
            sku=sku,
            since=since,
            batch_id=batch_id,
            code=code,
        )

    async def ratio(self, category: str, ratio_bp: int, *, region: str = "520000000000", basis: str = "imputed") -> int:
        """Put a ratio in force from 2019 on."""
        batch_id = await self.sales_batch("ratios")
        return int(
            await self.scalar(
                "INSERT INTO sales.income_ratios (category, region, ratio_bp, basis, valid_from, source, recorded_in) "
                "VALUES (:category, :region, :ratio_bp, :basis, DATE '2019-01-01', 'test', :batch_id) "
                "RETURNING ratio_id",
                category=category,
                region=region,
                ratio_bp=ratio_bp,
                basis=basis,
                batch_id=batch_id,
            )
        )

    async def change_ratio(self, category: str, ratio_bp: int, *, region: str, basis: str) -> None:
        """Put a ratio in force from 2019 on, in the place of the one that was."""
        batch_id = await self.sales_batch("ratios")
        await self.execute(
            "UPDATE sales.income_ratios SET superseded_in = :batch_id "
            "WHERE category = :category AND region = :region AND superseded_in IS NULL",
            category=category,
            region=region,
            batch_id=batch_id,
        )
        await self.execute(
            "INSERT INTO sales.income_ratios (category, region, ratio_bp, basis, valid_from, source, recorded_in) "
            "VALUES (:category, :region, :ratio_bp, :basis, DATE '2019-01-01', 'test', :batch_id)",
            category=category,
            region=region,
            ratio_bp=ratio_bp,
            basis=basis,
            batch_id=batch_id,
        )

    async def post(self, *orders: Order, platform: str = "tmall") -> list[Result]:
        """Record orders; answers the results."""
        submission: Submission[JudgedLine] = Submission(platform, "test", "api", "orders", next(self._numbers) + 10**6)
        judge_orders(submission, orders, [], now=NOW, categories=CATEGORIES)
        try:
            if not await AllNew(self.database).record([submission]):
                await self._record(submission, record_new_lines)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "23505":  # another transaction recorded one of them meanwhile
                raise
            await self._record(submission, record_lines)
        return submission.decided()

    async def _record(self, submission: Submission[Any], decide: Decide) -> None:
        async with self.database.transaction() as connection:
            await decide(connection, [submission])
            await add_batches(connection, [submission])

    async def hold(self, connection: AsyncConnection, *orders: Order) -> None:
        """Record orders in a transaction that the caller keeps open."""
        submission: Submission[JudgedLine] = Submission("tmall", "test", "api", "orders", next(self._numbers) + 10**6)
        judge_orders(submission, orders, [], now=NOW, categories=CATEGORIES)
        await record_lines(connection, [submission])
        await add_batches(connection, [submission])

    async def refund(self, *refunds: Refund, platform: str = "tmall") -> list[Result]:
        """Record refunds; answers the results."""
        submission: Submission[JudgedRefund] = Submission(
            platform, "test", "api", "refunds", next(self._numbers) + 10**6
        )
        judge_refunds(submission, refunds, [], now=NOW)
        await self._record(submission, record_refunds)
        return submission.decided()

    async def correct(self, *corrections: Correction, platform: str = "tmall") -> list[Result]:
        """Record corrections as an officer of the whole province; answers the results."""
        submission: Submission[JudgedCorrection] = Submission(
            platform, "test", "api", "corrections", next(self._numbers) + 10**6
        )
        judge_corrections(submission, corrections, [])
        async with self.database.transaction() as connection:
            await Correcting(connection, NOW.date(), lambda _region: True).record(submission)
            await add_batches(connection, [submission])
        return submission.decided()

    async def pay(self, *payments: Payment) -> list[Result]:
        """Record payments as an officer of the whole province; answers the results."""
        submission: Submission[JudgedPayment] = Submission("", "test", "api", "payments", next(self._numbers) + 10**6)
        judge_payments(submission, payments, [], today=NOW.date())
        async with self.database.transaction() as connection:
            await record_payments(connection, submission, lambda _region: True)
            await add_batches(connection, [submission])
        return submission.decided()

    async def void(self, *voids: PaymentVoid) -> list[Result]:
        """Void payments as an officer of the whole province; answers the results."""
        submission: Submission[JudgedVoid] = Submission("", "test", "api", "payment_voids", next(self._numbers) + 10**6)
        judge_voids(submission, voids, [])
        async with self.database.transaction() as connection:
            await void_payments(connection, submission, lambda _region: True)
            await add_batches(connection, [submission])
        return submission.decided()

    async def settle(self) -> None:
        """Seal and consume until nothing is left to do."""
        effects = (
            ("codes", "uptake.codes", take_up_after_codes),
            ("sales", "uptake.sales", take_up_after_sales),
            ("codes", "income.codes", settle_memberships),
            ("sales", "income.sales", settle_sales),
            ("codes", "following.codes", follow_registry),
            ("codes", "payments.codes", take_over_purchases),
            ("sales", "chain", extend_chain),
        )
        for source, consumer, effect in effects:  # the first call only makes the cursor
            await consume(self.database, schema="sales", source=source, consumer=consumer, effect=effect)
        busy = True
        while busy:
            busy = await seal(self.codes, "codes") + await seal(self.database, "sales") > 0
            for source, consumer, effect in effects:
                taken = await consume(self.database, schema="sales", source=source, consumer=consumer, effect=effect)
                busy = busy or taken > 0

    async def execute(self, statement: str, **parameters: Any) -> None:
        """Run a statement as the sales service."""
        async with self.database.transaction() as connection:
            await connection.execute(text(statement), parameters)

    async def rows(self, statement: str, **parameters: Any) -> Sequence[Any]:
        """Query as the sales service."""
        async with self.database.transaction() as connection:
            return (await connection.execute(text(statement), parameters)).all()

    async def scalar(self, statement: str, **parameters: Any) -> Any:
        """Query one value as the sales service."""
        async with self.database.transaction() as connection:
            return await connection.scalar(text(statement), parameters)


@pytest.fixture
async def ledger(cluster: Cluster, database_url: str) -> AsyncIterator[Ledger]:
    """Sales and codes on a fresh database, each under its own login role."""
    settings = ServiceSettings(database_url=database_url, secrets_dir=cluster.secrets_dir)
    databases = [
        Database(settings.role_url(f"onecode_{name}_login"), application=f"test-{name}") for name in ("sales", "codes")
    ]
    yield Ledger(databases[0], databases[1])
    for database in databases:
        await database.close()


@pytest.fixture
async def stats(cluster: Cluster, database_url: str) -> AsyncIterator[Database]:
    """The database as the service sees it that divides incomes among households."""
    settings = ServiceSettings(database_url=database_url, secrets_dir=cluster.secrets_dir)
    database = Database(settings.role_url("onecode_stats_login"), application="test-stats")
    await follow_ledger(database)  # the first call only makes the cursor
    yield database
    await database.close()


@pytest.fixture
async def api(cluster: Cluster, database_url: str) -> AsyncIterator[SalesApi]:
    """The service over HTTP, without its loops: what they do is done by ``ledger`` when a test says so."""
    settings = SalesSettings(
        database_url=database_url, secrets_dir=cluster.secrets_dir, public_url=ISSUER, run_consumers=False
    )
    app = create_app(settings)
    tokens = await Tokens.trusted_by(database_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as client:
        yield SalesApi(app, client, tokens)
    await app.state.database.close()


def order(order_no: str, *lines: Line, at: str = "2019-03-18T10:00:00+08:00", shop: str = "guizhou-tea") -> Order:
    """An order of 18 March 2019 unless told otherwise."""
    return Order(order_no, datetime.fromisoformat(at), shop, list(lines))


def line(line_no: str, amount: str, code: str | None = None, *, category: str = "tea", sku: str | None = None) -> Line:
    """A line of tea unless told otherwise."""
    return Line(line_no=line_no, amount=amount, code=code, category=category, sku=sku)


def refund(
    refund_no: str, order_no: str, amount: str, line_no: str | None = "1", at: str = "2019-03-20T10:00:00+08:00"
) -> Refund:
    """A refund two days later unless told otherwise."""
    return Refund(refund_no, order_no, amount, datetime.fromisoformat(at), line_no)
