"""What the page of one code says, whatever the API answers. It knows no person, no household and no poverty."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.kit.clock import business_day
from services.web.api import PublicApi
from services.web.errors import ApiRefused, ApiUnreachable
from services.web.schemas import CodeState, Good

Verdict = Literal["in_force", "suspended", "revoked", "replaced", "not_yet_in_force", "unknown", "malformed"]

_KNOWN_STATES: dict[str, Verdict] = {
    "in_force": "in_force",
    "suspended": "suspended",
    "revoked": "revoked",
    "replaced": "replaced",
    "not_yet_in_force": "not_yet_in_force",
}
_SHOWN_KINDS = {"cooperative", "enterprise"}
_LONGEST = 64
_LENGTH = 10
_NOT_FOUND = 404
_SELLERS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Seller:
    """A cooperative or an enterprise, and what it sells."""

    name: str
    goods: tuple[Good, ...]


@dataclass(frozen=True, slots=True)
class CodePage:
    """What the page shows."""

    verdict: Verdict
    code: str
    """Without separators, in capitals; as typed when it is malformed."""
    grouped: str
    """In groups, to be read aloud."""
    kind: str | None = None
    """Only what is no person's business: ``cooperative`` or ``enterprise``."""
    place: str | None = None
    """No nearer than twenty households with codes."""
    since: date | None = None
    """The day in Shanghai since which the code has this state."""
    sellers: tuple[Seller, ...] = ()
    """The cooperative or enterprise whose code it is, or the cooperatives that its holder belongs to."""
    hint: str = ""
    """What the API thinks is wrong with a malformed one, in both languages."""

    @property
    def status(self) -> int:
        """The page's HTTP status."""
        return _NOT_FOUND if self.verdict in {"unknown", "malformed"} else 200


def normal_code(typed: str) -> str:
    """What somebody typed, without case, spaces and hyphens."""
    return re.sub(r"[\s\-–—]", "", typed).upper()[:_LONGEST]


async def code_page(api: PublicApi, typed: str) -> CodePage:
    """Ask the API about a code. Raises what :class:`PublicApi` raises, except that a code does not exist."""
    code = normal_code(typed)
    try:
        answer = await api.code(code)
    except ApiRefused as refused:
        if refused.status not in {400, _NOT_FOUND, 422}:
            raise
        unknown = refused.status == _NOT_FOUND and len(code) == _LENGTH
        return CodePage("unknown", code, _grouped(code)) if unknown else _malformed(typed, refused.detail)
    page = _known(code, answer)
    return page if page.verdict == "unknown" else await _with_origin(api, page)


async def _with_origin(api: PublicApi, page: CodePage) -> CodePage:
    """The page with where its products come from. Nobody who asks whether a code is good waits in vain for that: what
    cannot be had now is left out.
    """
    try:
        origin = await api.origin(page.code)
    except (ApiRefused, ApiUnreachable):
        return page
    groups = ([] if origin.organisation is None else [origin.organisation]) + origin.cooperatives
    sellers = [Seller(group.name, await _goods(api, group.code)) for group in groups[:_SELLERS_SHOWN]]
    return replace(page, place=origin.place, sellers=tuple(sellers))


async def _goods(api: PublicApi, code: str) -> tuple[Good, ...]:
    try:
        return tuple((await api.goods(code)).goods)
    except (ApiRefused, ApiUnreachable):
        return ()


def _malformed(typed: str, hint: str) -> CodePage:
    shown = typed.strip()[:_LONGEST]
    return CodePage("malformed", shown, shown, hint=hint)


def _known(code: str, answer: CodeState) -> CodePage:
    verdict = _KNOWN_STATES.get(answer.state, "unknown")
    if verdict == "unknown":
        return CodePage(verdict, code, _grouped(code))
    return CodePage(
        verdict,
        answer.code,
        _grouped(answer.code),
        kind=answer.kind if answer.kind in _SHOWN_KINDS else None,
        since=None if answer.since is None else business_day(answer.since),
    )


def _grouped(code: str) -> str:
    """In the groups that stand on its label: ``HGP1XF3A71`` → ``HGP1 XF3A 71``."""
    return f"{code[:4]} {code[4:8]} {code[8:]}".strip()
