"""``onecode subject``: look a subject up, read its history, and record what happens to a household."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.api import checked, open_api
from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_DATA, DataFolder

if TYPE_CHECKING:
    import httpx

commands = typer.Typer()
subject = typer.Typer(help="主体 / Subjects.", no_args_is_help=True)
commands.add_typer(subject, name="subject")

Code = Annotated[str, typer.Argument(help="识别码 / The code.")]
On = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="生效日 / The first day on which it is true.")]
Why = Annotated[str, typer.Option("--reason", help="原因 / Why.")]

_OPERATIONS = {
    "split": "分户 split",
    "merge": "并户 merge",
    "move": "搬迁 move",
    "resettle": "易地搬迁 resettlement",
    "change_head": "户主变更 another head",
    "revise": "变更或更正 revised",
    "undo": "撤销误录 undone",
}


@subject.command("show")
def show(code: Code, data: DataFolder = DEFAULT_DATA) -> None:
    """一个识别码现属何户及其变迁 / Whose a code is, what is registered of it, and what happened to it."""
    with open_api(data, "officer") as api:
        shown = _answer(api.get(f"/v1/codes/{code}"))
        found = _subject_id(shown)
        registered = _answer(api.get(f"/v1/subjects/{found}"))
        history = _answer(api.get(f"/v1/subjects/{found}/history"))
    say(f"{shown['code']}  {shown['state']}  {registered['kind']} {found}  {registered['name']}", bold=True)
    for holder in shown["holders"] if len(shown["holders"]) > 1 else ():
        say(f"  {holder['from'][:10]} – {(holder['to'] or '')[:10]}  主体 subject {holder['subject_id']}")
    for version in history["versions"]:
        if version["known_to"] is None:
            values = " ".join(str(version[name]) for name in ("region", "persons", "status") if version[name])
            say(f"  {version['valid_from']} – {version['valid_to'] or ''}  {values}")
    for done in history["operations"]:
        others = f"  ({', '.join(done['others'])})" if done["others"] else ""
        undone = f"  已撤销 undone {done['undone_at'][:10]}" if done["undone_at"] else ""
        what = f"{_OPERATIONS[done['operation']]}: {done['reason'] or ''}  {done['actor']}{others}{undone}"
        say(f"  {done['on']}  #{done['operation_id']} {what}")


@subject.command("move")
def move(
    code: Code,
    region: Annotated[str, typer.Argument(help="迁入村的区划代码 / The division code of the village.")],
    on: On,
    reason: Why,
    *,
    resettlement: Annotated[bool, typer.Option("--resettlement", help="易地扶贫搬迁 / Under the programme.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """搬迁到另一村 / Move to another village."""
    body = {"on": _day(on), "reason": reason, "region": region, "resettlement": resettlement}
    with open_api(data, "officer") as api:
        answer = _answer(api.post(f"/v1/subjects/{_subject_of(api, code)}/move", json=body))
    say("已记录 / Recorded" if answer["changed"] else "早已如此,未作更改 / It was so already; nothing was changed")
    for other in answer["came_out_later"]:
        say(f"其后分出的一户未随迁 / Came out of it later, and has not moved: {other}")


@subject.command("merge")
def merge(
    code: Code,
    joining: Annotated[list[str], typer.Argument(help="并入各户的识别码 / The codes of the households that join.")],
    on: On,
    reason: Why,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """将其他农户并入此户 / Let other households join this one."""
    with open_api(data, "officer") as api:
        merged = [_subject_of(api, one) for one in joining]
        body = {"on": _day(on), "reason": reason, "merged": merged}
        answer = _answer(api.post(f"/v1/subjects/{_subject_of(api, code)}/merge", json=body))
    say("早已记录 / Recorded before" if answer["already_recorded"] else "已记录 / Recorded", bold=True)
    counts = ", ".join(f"{one['since']} {one['persons']}" for one in answer["counts"])
    say(f"  人口 persons: {counts}  识别码 codes: {' '.join(answer['codes'])}")


@subject.command("undo")
def undo(
    code: Code,
    operation: Annotated[str, typer.Argument(help="show 所列操作号 / The number of the operation, as show lists it.")],
    reason: Why,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """撤销误录的分户或并户 / Take back a split or merge that was recorded by mistake."""
    with open_api(data, "officer") as api:
        body = {"operation_id": operation.removeprefix("#"), "reason": reason}
        answer = _answer(api.post(f"/v1/subjects/{_subject_of(api, code)}/undo", json=body))
    say("早已撤销 / Undone before" if answer["already_undone"] else "已撤销 / Undone", bold=True)


def _subject_of(api: "httpx.Client", code: str) -> str:
    return _subject_id(_answer(api.get(f"/v1/codes/{code}")))


def _subject_id(shown: dict[str, Any]) -> str:
    if "subject_id" not in shown:
        raise Refusal("此识别码不在您的管辖范围 / The code is outside your regions")
    found: str = shown["subject_id"]
    return found


def _day(on: datetime) -> str:
    return on.date().isoformat()


def _answer(response: "httpx.Response") -> dict[str, Any]:
    document: dict[str, Any] = checked(response).json()
    return document
