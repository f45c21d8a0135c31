"""``onecode migrate`` and ``onecode bootstrap``: what a database needs before services can use it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from services.cli.database import run_on_database, starting_database
from services.cli.house import CREDENTIALS, house_settings
from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.serving import ended_by_signals

commands = typer.Typer()


@commands.command()
def migrate(data: DataFolder = DEFAULT_DATA) -> None:
    """建立或升级数据库:角色、表、视图、区划 / Make or upgrade the database: roles, tables, views, divisions.

    Works on the server named in ONECODE_DATABASE_URL (whose user may create roles), else on the embedded one of --data.
    Passwords of the services' roles lie in ONECODE_SECRETS_DIR, else in DATA/secrets.
    """
    with ended_by_signals(), starting_database(data) as starting:
        from migrations.run import migrate as bring_up_to_date  # noqa: PLC0415 - not needed for --help
        from services.codes.seed import load_divisions  # noqa: PLC0415
        from services.kit.database import Database  # noqa: PLC0415

        address = starting.address()
        settings = house_settings(address, "")

        async def run() -> bool:
            changed = await bring_up_to_date(address.admin_url, address.secrets_dir)
            codes = Database(settings.role_url("onecode_codes_login"), application="onecode-migrate", pool_size=1)
            try:
                loaded = await load_divisions(codes)
            finally:
                await codes.close()
            return changed or loaded

        if run_on_database(run()):
            say("数据库已升级 / The database has been brought up to date")
        else:
            say("数据库已是最新 / The database is up to date")


@commands.command()
def bootstrap(
    data: DataFolder = DEFAULT_DATA,
    *,
    everyone: Annotated[
        bool,
        typer.Option(
            "--everyone", help="officer, platform, station, bureau 也建立 / also make the other first clients"
        ),
    ] = False,
    base_url: Annotated[str, typer.Option(help="网关地址 / The gateway's address, for the file.")] = "",
) -> None:
    """在新库中建立第一个管理员 / Make the first administrator of a new database.

    The credentials are written to DATA/credentials.json, readable by you alone.
    """
    with ended_by_signals(), starting_database(data) as starting:
        from services.auth.bootstrap import bootstrap as make_everyone  # noqa: PLC0415 - not needed for --help
        from services.auth.bootstrap import bootstrap_administrator, write_credentials  # noqa: PLC0415
        from services.kit.database import Database  # noqa: PLC0415

        settings = house_settings(starting.address(), "")
        base_url = base_url or os.environ.get("ONECODE_PUBLIC_URL") or "http://127.0.0.1:8000"

        async def run(path: Path) -> bool:
            auth = Database(settings.role_url("onecode_auth_login"), application="onecode-bootstrap", pool_size=1)
            try:
                if everyone:
                    clients = await make_everyone(auth, settings.secrets_dir)
                else:
                    administrator = await bootstrap_administrator(auth, settings.secrets_dir)
                    clients = None if administrator is None else {"admin": administrator}
            finally:
                await auth.close()
            if clients is not None:
                write_credentials(path, base_url, clients)
            return clients is not None

        path = data / CREDENTIALS
        if not run_on_database(run(path)):
            raise Refusal("库中已有客户端,未作改动 / There are clients already; nothing was changed")
        say(f"凭据已写入 / Credentials written to: {path}")
