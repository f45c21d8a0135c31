"""``onecode demo``: a province is registered, two platforms post a year through the public API, and income follows."""

import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.api import client_of, open_clients
from services.cli.house import House, house_beside, house_settings
from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_DATA, DEFAULT_HOST, DEFAULT_PORT, DataFolder, Host, LogLevel, Port
from services.cli.serving import ended_by_signals
from services.cli.verify import report

if TYPE_CHECKING:
    import httpx

    from services.demo.story import Told

commands = typer.Typer()

Report = Annotated[
    Path | None,
    typer.Option("--orders", exists=True, dir_okay=False, help="真实的天猫订单报表 / A real Tmall order report."),
]
"""The option for a real export."""


@commands.command()
def demo(
    *,
    data: DataFolder = DEFAULT_DATA,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    orders: Report = None,
    size: Annotated[int, typer.Option("--size", min=100, help="模拟订单数 / Simulated orders.")] = 30_000,
    households: Annotated[int, typer.Option(min=10, help="农户数 / Households.")] = 2_000,
    once: Annotated[bool, typer.Option("--once", help="完成后退出 / End when done, do not go on serving.")] = False,
    log_level: LogLevel = "error",
) -> None:
    """演示:登记、发码、两个平台上报一年的订单与退款,直到增收数字 / The whole way, from a roster to income.

    Run again, it goes on from what is there and changes nothing that was counted.
    """
    from services.kit.logs import configure_logs  # noqa: PLC0415 - not needed for --help

    configure_logs(log_level)
    with ended_by_signals():
        say("启动服务 / Starting the services …")
        with house_beside(data, host=host, port=port) as house:
            told = _tell(house, orders, size, households)
            _show(house, told)
            say("\n重算核对 / Recomputing everything that was published")
            differing = report(house_settings(house.database, house.base_url))
            _say_where(house, told)
            if differing:
                raise typer.Exit(1)
            if not once:
                say("\nCtrl-C: 停止 / stop")
                threading.Event().wait()
    say("已停止 / Stopped")


def _tell(house: House, orders: Path | None, size: int, households: int) -> "Told":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    from services.demo.house import DemoRefused  # noqa: PLC0415
    from services.demo.story import Stage, tell  # noqa: PLC0415

    def open_client(credentials: dict[str, str]) -> "AbstractContextManager[httpx.Client]":
        return client_of(house.base_url, credentials)

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        open_clients(house, "admin", "officer", "station", "bureau") as (admin, officer, station, bureau),
        Progress(*columns) as progress,
    ):
        stage = Stage(
            admin=admin,
            officer=officer,
            station=station,
            bureau=bureau,
            open_client=open_client,
            secrets_dir=house.data / "secrets",
            progress=progress,
            orders=size,
            households=households,
            cooperatives=max(1, households // 50),
            enterprises=max(1, households // 200),
        )
        try:
            return tell(stage, orders)
        except DemoRefused as error:
            raise Refusal(str(error)) from error


def _show(house: House, told: "Told") -> None:
    from rich.console import Console  # noqa: PLC0415

    from services.demo.showing import show_counts, show_year  # noqa: PLC0415

    console = Console()
    show_counts(console, told.counts)
    with open_clients(house, "bureau") as (bureau,):
        for year in told.years:
            show_year(console, bureau, year)


def _say_where(house: House, told: "Told") -> None:
    example: Any = told.codes[told.roster.cooperatives[0].key]
    say(f"\n看板 / Dashboard: {house.base_url}/dashboard?period={told.years[0] if told.years else ''}", bold=True)
    say(f"  用户 / User: demo   密码 / Password: {told.accounts.viewer_password}")
    say(f"识别码 / A code: {house.base_url}/c/{example}")
    say(f"接口 / Interface: {house.base_url}/docs   凭据 / Credentials: {house.credentials}")
