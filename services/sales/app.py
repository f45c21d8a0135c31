"""Wires ``sales``: the recorders, the importer, and the loops that seal, take up and settle."""

from functools import partial

from fastapi import FastAPI

from services.kit.app import create_service_app
from services.kit.auth import TokenVerifier
from services.kit.database import Database
from services.kit.feed import Loop, consume, seal
from services.sales.at_once import AllNew
from services.sales.chain import extend_chain
from services.sales.following import follow_registry
from services.sales.grains import look_for_clashes, record_beside_files
from services.sales.importing import Importer
from services.sales.purchases import take_over_purchases
from services.sales.queries import income
from services.sales.receipt import ReceiptSigner
from services.sales.recorder import BesideFiles, Recorder
from services.sales.recording import record_lines, record_new_lines
from services.sales.reference import Reference
from services.sales.refunding import record_refunds
from services.sales.routes import (
    alike,
    bindings,
    corrections,
    imports,
    ledger,
    orders,
    payments,
    receipts,
    reconciliation,
)
from services.sales.routes.bulk import BulkRoute
from services.sales.settings import SalesSettings
from services.sales.settlement import settle_memberships, settle_sales
from services.sales.uptake import take_up_after_codes, take_up_after_sales


def create_app(settings: SalesSettings) -> FastAPI:
    """The ``sales`` service: orders, refunds, attribution, ledger, income."""
    database = Database(
        settings.role_url("onecode_sales_login"),
        application="onecode-sales",
        pool_size=settings.pool_size,
        pool_timeout_seconds=settings.pool_timeout_seconds,
    )
    reference = Reference(database)
    signer = ReceiptSigner(settings.secrets_dir)
    concurrent = settings.concurrent_recordings
    order_recorder = Recorder(
        database,
        signer,
        record_lines,
        issuer=settings.public_url,
        concurrent=concurrent,
        first_try=record_new_lines,
        at_once=AllNew(database).record,
        beside_files=BesideFiles(look_for_clashes, record_beside_files),
    )
    refund_recorder = Recorder(database, signer, record_refunds, issuer=settings.public_url, concurrent=concurrent)
    sealer, *consumers = background_loops(database, settings)
    order_recorder.committed = sealer.wake
    refund_recorder.committed = sealer.wake
    importer = Importer(database, lambda: reference.categories)
    importer.committed = sealer.wake
    loops = [Loop("sales.reference", reference.refresh, rest_seconds=2.0)]
    if settings.run_consumers:
        loops += [sealer, *consumers]
    app = create_service_app(
        "sales",
        description="Orders, refunds, attribution, the ledger and income.",
        database=database,
        verifier=TokenVerifier(database, issuer=settings.public_url),
        loops=loops,
    )
    app.state.reference = reference
    app.state.receipts = signer
    app.state.issuer = settings.public_url
    app.state.upload_idle_seconds = settings.upload_idle_seconds
    app.state.orders = order_recorder
    app.state.refunds = refund_recorder
    app.state.importer = importer
    for module in (orders, corrections, alike, payments, imports, bindings, ledger, receipts, reconciliation):
        app.include_router(module.router)
    app.direct = {route.path: route for route in orders.router.routes if isinstance(route, BulkRoute)}
    return app


def background_loops(database: Database, settings: SalesSettings) -> list[Loop]:
    """The sealer, and the consumers that it wakes: taking up what was parked, and settling income."""

    async def need_not_gather() -> bool:
        async with database.transaction() as connection:
            return bool(await connection.scalar(income.NEED_NOT_GATHER))

    after_sales = partial(consume, database, schema="sales", source="sales")
    after_codes = partial(consume, database, schema="sales", source="codes")
    rest = settings.settle_every_seconds
    sealer = Loop(
        "sales.sealer",
        partial(seal, database, "sales"),
        rest_seconds=settings.seal_every_seconds,
        share=0.1,
        cycle_seconds=0.1,
    )
    # What income posts is divided among members by stats, which costs far more than to post it: so it takes a hundredth
    # of the time and lets much gather. But neither what is little need wait, nor what no more comes to; and its own
    # batches, which come back to it in the feed, are passed over.
    income_loop = Loop(
        "sales.income.sales",
        partial(after_sales, consumer="income.sales", effect=settle_sales),
        rest_seconds=rest,
        share=0.01,
        cycle_seconds=settings.settle_cycle_seconds,
        is_quick=need_not_gather,
    )
    uptake = Loop(
        "sales.uptake.sales",
        partial(after_sales, consumer="uptake.sales", effect=take_up_after_sales),
        rest_seconds=rest,
        share=0.1,
    )
    of_codes = [
        Loop(
            f"sales.{consumer}",
            partial(after_codes, consumer=consumer, effect=effect),
            rest_seconds=rest,
            share=0.1,
        )
        for consumer, effect in (
            ("uptake.codes", take_up_after_codes),
            ("income.codes", settle_memberships),
            ("following.codes", follow_registry),
            ("payments.codes", take_over_purchases),
        )
    ]
    chain = Loop(
        "sales.chain",
        partial(after_sales, consumer="chain", effect=extend_chain, behind="income.sales"),
        rest_seconds=rest,
        share=0.1,
        cycle_seconds=5.0,
    )
    sealer.followers = [uptake, income_loop]
    writers = [uptake, income_loop, *of_codes]
    for writer in writers:
        writer.followers = [sealer]
    return [sealer, *writers, chain]
