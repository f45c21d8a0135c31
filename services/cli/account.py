"""``onecode user`` and ``onecode client``: who may log in and what they may do, registered by the administrator."""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.auth.scopes import ROLES, Role
from services.cli.api import checked, open_api
from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_DATA, DataFolder

commands = typer.Typer()
user = typer.Typer(help="用户(登录页面的人)/ Users: people who log in on the pages.", no_args_is_help=True)
client = typer.Typer(help="客户端(程序)/ Clients: programs.", no_args_is_help=True)
commands.add_typer(user, name="user")
commands.add_typer(client, name="client")

Key = Annotated[str, typer.Argument(help="登录名 / The name to log in with.")]
Name = Annotated[str, typer.Option("--name", help="姓名或单位名称 / Of the person or organisation.")]
As = Annotated[Role | None, typer.Option("--as", help="角色,即其权限 / A role: the scopes that it has.")]
Scopes = Annotated[list[str] | None, typer.Option("--scope", help="权限,可多次 / A scope; may be repeated.")]
Regions = Annotated[list[str], typer.Option("--region", help="管辖的区划代码,可多次 / A division; may be repeated.")]
Platform = Annotated[str | None, typer.Option("--platform", help="所属平台 / The platform it reports for.")]
Station = Annotated[str | None, typer.Option("--station", help="所属站点 / The station it works at.")]

_USERS, _CLIENTS = "/v1/users", "/v1/clients"
_PAGE = 500
_ONCE = "请现在记下,不再显示 / Note it now, it is not shown again"


@user.command("add")
def add_user(
    key: Key, name: Name, regions: Regions, *, role: As = None, scopes: Scopes = None, data: DataFolder = DEFAULT_DATA
) -> None:
    """登记一个用户,并抽取初始密码 / Register a person; a first password is drawn and shown once."""
    password = _password()
    grant = _grant(name, regions, role, scopes)
    _change("POST", _USERS, data, {**grant, "user_name": key, "password": password})
    say(f"{key}  密码 / Password: {password}  ({_ONCE})")


@user.command("password")
def replace_password(key: Key, data: DataFolder = DEFAULT_DATA) -> None:
    """忘记密码:抽取新密码,旧登录随即失效 / Draw another password; whoever was logged in by the old one is out."""
    password = _password()
    _change("POST", f"{_USERS}/{quote(key, safe='')}/password", data, {"password": password})
    say(f"{key}  密码 / Password: {password}  ({_ONCE})")


@client.command("add")
def add_client(
    *,
    key: Key,
    name: Name,
    regions: Regions,
    role: As = None,
    scopes: Scopes = None,
    platform: Platform = None,
    station: Station = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """登记一个客户端,密钥只显示一次 / Register a client; its secret is shown once."""
    limits = {"platform": platform, "station": station}
    body = {**_grant(name, regions, role, scopes), **limits, "client_id": key}
    say(f"{key}  密钥 / Secret: {_change('POST', _CLIENTS, data, body)['client_secret']}  ({_ONCE})")


@client.command("secret")
def replace_secret(key: Key, data: DataFolder = DEFAULT_DATA) -> None:
    """更换密钥,旧令牌随即失效 / Give it a new secret; tokens got by the old one end."""
    answer = _change("POST", f"{_CLIENTS}/{quote(key, safe='')}/secret", data)
    say(f"{key}  密钥 / Secret: {answer['client_secret']}  ({_ONCE})")


def _offer_for_both(group: typer.Typer, path: str, members: str, key_field: str) -> None:
    """What is the same for people and programs, beside what ``group`` has of its own."""

    @group.command("list")
    def list_all(data: DataFolder = DEFAULT_DATA) -> None:
        """全部 / All of them."""
        _list(path, members, key_field, data)

    @group.command("disable")
    def disable(key: Key, data: DataFolder = DEFAULT_DATA) -> None:
        """停用,令牌几秒内失效 / Disable; within seconds nothing is answered any more."""
        _change("PATCH", f"{path}/{quote(key, safe='')}", data, {"enabled": False})
        say(f"{key}  已停用 / disabled")

    @group.command("enable")
    def enable(key: Key, data: DataFolder = DEFAULT_DATA) -> None:
        """恢复 / Enable again."""
        _change("PATCH", f"{path}/{quote(key, safe='')}", data, {"enabled": True})
        say(f"{key}  已恢复 / enabled")


_offer_for_both(user, _USERS, "users", "user_name")
_offer_for_both(client, _CLIENTS, "clients", "client_id")


def _password() -> str:
    return secrets.token_urlsafe(12)


def _grant(name: str, regions: list[str], role: Role | None, scopes: list[str] | None) -> dict[str, Any]:
    words = [*([] if role is None else ROLES[role].split()), *(scopes or ())]
    if not words:
        raise Refusal(
            f"请用 --as 给出角色({'、'.join(ROLES)}),或用 --scope 给出权限 / "
            f"Say what it may do: --as one of {', '.join(ROLES)}, or --scope"
        )
    return {"name": name, "regions": regions, "scope": " ".join(dict.fromkeys(words))}


def _change(method: str, path: str, data: DataFolder, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    with open_api(data, "admin") as api:
        answer = checked(api.request(method, path, json=body))
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


def _list(path: str, members: str, key: str, data: DataFolder) -> None:
    after: str | None = ""
    with open_api(data, "admin") as api:
        while after is not None:
            page = checked(api.get(path, params={"after": after, "limit": _PAGE})).json()
            for one in page[members]:
                state = "" if one["enabled"] else "  已停用 disabled"
                limits = " ".join(one[limit] for limit in ("platform", "station") if one[limit])
                say(f"{one[key]}  {one['name']}  {' '.join(one['regions'])}  {limits}{state}\n    {one['scope']}")
            after = page["next"]
