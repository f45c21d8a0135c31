"""Every scope that exists, with one sentence for people."""

from enum import StrEnum

SCOPES: dict[str, str] = {
    "clients:write": "登记、修改、停用客户端并更换其密钥 / Register, change and disable clients; replace their secrets",
    "users:write": "登记、修改、停用用户 / Register, change and disable users",
    "keys:write": "更换签名密钥 / Rotate the keys that sign tokens",
    "audit:read": "查看谁在何时改动了权限 / Read who changed what about access, and when",
    "registry:write": "登记主体、编码与利益联结 / Register subjects, codes and links",
    "registry:read": "查看主体、编码与利益联结 / Read subjects, codes and links",
    "codes:person": "查看未遮盖的个人信息 / Read person data unmasked",
    "bindings:write": "绑定店铺与商品,维护平台与品类 / Bind shops and listings; keep platforms and categories",
    "ratios:write": "设置收入系数与贫困线 / Set income ratios and poverty lines",
    "corrections:write": "更正、取消、重新归属订单行 / Reassign and cancel order lines",
    "payments:write": "登记与作废付款 / Record and void payments",
    "imports:write": "导入文件 / Import files",
    "orders:write": "报送本平台的订单与退款 / Report orders and refunds of one's own platform",
    "ledger:read": "查看台账(平台只见本平台) / Read the ledger (a platform: its own part)",
    "scans:write": "上报扫码 / Report scans",
    "audits:write": "抽取收入抽查样本并登记结果 / Draw audits of income, with the codes drawn, and record findings",
    "stats:read": "查看已发布的统计 / Read published statistics",
    "stats:exact": "查看未经保密处理的统计 / Read statistics without disclosure protection",
    "monitoring:read": "查看本辖区目标、站点和产品的实时情况 / Read targets, stations, products of one's regions, live",
    "reports:write": "上报本辖区的方案数据 / Report figures of the plan for one's regions",
    "targets:write": "设定方案目标与责任部门 / Set the plan's targets and departments",
    "releases:write": "编制与审核统计发布 / Compile and approve releases of statistics",
}
"""Scope → what it allows."""


class Role(StrEnum):
    """What people and programs usually are."""

    ADMIN = "admin"
    OFFICER = "officer"
    PLATFORM = "platform"
    STATION = "station"
    BUREAU = "bureau"
    READER = "reader"


ROLES: dict[Role, str] = {
    Role.ADMIN: " ".join(SCOPES),
    Role.OFFICER: "registry:write registry:read codes:person bindings:write ratios:write corrections:write "
    "payments:write imports:write monitoring:read reports:write",
    Role.PLATFORM: "orders:write imports:write ledger:read",
    Role.STATION: "scans:write",
    Role.BUREAU: "stats:read stats:exact ledger:read releases:write audits:write",
    Role.READER: "stats:read",
}
"""What a role may: scopes, space-separated."""


class UnknownScope(ValueError):
    """A word that is not one of our scopes."""


def parse_scope(words: str) -> tuple[str, ...]:
    """The scopes in a space-separated list, each once, in the order of ``SCOPES``. Raises :class:`UnknownScope`."""
    named = set(words.split())
    unknown = named.difference(SCOPES)
    if unknown:
        raise UnknownScope(" ".join(sorted(unknown)))
    return tuple(scope for scope in SCOPES if scope in named)
