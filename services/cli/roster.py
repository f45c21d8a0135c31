"""``onecode roster``: send a county's roster to the house, look at what it would do, and let it be done."""

import csv
import time
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.api import checked, open_api
from services.cli.messages import say
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.serving import ended_by_signals

if TYPE_CHECKING:
    import httpx
    from rich.progress import Progress

commands = typer.Typer()
roster = typer.Typer(help="名册 / Rosters.", no_args_is_help=True)
commands.add_typer(roster, name="roster")

LOOK_SECONDS = 0.2
_LOOKS_SHARE = 10
"""Of the time, a tenth at most is spent on looking: to say how a roster stands, the house counts its rows."""
_ROWS_LEFT = 2
"""Exit code when rows of the file were not taken in."""


class RosterKind(StrEnum):
    """Whom a roster lists."""

    HOUSEHOLD = "household"
    COOPERATIVE = "cooperative"
    ENTERPRISE = "enterprise"
    STATION = "station"


class RosterMode(StrEnum):
    """Whether it lists everybody."""

    FULL = "full"
    DELTA = "delta"


class CorrectedField(StrEnum):
    """Values whose changes can be error corrections instead of events."""

    REGION = "region"
    PERSONS = "persons"
    STATUS = "status"
    MEMBERS_BP = "members_bp"
    ALL = "all"


_WORDS = {
    "new": "新增 new",
    "changed": "变更 changed",
    "unchanged": "无变化 unchanged",
    "duplicate_in_file": "文件内重复 duplicate in the file",
    "duplicate_of_registered": "疑似与已登记重复 perhaps registered already",
    "invalid": "无效 invalid",
    "held": "待定 held for a decision",
}
_DONE = ("new", "changed", "unchanged")


