"""The command ``onecode`` whose PostgreSQL goes by another clock: ``python -m tests.nemesis.database_clock ARGUMENT…``.

PostgreSQL gets nothing of our environment but what it needs; here it also gets what is named ``POSTGRES_…``.
"""

import os

from services.cli import main
from services.kit.embedded import server
from services.kit.embedded.account import program_environment

PREFIX = "POSTGRES_"


def _with_its_clock() -> dict[str, str]:
    its = {name.removeprefix(PREFIX): value for name, value in os.environ.items() if name.startswith(PREFIX)}
    return {**program_environment(), **its}


if __name__ == "__main__":
    vars(server)[program_environment.__name__] = _with_its_clock
    main()
