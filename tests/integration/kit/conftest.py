"""A schema with a feed, as its service sees it."""

from collections.abc import AsyncIterator

import pytest

from services.kit.database import Database
from services.kit.settings import ServiceSettings
from tests.conftest import Cluster


@pytest.fixture
async def sales(cluster: Cluster, database_url: str) -> AsyncIterator[Database]:
    """Connections under the login role of ``sales``, which writes a feed and consumes one."""
    settings = ServiceSettings(database_url=database_url, secrets_dir=cluster.secrets_dir)
    database = Database(settings.role_url("onecode_sales_login"), application="test-feed", pool_size=12)
    yield database
    await database.close()
