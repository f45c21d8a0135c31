"""The application of ``stats``: wiring only."""

from fastapi import FastAPI

from services.kit.app import create_service_app
from services.kit.auth import TokenVerifier
from services.kit.database import Database
from services.kit.feed import Loop
from services.stats.cube import folding, registry
from services.stats.monitoring.folding import PRODUCTS, STATIONS, follow_sales, follow_scans
from services.stats.plan.loading import EVERY_SECONDS, ensure_plan
from services.stats.protection.rules import Rules
from services.stats.release.freezing import freeze_oldest_draft
from services.stats.routes import router
from services.stats.settings import StatsSettings


def create_app(settings: StatsSettings) -> FastAPI:
    """The service, and the consumers that keep its cube and its monitoring (unless they run elsewhere)."""
    database = Database(
        settings.role_url("onecode_stats_login"),
        application="onecode-stats",
        pool_size=settings.pool_size,
        pool_timeout_seconds=settings.pool_timeout_seconds,
    )
    verifier = TokenVerifier(database, issuer=settings.public_url)
    loops = []
    if settings.run_consumers:
        rest, slow_rest = settings.follow_every_seconds, settings.monitor_every_seconds
        loops = [
            Loop(f"stats.{folding.CONSUMER}", lambda: folding.follow_ledger(database), rest_seconds=rest, share=0.1),
            Loop(
                f"stats.{registry.CONSUMER}", lambda: registry.follow_registry(database), rest_seconds=rest, share=0.2
            ),
            Loop("stats.plan", lambda: ensure_plan(database), rest_seconds=EVERY_SECONDS),
            Loop(
                f"stats.{PRODUCTS}",
                lambda: follow_sales(database),
                rest_seconds=slow_rest,
                share=0.05,
                cycle_seconds=10.0,
            ),
            Loop(
                f"stats.{STATIONS}",
                lambda: follow_scans(database),
                rest_seconds=slow_rest,
                share=0.05,
                cycle_seconds=10.0,
            ),
            Loop("stats.freezing", lambda: freeze_oldest_draft(database), rest_seconds=1.0),
        ]
    app = create_service_app(
        "stats",
        description="What the ledger adds up to: sales, reach and income, by region and period.",
        database=database,
        verifier=verifier,
        loops=loops,
    )
    app.state.provincial_platform = settings.provincial_platform
    app.state.protection_rules = Rules().with_changes(settings.protection_rules)
    app.include_router(router)
    return app