@roster.command("import")
def import_roster(
    *,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV 或 XLSX / CSV or XLSX.")
    ],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="名册所述日期 / The day of which it speaks.")],
    mode: Annotated[RosterMode, typer.Option(help="full: 全部 / everybody; delta: 部分 / some.")],
    region: Annotated[str, typer.Option(help="所辖区划(通常为县)代码 / The division it covers, usually a county.")],
    kind: Annotated[RosterKind, typer.Option(help="主体类型 / Whom it lists.")] = RosterKind.HOUSEHOLD,
    corrections: Annotated[
        list[CorrectedField] | None,
        typer.Option(help="其变更属更正差错的字段 / Fields whose changes correct errors; else: events of as-of."),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="只预览,不入库 / Only look.")] = False,
    results: Annotated[Path | None, typer.Option(help="逐行结果存为CSV / Save the result of each row as CSV.")] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """上传、校验、预览并入库;重复导入不改变任何内容 / Upload, validate, preview and commit; twice changes nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    terms: dict[str, Any] = {
        "kind": kind.value,
        "region": region,
        "as_of": as_of.date().isoformat(),
        "mode": mode.value,
        "corrections": [field.value for field in corrections or []],
    }
    if kind is RosterKind.STATION:
        _import_stations(file, {**terms, "commit": not preview}, results, data)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ended_by_signals(), open_api(data, "officer") as api:
        with Progress(*columns) as progress:
            uploaded = _answer(api.post("/v1/rosters", params=terms, content=file.read_bytes()))
            state = _follow(api, uploaded["roster_id"], progress, "校验 / Validate", "validating")
            if not preview:
                _answer(api.post(f"/v1/rosters/{uploaded['roster_id']}/commit"))
                state = _follow(api, uploaded["roster_id"], progress, "入库 / Commit", "committing")
        _tell(api, state, uploaded["ignored_columns"])
        if results is not None:
            results.write_bytes(_csv(api, state["roster_id"]))
            say(f"逐行结果 / Results row by row: {results}")
    if any(count for status, count in state["counts"].items() if status not in _DONE):
        raise typer.Exit(_ROWS_LEFT)


def _import_stations(file: Path, terms: dict[str, Any], results: Path | None, data: Path) -> None:
    """Send a roster of stations; it is answered at once."""
    with ended_by_signals(), open_api(data, "officer") as api:
        answer = _answer(api.post("/v1/rosters", params=terms, content=file.read_bytes()))
    if answer["ignored_columns"]:
        say(f"未读取的列 / Columns not read: {', '.join(answer['ignored_columns'])}")
    for status, count in answer["counts"].items():
        if count:
            say(f"{_WORDS[status]}: {count}")
    left = [row for row in answer["rows"] if row["status"] not in _DONE]
    for row in left:
        reasons = "; ".join(reason["message"] for reason in row["reasons"])
        say(f"第 {row['row']} 行 / row {row['row']} ({row['status']}): {reasons}")
    if answer["missing"]:
        say(f"名册中没有的站点 / Stations that are not in the roster: {', '.join(answer['missing'])}")
    if results is not None:
        with results.open("w", encoding="utf-8-sig", newline="") as written:
            writer = csv.writer(written)
            writer.writerow(["行号 row", "站点 station", "结果 status", "变更项 changed", "说明 explanation"])
            for row in answer["rows"]:
                reasons = "; ".join(reason["message"] for reason in row["reasons"])
                changed = " ".join(row["changed"])
                writer.writerow([row["row"], row["station"], _WORDS[row["status"]], changed, reasons])
        say(f"逐行结果 / Results row by row: {results}")
    if left:
        raise typer.Exit(_ROWS_LEFT)


@roster.command("template")
def save_template(
    *,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="存为此 XLSX 文件 / Save it as this XLSX file.")],
    kind: Annotated[RosterKind, typer.Option(help="主体类型 / Whom it lists.")] = RosterKind.HOUSEHOLD,
    by_person: Annotated[bool, typer.Option("--by-person", help="一人一行 / A row for each person.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """保存模板,各列均为文本格式 / Save the template, whose columns are formatted as text."""
    with ended_by_signals(), open_api(data, "officer") as api:
        layout = "person" if by_person else "household"
        response = api.get("/v1/rosters/template", params={"kind": kind.value, "layout": layout})
        file.write_bytes(checked(response).content)
    say(f"模板 / Template: {file}")


def _answer(response: "httpx.Response") -> dict[str, Any]:
    answer: dict[str, Any] = checked(response).json()
    return answer


def _follow(api: "httpx.Client", roster_id: str, progress: "Progress", what: str, stage: str) -> dict[str, Any]:
    """Show how far the background work has come until it leaves the stage; answers how the roster stands then."""
    task = progress.add_task(what, total=None)
    before: int | None = None
    while True:
        began = time.monotonic()
        state = _answer(api.get(f"/v1/rosters/{roster_id}"))
        look_seconds = time.monotonic() - began
        if stage == "validating":
            progress.update(task, total=state["rows"], completed=state["validated"])
        else:
            before = state["waiting"] + state["committed"] if before is None else before
            progress.update(task, total=before, completed=state["committed"])
        if state["stage"] != stage:
            return state
        time.sleep(pause_after(look_seconds))


def _tell(api: "httpx.Client", state: dict[str, Any], ignored: list[str]) -> None:
    roster_id = state["roster_id"]
    if ignored:
        say(f"未读取的列 / Columns not read: {', '.join(ignored)}")
    counts = {status: count for status, count in state["counts"].items() if count}
    if set(counts) <= {"unchanged"}:
        say(f"没有变化 / Nothing changed: {state['rows']} 行 rows")
    for status, count in counts.items():
        say(f"{_WORDS[status]}: {count}")
    say(f"已入库 / Committed: {state['committed']};名册 / roster {roster_id}")
    for status in counts:
        if status in _DONE:
            continue
        query: dict[str, Any] = {"status": status, "limit": 10}
        for row in _answer(api.get(f"/v1/rosters/{roster_id}/rows", params=query))["rows"]:
            reasons = "; ".join(reason["message"] for reason in row["reasons"])
            say(f"第 {row['row']} 行 / row {row['row']} ({status}): {reasons}")
    if state["mode"] == "full":
        missing = _answer(api.get(f"/v1/rosters/{roster_id}/missing", params={"limit": 1000}))
        more = "+" if missing["next"] else ""
        if missing["missing"]:
            say(
                f"名册中没有的已登记主体 / Registered, but not in the roster: {len(missing['missing'])}{more}"
                f";未作处理,见 / nothing was done to them, see GET /v1/rosters/{roster_id}/missing"
            )


def pause_after(look_seconds: float) -> float:
    """How long to wait, in seconds, after a look at a roster's progress that took so long."""
    return max(LOOK_SECONDS, look_seconds * (_LOOKS_SHARE - 1))


def _csv(api: "httpx.Client", roster_id: str) -> bytes:
    return checked(api.get(f"/v1/rosters/{roster_id}/rows", params={"format": "csv"})).content
