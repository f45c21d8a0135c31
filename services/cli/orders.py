"""``onecode orders import``: send a seller's export file to the house."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.api import checked, open_api
from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.serving import ended_by_signals

if TYPE_CHECKING:
    import httpx
    from rich.progress import Progress

commands = typer.Typer()
orders = typer.Typer(help="订单 / Orders.", no_args_is_help=True)
commands.add_typer(orders, name="orders")

_PIECE_BYTES = 64 * 1024
_SHOWN_ERRORS = 20
_ROWS_NOT_TAKEN = 2


@orders.command("import")
def import_orders(  # noqa: PLR0917 - options of a command
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="导出文件 / The export.")],
    platform: Annotated[str, typer.Option(help="平台,如 tmall / The platform, e.g. tmall.")],
    shop: Annotated[str, typer.Option(help="店铺 / The shop, as its binding names it.")],
    file_format: Annotated[
        str, typer.Option("--format", help="文件格式,auto 按表头识别 / The format; auto tells it by the header.")
    ] = "auto",
    mapping: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="映射文件(TOML/JSON),用于其他表格 / A mapping file, for any other table."
        ),
    ] = None,
    category: Annotated[str, typer.Option(help="未注明品类的行 / The category of lines that name none.")] = "other",
    errors: Annotated[
        Path | None,
        typer.Option(help="错误文件,默认在导出文件旁 / Where the rows go that were not taken; beside FILE."),
    ] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """导入平台导出的订单文件(CSV、NDJSON、XLSX);重复导入不会改变任何数字,中断后重来会从断点继续 / Import an export;
    importing it again changes nothing, and one that was cut short goes on where it stopped.
    """
    parameters = {"platform": platform, "shop": shop, "format": file_format, "category": category}
    if mapping is not None:
        parameters |= {"format": "mapping", "mapping": mapping.read_text(encoding="utf-8-sig")}
    with ended_by_signals(), open_api(data, "officer") as api:
        send_and_tell(api, file, parameters, errors)


def send_and_tell(api: "httpx.Client", file: Path, parameters: dict[str, str], errors: Path | None) -> None:
    """Send a file with its progress shown, say what came of it, and keep the rows that were not taken. Raises Refusal,
    and ends with exit code 2 if there are such rows.
    """
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        summary = send_file(api, file, parameters, progress)
    _tell(summary)
    if summary["unreadable_rows"]:
        path = errors or file.with_name(f"{file.stem}.errors.csv")
        _keep_errors(api, summary, path)
        raise typer.Exit(_ROWS_NOT_TAKEN)


def send_file(api: "httpx.Client", file: Path, parameters: dict[str, str], progress: "Progress") -> dict[str, Any]:
    """Send an export, which is recorded as it arrives, so that the progress shown is real. Raises Refusal.

    Its digest goes ahead, so that an import that was cut short is resumed; the moment of which it speaks is when it was
    last written.
    """
    status = file.stat()
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    stated = {
        "file_name": file.name[-200:],
        "sha256": digest,
        "exported_at": datetime.fromtimestamp(status.st_mtime, UTC).isoformat(),
    }
    task = progress.add_task(f"导入 / Import {file.name}", total=status.st_size)

    def pieces() -> Iterator[bytes]:
        with file.open("rb") as opened:
            while piece := opened.read(_PIECE_BYTES):
                yield piece
                progress.advance(task, len(piece))

    headers = {"Content-Type": "application/octet-stream"}
    response = api.post("/v1/imports", params={**parameters, **stated}, content=pieces(), headers=headers)
    try:
        checked(response)
    except Refusal as refusal:
        raise Refusal(f"{file.name}: {refusal}") from None
    summary: dict[str, Any] = response.json()
    return summary


def _tell(summary: dict[str, Any]) -> None:
    lines, refunds, amounts = summary["lines"], summary["refunds"], summary["amounts"]
    say(f"导入 {summary['import_id']} / Import {summary['import_id']}: {summary['format']}, {summary['rows']} 行 rows")
    if summary["resumed_after_row"]:
        row = summary["resumed_after_row"]
        say(f"从第 {row} 行之后继续 / Resumed after row {row}")
    if summary["unchanged"]:
        say(f"没有变化 / Nothing changed: {lines['duplicate']} 行此前已入账 lines were recorded before")
    else:
        say(
            f"新入账 / Recorded: {lines['accepted']} 行 lines, 销售 sales {amounts['sales']}, "
            f"退款 refunds {amounts['refunds']} ({refunds['accepted']}), 净额 net {amounts['net']}"
        )
    if summary["reversals"]:
        say(f"冲回退款 / Refunds taken back: {amounts['reversals']} ({summary['reversals']})")
    if summary["replaced_lines"]:
        say(f"被明细取代的整单 / Replaced by their items: {summary['replaced_lines']} ({amounts['replaced']})")
    if lines["parked"]:
        say(f"待挂接 / Parked: {lines['parked']} 行 lines;请绑定店铺 / bind the shop (POST /v1/shops)")
    if refunds["parked"]:
        say(f"退款待处理 / Refunds parked: {refunds['parked']};见 / see GET /v1/parked")
    for why, count in summary["skipped"].items():
        say(f"跳过 / Skipped ({why}): {count}")


def _keep_errors(api: "httpx.Client", summary: dict[str, Any], path: Path) -> None:
    for bad in summary["errors"][:_SHOWN_ERRORS]:
        place = f" {bad['column']}:" if bad["column"] else ""
        say(f"第 {bad['row']} 行 / row {bad['row']}:{place} {bad['detail']}")
    with api.stream("GET", summary["errors_csv"]) as response, path.open("wb") as kept:
        for piece in response.raise_for_status().iter_bytes():
            kept.write(piece)
    say(f"未入账 / Not taken: {summary['unreadable_rows']} 行 rows → {path}")
