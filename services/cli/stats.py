"""``onecode stats``: figures, tables and releases from the command line, by the public API."""

import json
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import plan
from services.cli.api import checked, open_api
from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.serving import ended_by_signals

commands = typer.Typer()
stats = typer.Typer(help="统计 / Statistics.", no_args_is_help=True)
release = typer.Typer(help="统计发布 / Releases.", no_args_is_help=True)
stats.add_typer(release, name="release")
stats.add_typer(plan.reports, name="reports")
stats.add_typer(plan.targets, name="targets")
commands.add_typer(stats, name="stats")

_LOOK_AGAIN_SECONDS = 1.0
PROVINCE = "520000000000"


class Form(StrEnum):
    """The forms of a table."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


Region = Annotated[str, typer.Option(help="12 位行政区划代码 / A division's code of 12 digits.")]
Period = Annotated[str, typer.Option(help="2020、2020-Q1、2020-02、2020-01..2020-06 …")]
Indicator = Annotated[str, typer.Option(help="指标,见 onecode stats indicators / A name of onecode stats indicators.")]
Kind = Annotated[str | None, typer.Option(help="household, cooperative, enterprise")]
Platform = Annotated[str | None, typer.Option(help="平台 / A platform.")]
Category = Annotated[str | None, typer.Option(help="品类 / A category.")]
AsOf = Annotated[str | None, typer.Option(help="当时所知的数字 / As known then: 2020-03-01T00:00:00+08:00.")]
ReleaseNo = Annotated[int | None, typer.Option("--release", help="发布编号 / The number of a release.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", dir_okay=False, help="存为文件,按扩展名定格式 / Save; the ending tells the form."),
]
FormOption = Annotated[Form | None, typer.Option("--format", help="json, csv, xlsx")]
Client = Annotated[str, typer.Option("--as", help="以哪个客户端的身份 / As which client of the house.")]


@stats.command("summary")
def summary(
    *,
    period: Period,
    region: Region = PROVINCE,
    kind: Kind = None,
    platform: Platform = None,
    category: Category = None,
    as_of: AsOf = None,
    release_no: ReleaseNo = None,
    output: Output = None,
    form: FormOption = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """某地区、某期间的全部指标 / All indicators of a region and period."""
    asked = {"region": region, "period": period, "kind": kind, "platform": platform, "category": category}
    _export(data, "summary", {**asked, "as_of": as_of, "release": release_no}, output, form)


@stats.command("series")
def series(
    *,
    indicator: Indicator,
    start: Annotated[str, typer.Option("--from", help="起始期间 / A period; its first day begins the series.")],
    end: Annotated[str, typer.Option("--to", help="终止期间 / A period; its last day ends the series.")],
    region: Region = PROVINCE,
    freq: Annotated[str, typer.Option(help="day, week, month, quarter, year")] = "month",
    kind: Kind = None,
    platform: Platform = None,
    category: Category = None,
    as_of: AsOf = None,
    release_no: ReleaseNo = None,
    output: Output = None,
    form: FormOption = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """一个指标的时间序列 / An indicator over time."""
    asked = {"region": region, "indicator": indicator, "from": start, "to": end, "freq": freq, "kind": kind}
    more = {"platform": platform, "category": category, "as_of": as_of, "release": release_no}
    _export(data, "series", {**asked, **more}, output, form)


@stats.command("breakdown")
def breakdown(
    *,
    indicator: Indicator,
    by: Annotated[str, typer.Option(help="prefecture, county, township, village, kind, platform, category …")],
    period: Period,
    region: Region = PROVINCE,
    kind: Kind = None,
    platform: Platform = None,
    category: Category = None,
    limit: Annotated[int, typer.Option(min=1, max=20_000, help="行数上限 / Rows at most.")] = 20_000,
    as_of: AsOf = None,
    release_no: ReleaseNo = None,
    output: Output = None,
    form: FormOption = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """一个指标按下级地区、主体类型、平台或品类分组 / An indicator by divisions, kind, platform or category."""
    asked = {"region": region, "indicator": indicator, "by": by, "period": period, "limit": limit, "kind": kind}
    more = {"platform": platform, "category": category, "as_of": as_of, "release": release_no}
    _export(data, "breakdown", {**asked, **more}, output, form)


@stats.command("revisions")
def revisions(
    *,
    indicator: Indicator,
    period: Period,
    region: Region = PROVINCE,
    kind: Kind = None,
    platform: Platform = None,
    category: Category = None,
    as_of: AsOf = None,
    output: Output = None,
    form: FormOption = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """一个数字在各次发布之间如何变化、因何变化 / How a figure moved from release to release, and why."""
    asked = {"indicator": indicator, "period": period, "region": region, "kind": kind, "platform": platform}
    _export(data, "revisions", {**asked, "category": category, "as_of": as_of}, output, form)


@stats.command("uplift")
def uplift(
    *,
    year: Annotated[int, typer.Option(help="年度 / A calendar year.")],
    region: Region = PROVINCE,
    as_of: AsOf = None,
    output: Output = None,
    form: FormOption = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """某地区某年的增收 / How much better off the households of a region are."""
    _export(data, "uplift", {"region": region, "year": year, "as_of": as_of}, output, form)


@stats.command("indicators")
def indicators(output: Output = None, form: FormOption = None, data: DataFolder = DEFAULT_DATA) -> None:
    """指标词典 / The data dictionary."""
    _export(data, "indicators", {}, output, form)


@stats.command("export")
def export(
    table: Annotated[str, typer.Argument(help="/v1/stats/ 之下的路径,如 uplift / A path below /v1/stats/.")],
    output: Annotated[Path, typer.Argument(dir_okay=False, help="存为此文件 / Save as this file.")],
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="名=值,可重复 / name=value; may be repeated.")
    ] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """任何统计表存为 JSON、CSV 或 XLSX / Any table of the statistics as a file."""
    pairs = [text.partition("=") for text in parameter or []]
    if bad := [name for name, equals, _ in pairs if not equals]:
        raise Refusal(f"参数须写成 名=值 / a parameter is name=value: {', '.join(bad)}")
    _export(data, table.strip("/"), {name: value for name, _, value in pairs}, output, None)


def _export(
    data: Path, table: str, asked: dict[str, Any], output: Path | None, form: Form | None, *, client: str = "bureau"
) -> None:
    wanted = form or _form_of(output)
    parameters = {name: str(value) for name, value in asked.items() if value is not None}
    with ended_by_signals(), open_api(data, client) as api:
        answer = checked(api.get(f"/v1/stats/{table}", params={**parameters, "format": str(wanted)}))
    if output is not None:
        output.write_bytes(answer.content)
        say(f"{output}: {len(answer.content)} B")
    elif wanted is Form.JSON:
        say(json.dumps(answer.json(), ensure_ascii=False, indent=2))
    else:
        sys.stdout.buffer.write(answer.content)


def _form_of(output: Path | None) -> Form:
    if output is None:
        return Form.JSON
    try:
        return Form(output.suffix.removeprefix(".").lower())
    except ValueError:
        raise Refusal(f"请以 .json、.csv 或 .xlsx 结尾 / {output} has to end in .json, .csv or .xlsx") from None


@release.command("draft")
def draft_release(
    *,
    period: Period,
    stage: Annotated[str, typer.Option(help="preliminary 初步, revised 修订, final 最终")],
    calendar: Annotated[str, typer.Option(help="发布日程条目 / The entry of the calendar of releases.")],
    note: Annotated[str, typer.Option(help="给读者的说明 / What readers have to know.")],
    region: Region = PROVINCE,
    down_to: Annotated[str, typer.Option(help="最低层级 / The lowest level in it.")] = "village",
    publish_at: Annotated[str | None, typer.Option(help="此前保密 / Held until this moment.")] = None,
    supersedes: Annotated[int | None, typer.Option(help="取代的发布 / The release in whose place it stands.")] = None,
    reason: Annotated[str | None, typer.Option(help="取代理由 / Why.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="等到算完 / Wait until it is computed.")] = True,
    client: Client = "bureau",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """编制一次发布 / Draft a release."""
    from rich.progress import Progress  # noqa: PLC0415 - not needed for --help

    asked = {
        "region": region, "period": period, "stage": stage, "calendar": calendar, "note": note, "down_to": down_to,
        "publish_at": publish_at, "supersedes": supersedes, "reason": reason,
    }  # fmt: skip
    with ended_by_signals(), open_api(data, client) as api:
        answer: dict[str, Any] = checked(api.post("/v1/stats/releases", json=asked)).json()
        number = answer["release_id"]
        if wait:
            with Progress() as progress:
                task = progress.add_task(f"发布 / Release {number}", total=None)
                while answer["status"] == "freezing":
                    time.sleep(_LOOK_AGAIN_SECONDS)
                    answer = checked(api.get(f"/v1/stats/releases/{number}")).json()
                    holds = answer["holds"]
                    progress.update(task, completed=holds["frozen_parts"], total=holds["parts"] or None)
    _tell(answer)


@release.command("approve")
def approve_release(
    number: Annotated[int, typer.Argument(help="发布编号 / The number of the release.")],
    note: Annotated[str, typer.Option(help="审核意见 / What the reviewer found.")],
    client: Client = "admin",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """审核通过;须由编制人以外的人 / Approve a release that somebody else compiled."""
    with ended_by_signals(), open_api(data, client) as api:
        _tell(checked(api.post(f"/v1/stats/releases/{number}/approve", json={"note": note})).json())


@release.command("reject")
def reject_release(
    number: Annotated[int, typer.Argument(help="发布编号 / The number of the release.")],
    note: Annotated[str, typer.Option(help="理由 / Why.")],
    client: Client = "admin",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """退回草稿 / Reject a draft."""
    with ended_by_signals(), open_api(data, client) as api:
        _tell(checked(api.post(f"/v1/stats/releases/{number}/reject", json={"note": note})).json())


@release.command("list")
def list_releases(
    output: Output = None, form: FormOption = None, client: Client = "bureau", data: DataFolder = DEFAULT_DATA
) -> None:
    """全部发布 / All releases."""
    if output is not None or form is not None:
        _export(data, "releases", {}, output, form, client=client)
        return
    with ended_by_signals(), open_api(data, client) as api:
        for one in checked(api.get("/v1/stats/releases")).json()["releases"]:
            _tell(one)


def _tell(one: dict[str, Any]) -> None:
    position = (one["watermark"] or {}).get("position", "–")
    say(
        f"{one['release_id']}: {one['region']} {one['period']} {one['stage']}, {one['status']}; "
        f"位置 position {position}; 编制 compiled by {one['compiler']}, 审核 approved by {one['reviewer'] or '–'}; "
        f"{one['holds']['row_count'] or 0} 行 rows; {one['digest'] or '–'}"
    )
