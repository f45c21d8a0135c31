"""``onecode labels``: labels, cards, or handover codes, for a village, a cooperative's members, a roster or a list."""

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

import typer

from services.cli.api import checked, open_api
from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_DATA, DataFolder
from services.cli.serving import ended_by_signals

if TYPE_CHECKING:
    import httpx

commands = typer.Typer()

Region = Annotated[str | None, typer.Option(help="村或上级区划代码 / A village or a division above it.")]
Group = Annotated[
    str | None, typer.Option(help="合作社或企业的识别码:其成员 / Members of this cooperative or enterprise.")
]
Roster = Annotated[str | None, typer.Option(help="名册编号 / The subjects of a roster.")]
Listed = Annotated[
    Path | None,
    typer.Option("--list", exists=True, dir_okay=False, readable=True, help="每行一个识别码的文件 / A code a line."),
]


@commands.command("labels")
def print_labels(
    *,
    output: Annotated[Path, typer.Argument(dir_okay=False, help="存为此 PDF 文件 / Save as this PDF file.")],
    region: Region = None,
    group: Group = None,
    roster: Roster = None,
    code: Annotated[list[str] | None, typer.Option(help="识别码,可重复 / A code; may be repeated.")] = None,
    listed: Listed = None,
    kind: Annotated[str | None, typer.Option(help="household, cooperative, enterprise")] = None,
    cards: Annotated[
        bool, typer.Option("--cards", help="打印卡片,未发卡的先发卡 / Cards; issue those lacking.")
    ] = False,
    handovers: Annotated[
        bool, typer.Option("--handovers", help="打印交卡单(开卡码) / Sheets with the handover codes of cards.")
    ] = False,
    copies: Annotated[int, typer.Option(min=1, help="每码份数 / Labels of each code.")] = 1,
    skip: Annotated[int, typer.Option(min=0, help="首页已用掉的格数 / Places of the first sheet used before.")] = 0,
    cut_lines: Annotated[bool, typer.Option("--cut-lines", help="画裁切线 / Draw lines to cut along.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """打印标签(A4 3×8)、卡片(A4 2×5)或交卡单 / Print labels, 3 × 8 on A4, cards, 2 × 5, or handover codes."""
    if cards and handovers:
        raise Refusal("卡片与交卡单请分开打印 / Print cards and handover codes one after the other")
    codes = [*(code or []), *(listed.read_text("utf-8-sig").split() if listed else [])]
    selection = {"region": region, "group": group, "roster": roster, "codes": codes or None, "kind": kind}
    asked: dict[str, Any] = {name: value for name, value in selection.items() if value is not None}
    path, job = _job(cards=cards, handovers=handovers, skip=skip, cut_lines=cut_lines, copies=copies)
    with ended_by_signals(), open_api(data, "officer") as api:
        if cards:
            say(f"新发卡 / Cards issued: {_issue(api, asked)}")
        missing = _save(api, path, {**asked, **job}, output)
    if missing:
        say(f"字体缺字,已印作□ / The font lacks these, printed as □: {missing}")


def _job(*, cards: bool, handovers: bool, skip: int, cut_lines: bool, copies: int) -> tuple[str, dict[str, Any]]:
    """Where the sheets are asked for, and what is said of them."""
    if handovers:
        return "/v1/handovers.pdf", {}
    if cards:
        return "/v1/cards.pdf", {"skip": skip, "cut_lines": cut_lines}
    return "/v1/labels.pdf", {"skip": skip, "cut_lines": cut_lines, "copies": copies}


def _issue(api: "httpx.Client", asked: dict[str, Any]) -> int:
    issued, after = 0, None
    while True:
        answer: dict[str, Any] = checked(api.post("/v1/cards", json={**asked, "after": after})).json()
        issued, after = issued + int(answer["issued"]), answer["next"]
        if after is None:
            return issued


def _save(api: "httpx.Client", path: str, job: dict[str, Any], output: Path) -> str:
    """Save one document, or as many as it takes, numbered; answers the characters that the font lacks."""
    missing: set[str] = set()
    for number in count(1):
        response = checked(api.post(path, json=job))
        file = output if number == 1 else output.with_stem(f"{output.stem}-{number}")
        file.write_bytes(response.content)
        say(f"{file}: {response.headers['onecode-sheets']} 页 / sheets")
        missing.update(unquote(response.headers["onecode-missing-characters"]))
        if "onecode-next" not in response.headers:
            break
        job = {**job, "after": response.headers["onecode-next"], **({"skip": 0} if "skip" in job else {})}
    return "".join(sorted(missing))
