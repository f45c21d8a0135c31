"""Wiring of the service ``codes``."""

from datetime import timedelta

from fastapi import FastAPI

from services.codes.card_keys import CardSecrets
from services.codes.credential import StationKey
from services.codes.pin_hashes import PinHasher
from services.codes.privacy import PersonKeys
from services.codes.routes import (
    cards,
    codes,
    handovers,
    labels,
    links,
    operations,
    origins,
    region_tags,
    regions,
    revocations,
    rosters,
    scans,
    statements,
    stations,
    subjects,
)
from services.codes.service.roster_work import work_on_rosters
from services.codes.service.rosters import forget_old_rosters
from services.codes.settings import CodesSettings
from services.kit import clock
from services.kit.app import create_service_app
from services.kit.auth import TokenVerifier
from services.kit.database import Database
from services.kit.feed import Loop, seal

SEALER_REST_SECONDS = 0.2
ROSTER_REST_SECONDS = 0.5
"""How soon a process that works on rosters notices one that came in by another; its own wake it."""

RETENTION_REST_SECONDS = 3600.0


def create_app(settings: CodesSettings) -> FastAPI:
    """The service as an ASGI application; draws the keys of person data at its first start."""
    database = Database(
        settings.role_url("onecode_codes_login"),
        application="onecode-codes",
        pool_size=settings.pool_size,
        pool_timeout_seconds=settings.pool_timeout_seconds,
    )

    person_keys = PersonKeys.from_secrets(settings.secrets_dir)

    async def seal_batches() -> int:
        return await seal(database, "codes")

    async def work() -> int:
        return await work_on_rosters(database, person_keys)

    async def forget() -> int:
        return await forget_old_rosters(database, before=clock.now() - timedelta(days=settings.roster_retention_days))

    roster_loop = Loop("codes.rosters", work, rest_seconds=ROSTER_REST_SECONDS)
    retention = Loop("codes.roster_retention", forget, rest_seconds=RETENTION_REST_SECONDS)
    sealer = Loop("codes.sealer", seal_batches, rest_seconds=SEALER_REST_SECONDS)
    app = create_service_app(
        "codes",
        description="Regions, subjects, rosters, codes, labels, cards, links, stations and scans.",
        database=database,
        verifier=TokenVerifier(database, issuer=settings.public_url),
        loops=[sealer, roster_loop, retention] if settings.run_consumers else [],
    )
    app.state.person_keys = person_keys
    app.state.roster_loop = roster_loop
    app.state.station_key = StationKey.from_secrets(settings.secrets_dir)
    app.state.pin_hasher = PinHasher(app.state.station_key)
    app.state.card_secrets = CardSecrets.from_secrets(settings.secrets_dir)
    app.state.public_url = settings.public_url
    # region_tags before regions, whose {code} would take the word "tags".
    for module in (
        region_tags, regions, subjects, operations, rosters, codes, cards, handovers, labels, origins, revocations,
        links, stations, scans, statements,
    ):  # fmt: skip
        app.include_router(module.router)
    return app
