"""Random histories: whatever is sent in whatever order, ledger and income are those of plain models, to the fen."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.database import Database
from services.sales.receipt import ReceiptSigner
from services.sales.verify import checks
from tests.conftest import Cluster
from tests.integration.sales.conftest import Ledger
from tests.integration.sales.play import BEGINNINGS, EVENTS, RATIO_BP, Event, Play


async def test_random_histories_end_as_the_model_says(ledger: Ledger, stats: Database, cluster: Cluster) -> None:
    """Every answer, and the end state: orders, lines of several codes, refunds, corrections, re-attribution, codes new
    and replaced, bindings, back-dated links, ratios, payments, all of them in any order and again; and verify.
    """
    await ledger.ratio("*", RATIO_BP)
    loop = asyncio.get_running_loop()
    signer = ReceiptSigner(cluster.secrets_dir)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BEGINNINGS, st.lists(EVENTS, min_size=8, max_size=30))
    def agree(beginning: list[Event], events: list[Event]) -> None:
        async def run() -> None:
            play = Play(ledger, stats, signer)
            for event in [*beginning, *events, Event("settle")]:
                await play.play(event)
            await play.compare()

        asyncio.run_coroutine_threadsafe(run(), loop).result()

    await asyncio.to_thread(agree)
    async with ledger.database.snapshot() as connection:
        assert [check for check in await checks(connection) if check.differences] == []
