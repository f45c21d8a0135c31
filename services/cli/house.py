"""The house of a data folder: what must be there before it is served, and a house for the time of a command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.cli.database import DatabaseAddress, run_on_database, starting_database
from services.cli.serving import address_of, listen, served_beside

if TYPE_CHECKING:
    from services.kit.settings import ServiceSettings

CREDENTIALS = "credentials.json"


@dataclass(frozen=True, slots=True)
class House:
    """A house that answers."""

    base_url: str
    data: Path
    database: DatabaseAddress

    @property
    def credentials(self) -> Path:
        """The file with the first clients' credentials."""
        return self.data / CREDENTIALS


def house_settings(database: DatabaseAddress, address: str) -> "ServiceSettings":
    """What all services of the house share. ``address`` is the public one, unless ``ONECODE_PUBLIC_URL`` is set."""
    from services.kit.settings import ServiceSettings  # noqa: PLC0415 - not needed for --help

    return ServiceSettings(
        database_url=database.service_url,
        secrets_dir=database.secrets_dir,
        public_url=os.environ.get("ONECODE_PUBLIC_URL") or address,
    )


def make_ready(database: DatabaseAddress, settings: "ServiceSettings", credentials: Path, base_url: str) -> bool:
    """Migrate, load the divisions and make the first clients, where that has not been done.

    Answers whether ``credentials`` was written: on the first start, and when ``base_url`` has changed.
    """
    from migrations.run import migrate  # noqa: PLC0415
    from services.host import prepare_house  # noqa: PLC0415

    async def prepare() -> bool:
        await migrate(database.admin_url, settings.secrets_dir)
        return await prepare_house(settings, credentials, base_url)

    return run_on_database(prepare())


@contextmanager
def house_beside(data: Path, *, host: str = "127.0.0.1", port: int = 0, base_url: str = "") -> Iterator[House]:
    """Serve the house of ``data`` from a thread of this process while the block lasts, on a free port unless told.

    ``base_url`` is what the credentials file shall say, if not the address of this house. Raises ``Refusal``.
    """
    listener = listen(host, port)
    address = address_of(listener)
    with listener, starting_database(data) as starting:
        from services.host import create_house  # noqa: PLC0415

        database = starting.address()
        settings = house_settings(database, base_url or address)
        make_ready(database, settings, data / CREDENTIALS, base_url or address)
        with served_beside(create_house(settings), listener):
            yield House(address, data, database)
