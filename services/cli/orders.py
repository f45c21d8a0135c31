"""``onecode orders import``: send a seller's export file to the house."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.api import open_api
from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.serving import ended_by_signals

commands = typer.Typer()
orders = typer.Typer(help="订单 / Orders.", no_args_is_help=True)
commands.add_typer(orders, name="orders")


@orders.command("import")
def import_orders(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="导出文件 / The export.")],
    platform: Annotated[str, typer.Option(help="平台,如 tmall / The platform, e.g. tmall.")],
    shop: Annotated[str, typer.Option(help="店铺 / The shop, as its binding names it.")],
    file_format: Annotated[str, typer.Option("--format", help="文件格式 / The format.")] = "tmall-report",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """导入平台导出的订单文件;重复导入不会改变任何数字 / Import an export; importing it again changes nothing."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    from services.demo.house import DemoRefused  # noqa: PLC0415 - not needed for --help
    from services.demo.story import import_file  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with ended_by_signals(), open_api(data, "officer") as api:
        try:
            with Progress(*columns) as progress:
                summary = import_file(api, file, platform=platform, shop=shop, form=file_format, progress=progress)
        except DemoRefused as error:
            raise Refusal(str(error)) from error
    lines, refunds, amounts = summary["lines"], summary["refunds"], summary["amounts"]
    if summary["unchanged"]:
        say(f"没有变化 / Nothing changed: {lines['duplicate']} 行此前已入账 lines were recorded before")
    else:
        say(
            f"新入账 / Recorded: {lines['accepted']} 行 lines, 销售 sales {amounts['sales']}, "
            f"退款 refunds {amounts['refunds']} ({refunds['accepted']}), 净额 net {amounts['net']}"
        )
    if lines["parked"]:
        say(f"待挂接 / Parked: {lines['parked']} 行 lines;请绑定店铺 / bind the shop (POST /v1/shops)")
    for why, count in summary["skipped"].items():
        say(f"跳过 / Skipped ({why}): {count}")
    for bad in summary["errors"]:
        say(f"第 {bad['row']} 行 / row {bad['row']}: {bad['column']}: {bad['reason']}")
    if summary["unreadable_rows"]:
        raise typer.Exit(2)
