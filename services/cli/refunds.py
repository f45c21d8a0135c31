"""``onecode refunds import``: send a table of refunds to the house."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.api import open_api
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.orders import send_and_tell
from services.cli.serving import ended_by_signals

commands = typer.Typer()
refunds = typer.Typer(help="退款 / Refunds.", no_args_is_help=True)
commands.add_typer(refunds, name="refunds")


@refunds.command("import")
def import_refunds(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="退款表 / The table.")],
    platform: Annotated[str, typer.Option(help="平台,如 tmall / The platform, e.g. tmall.")],
    errors: Annotated[
        Path | None, typer.Option(help="错误文件,默认在表旁 / Where the rows go that were not taken; beside FILE.")
    ] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """导入退款表(refund_no、order_no、line_no、amount、occurred_at、reason);重复导入不会改变任何数字 / Import a table
    of refunds; importing it again changes nothing.
    """
    parameters = {"platform": platform, "shop": platform, "format": "onecode-refunds"}
    with ended_by_signals(), open_api(data, "officer") as api:
        send_and_tell(api, file, parameters, errors)
