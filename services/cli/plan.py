"""``onecode stats reports`` and ``onecode stats targets``: the plan's figures, from files and into files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.api import checked, open_api
from services.cli.messages import say
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.serving import ended_by_signals

reports = typer.Typer(help="上报数 / Reported figures of the plan.", no_args_is_help=True)
targets = typer.Typer(help="方案目标 / Targets of the plan.", no_args_is_help=True)

_ROWS_LEFT = 2
"""Exit code when rows of the file were not taken in."""
_SHOWN_ERRORS = 50
_XLSX = ".xlsx"
_WORDS = {
    "recorded": "新上报 recorded",
    "corrected": "更正 corrected",
    "repeated": "已有、无变化 known before",
    "not_allowed": "无权 not allowed",
    "invalid": "无效 invalid",
}

Client = Annotated[str, typer.Option(help="以哪个客户端的身份 / As which of the first clients.")]


@reports.command("import")
def import_reports(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV 或 XLSX / CSV or XLSX.")
    ],
    client: Client = "officer",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """导入上报表;逐行给出错误,重复导入不改变任何数字 / Import reported figures; again changes nothing.

    Good rows are recorded, the others named, and the exit code is 2.
    """
    with ended_by_signals(), open_api(data, client) as api:
        headers = {"Content-Type": "application/octet-stream"}
        answer = checked(api.post("/v1/stats/reports/file", content=file.read_bytes(), headers=headers)).json()
    say(f"{file.name}: {answer['rows']} 行 rows")
    for status, count in answer["counts"].items():
        if count:
            say(f"{_WORDS[status]}: {count}")
    for error in answer["errors"][:_SHOWN_ERRORS]:
        say(f"第 {error['row']} 行 / row {error['row']}: {error['column']}: {error['detail']}")
    if answer["errors"]:
        raise typer.Exit(_ROWS_LEFT)


@reports.command("form")
def save_form(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="存为此 XLSX 文件 / Save it as this XLSX file.")],
    period: Annotated[str, typer.Option(help="期间 / The period, such as 2020 or 2020-Q1.")] = "2020",
    client: Client = "officer",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """保存空白上报表 / Save the empty form: every indicator for each of the client's units."""
    with ended_by_signals(), open_api(data, client) as api:
        response = checked(api.get("/v1/stats/reports/template", params={"period": period}))
        file.write_bytes(response.content)
    say(f"上报表 / Form: {file}")


@targets.command("export")
def export_targets(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="存为此 XLSX 或 CSV 文件 / This XLSX or CSV file.")],
    year: Annotated[int, typer.Option(help="年份 / The year.")],
    unit: Annotated[str, typer.Option(help="统计单位 / Only this reporting unit, or province.")] = "",
    client: Client = "bureau",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """导出目标完成情况 / Save how far each target has come: what is counted, what is reported, by whom."""
    query: dict[str, Any] = {"year": year, "format": "xlsx" if file.suffix.lower() == _XLSX else "csv"}
    if unit:
        query["unit"] = unit
    with ended_by_signals(), open_api(data, client) as api:
        file.write_bytes(checked(api.get("/v1/stats/targets", params=query)).content)
    say(f"目标 / Targets: {file}")
