"""``onecode ledger export``: the ledger as a file."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.cli.api import checked, open_api
from services.cli.messages import say
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.serving import ended_by_signals

commands = typer.Typer()
ledger = typer.Typer(help="台账 / The ledger.", no_args_is_help=True)
commands.add_typer(ledger, name="ledger")


class FileForm(StrEnum):
    """The forms of the file."""

    CSV = "csv"
    NDJSON = "ndjson"


@ledger.command("export")
def export_ledger(  # noqa: PLR0917 - options of a command
    file: Annotated[Path, typer.Argument(dir_okay=False, help="写入的文件 / The file to write.")],
    code: Annotated[str | None, typer.Option(help="识别码 / Entries of whoever holds, or held, this code.")] = None,
    order_no: Annotated[str | None, typer.Option("--order", help="订单号 / Entries about this order.")] = None,
    batch_id: Annotated[int | None, typer.Option("--batch", help="批次 / Entries of this batch.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="业务日,可与 --code 同用 / Business day; with --code too."),
    ] = None,
    form: Annotated[
        FileForm | None, typer.Option("--format", help="csv 或 ndjson,默认按文件名 / Without it, by FILE's name.")
    ] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """导出台账分录(CSV 或 NDJSON) / Export entries of the ledger."""
    form = form or (FileForm.NDJSON if file.suffix in {".ndjson", ".jsonl"} else FileForm.CSV)
    asked = {"code": code, "order_no": order_no, "batch_id": batch_id, "day": day and f"{day:%Y-%m-%d}"}
    parameters = {"format": str(form), **{name: str(value) for name, value in asked.items() if value is not None}}
    unfinished = file.with_name(f"{file.name}.part")
    with (
        ended_by_signals(),
        open_api(data, "bureau") as api,
        api.stream("GET", "/v1/ledger", params=parameters) as found,
    ):
        if not found.is_success:
            found.read()
            checked(found)
        with unfinished.open("wb") as kept:
            for piece in found.iter_bytes():
                kept.write(piece)
    unfinished.replace(file)
    say(f"台账 / The ledger → {file}")
