"""Wires ``sales``: the recorders, the importer, and the loops that seal, take up and settle."""

from fastapi import FastAPI

from services.kit.app import create_service_app
from services.kit.auth import TokenVerifier
from services.kit.database import Database
from services.kit.feed import Loop, consume, seal
from services.sales.chain import extend_chain
from services.sales.following import follow_registry
from services.sales.grains import look_for_clashes, record_beside_files
from services.sales.importing import Importer
from services.sales.purchases import take_over_purchases
from services.sales.receipt import ReceiptSigner
from services.sales.recorder import BesideFiles, Recorder
from services.sales.recording import record_lines
from services.sales.reference import Reference
from services.sales.refunding import record_refunds
from services.sales.routes import bindings, corrections, imports, ledger, orders, payments, receipts, reconciliation
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
    for module in (orders, corrections, payments, imports, bindings, ledger, receipts, reconciliation):
        app.include_router(module.router)
    return app


def background_loops(database: Database, settings: SalesSettings) -> list[Loop]:
    """The sealer, and the consumers that it wakes: taking up what was parked, and settling income."""

    async def seal_sales() -> int:
        return await seal(database, "sales")

    async def take_up_sales() -> int:
        return await consume(
            database, schema="sales", source="sales", consumer="uptake.sales", effect=take_up_after_sales
        )

    async def take_up_codes() -> int:
        return await consume(
            database, schema="sales", source="codes", consumer="uptake.codes", effect=take_up_after_codes
        )

    async def settle_ledger() -> int:
        return await consume(database, schema="sales", source="sales", consumer="income.sales", effect=settle_sales)

    async def chain_ledger() -> int:
        return await consume(database, schema="sales", source="sales", consumer="chain", effect=extend_chain)

    async def settle_registry() -> int:
        return await consume(
            database, schema="sales", source="codes", consumer="income.codes", effect=settle_memberships
        )

    async def follow_codes() -> int:
        return await consume(
            database, schema="sales", source="codes", consumer="following.codes", effect=follow_registry
        )

    async def take_purchases() -> int:
        return await consume(
            database, schema="sales", source="codes", consumer="payments.codes", effect=take_over_purchases
        )

    sealer = Loop("sales.sealer", seal_sales, rest_seconds=settings.seal_every_seconds)
    steps = {
        "sales.uptake.sales": take_up_sales,
        "sales.uptake.codes": take_up_codes,
        "sales.income.sales": settle_ledger,
        "sales.income.codes": settle_registry,
        "sales.following.codes": follow_codes,
        "sales.payments.codes": take_purchases,
        "sales.chain": chain_ledger,
    }
    consumers = [Loop(name, step, rest_seconds=settings.settle_every_seconds) for name, step in steps.items()]
    sealer.followers = [consumers[0], consumers[2]]
    for consumer in consumers[:-1]:  # all but the chain write batches of their own
        consumer.followers = [sealer]
    return [sealer, *consumers]
