"""What can go wrong with regions, subjects, codes and links, as callers are told. No message repeats person data."""

from collections.abc import Sequence
from datetime import date, datetime

from services.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooLarge


class UnknownRegion(NotFound):
    """There is no division, or reporting unit, of this code."""

    code, title = "unknown_region", "未知区划 / Unknown region"


class NotAVillage(InvalidInput):
    """A subject lives in, or is seated in, a village: figures of all levels are sums over villages."""

    code, title = "region_not_a_village", "区划须到村 / The region must be a village"

    def __init__(self) -> None:
        super().__init__(
            "region 须为登记日有效的村级(12位)区划代码,见 GET /v1/regions / "
            "region must be the 12-digit code of a village that exists on registered_on; see GET /v1/regions"
        )


class TagNotForLevel(InvalidInput):
    """The tag is for divisions of another level."""

    code, title = "tag_not_for_level", "标签与区划级别不符 / The tag is for another level"

    def __init__(self, region: str, tag: str, level: str) -> None:
        super().__init__(f"{tag} 只用于 {level} 级区划 / {tag} is for divisions of level {level}: {region}")


class TagOverlaps(Conflict):
    """A division would be listed as the same thing twice on some days, and counted twice."""

    code, title = "tag_overlaps", "标签时段重叠 / Tags overlap"

    def __init__(self, region: str, tag: str, since: date) -> None:
        super().__init__(
            f"{region} 的标签 {tag} 自 {since} 起已有记录,时段重叠:请先给出其 valid_to,或用同一 valid_from 改写 / "
            f"{region} is listed as {tag} from {since} on already: say its valid_to, or use the same valid_from",
            region=region,
            tag=tag,
            since=since.isoformat(),
        )


class RegionNotAllowed(NotAllowed):
    """The division is outside the trees that the token names."""

    code, title = "region_not_allowed", "超出所辖区域 / Outside your regions"

    def __init__(self) -> None:
        super().__init__("该区划不在令牌的管辖范围内 / This region is outside the regions of your token")


class RegisteredInFuture(InvalidInput):
    """``registered_on`` has not come yet."""

    code, title = "registered_in_future", "登记日期在未来 / Registered in the future"

    def __init__(self) -> None:
        super().__init__("registered_on 不得晚于今天(北京时间) / registered_on must not be later than today (UTC+8)")


class UnknownSubject(NotFound):
    """No subject of this id, or none in the caller's regions."""

    code, title = "unknown_subject", "未知主体 / Unknown subject"

    def __init__(self) -> None:
        super().__init__("没有此主体,或不在您的管辖范围 / There is no such subject, or it is outside your regions")


class RegisteredOtherwise(Conflict):
    """A subject with this ID card, USCC or external id is registered with other content."""

    code, title = "registered_otherwise", "已以不同内容登记 / Already registered with other content"

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(
            "同一证件号码、信用代码或外部编号已登记,但所列字段不同;未作任何更改 / This ID card, USCC or external id is "
            "registered already, and the fields listed differ; nothing was changed",
            fields=list(fields),
        )


class UnknownCode(NotFound):
    """Well-formed, but never issued."""

    code, title = "unknown_code", "未知识别码 / Unknown code"

    def __init__(self) -> None:
        super().__init__("此识别码未曾发放 / This code has never been issued")


class CodeMalformed(InvalidInput):
    """The text is no code; ``flaw`` says why, ``slip`` which slip of the hand would explain it (or null)."""

    code, title = "malformed_code", "识别码有误 / Malformed code"

    def __init__(self, message: str, *, flaw: str, slip: str | None = None) -> None:
        super().__init__(message, flaw=flaw, slip=slip)


class StateConflict(Conflict):
    """The code's state at that moment, or what is recorded after it, does not allow the change."""

    code, title = "state_conflict", "状态不允许此操作 / The state does not allow this"

    def __init__(self, state: str, since: datetime | None) -> None:
        super().__init__(
            "该时刻或其后的状态不允许此操作,见 state 与 since / The code's state at that moment, or a later one, does "
            "not allow this change; see state and since",
            state=state,
            since=None if since is None else since.isoformat(),
        )


class UnknownLink(NotFound):
    """No link of this id, or none in the caller's regions."""

    code, title = "unknown_link", "未知联结 / Unknown link"

    def __init__(self) -> None:
        super().__init__("没有此联结,或不在您的管辖范围 / There is no such link, or it is outside your regions")


class WrongKinds(InvalidInput):
    """Links lead from a household to a cooperative or an enterprise, and from a cooperative to an enterprise."""

    code, title = "wrong_kinds", "主体类型不符 / Wrong kinds"

    def __init__(self) -> None:
        super().__init__(
            "只能由农户联结合作社或企业,由合作社联结企业 / A household is linked to a cooperative or an enterprise, "
            "a cooperative to an enterprise"
        )


class LinkOverlaps(Conflict):
    """The same member and group are linked already in a part of the period; ``link_id`` names that link."""

    code, title = "link_overlaps", "联结时段重叠 / Links overlap"

    def __init__(self, link_id: int | None) -> None:
        super().__init__(
            "同一成员与组织的联结时段重叠,请先终止原联结 / The same member and group are linked already in this "
            "period; end that link first",
            link_id=None if link_id is None else str(link_id),
        )


class LinkBeforeRegistration(InvalidInput):
    """A link begins before one of its parties exists."""

    code, title = "link_before_registration", "联结早于登记 / Linked before registration"

    def __init__(self, earliest: date) -> None:
        super().__init__(
            f"valid_from 不得早于双方登记日期,最早为 {earliest} / valid_from must not be earlier than the registration "
            f"of both parties: {earliest} at the earliest",
            earliest=earliest.isoformat(),
        )


class LinkOutlivesParty(InvalidInput):
    """A link is to hold on days on which one of its parties is no more: it has joined another household."""

    code, title = "link_outlives_party", "联结超出主体存续期 / The link outlives a party"

    def __init__(self, ends: date) -> None:
        super().__init__(
            f"其中一户已于 {ends} 并入他户:联结须止于该日,其后另行登记 / one of the parties joined another household "
            f"on {ends}: let the link end then, and send another one from that day on",
            ends=ends.isoformat(),
        )


class EndNotWithin(InvalidInput):
    """A link's end must lie after its beginning and not after the end it already has."""

    code, title = "end_not_within", "终止日期无效 / Not a possible end"

    def __init__(self) -> None:
        super().__init__(
            "valid_to 须晚于 valid_from,且不晚于已有的终止日期 / valid_to must be later than valid_from and not later "
            "than the end already recorded"
        )


class TooMany(TooLarge):
    """More objects than one request may carry."""

    code, title = "too_many", "一次请求过多 / Too many at once"

    def __init__(self, limit: int) -> None:
        super().__init__(f"每次最多 {limit} 条 / At most {limit} at a time", limit=limit)


class RosterInFuture(InvalidInput):
    """A roster speaks of a day that has not come yet."""

    code, title = "roster_in_future", "名册日期在未来 / A roster of the future"

    def __init__(self) -> None:
        super().__init__("as_of 不得晚于今天(北京时间) / as_of must not be later than today (UTC+8)")


class UnreadableRoster(InvalidInput):
    """The file is no roster: not CSV or XLSX, without the columns it needs, or too long."""

    code, title = "unreadable_roster", "名册无法读取 / The roster cannot be read"


class RosterTooLarge(TooLarge):
    """The file has more bytes than a roster may have."""

    code, title = "roster_too_large", "名册过大 / The roster is too large"

    def __init__(self, limit_bytes: int) -> None:
        mib = limit_bytes // (1024 * 1024)
        super().__init__(f"名册不得超过 {mib} MiB,请分开上传 / A roster has {mib} MiB at most; send several files")


class UnknownRoster(NotFound):
    """No roster of this number, or none in the caller's regions."""

    code, title = "unknown_roster", "未知名册 / Unknown roster"

    def __init__(self) -> None:
        super().__init__("没有此名册或行,或不在管辖范围 / No such roster or row, or it is outside your regions")


class RosterNotReady(Conflict):
    """The roster's stage does not allow this yet; ``stage`` says what is being done."""

    code, title = "roster_not_ready", "名册处理中 / The roster is being worked on"

    def __init__(self, stage: str) -> None:
        super().__init__("名册正在处理,请稍后 / The roster is being worked on; ask again when it is done", stage=stage)


class NothingToDecide(Conflict):
    """The row's status, ``row_status``, does not ask for this decision."""

    code, title = "nothing_to_decide", "此行无须此决定 / Nothing to decide here"

    def __init__(self, status: str) -> None:
        super().__init__(
            "该行状态不可作此决定:same/different 用于疑似重复,region 用于地名不明;号码相同的行请改正文件 / "
            "The row's status does not allow this: same and different are for suspected duplicates, region for an "
            "ambiguous place; rows with one number are corrected in the file",
            row_status=status,
        )


class SeenByAnother(NotAllowed):
    """The subject that the row would be about lives outside the caller's regions."""

    code, title = "seen_by_another", "须由上级决定 / For somebody who sees both"

    def __init__(self) -> None:
        super().__init__(
            "该主体登记在您管辖范围之外:请由同时管辖两地的上级决定 / The subject is registered outside your regions: "
            "somebody who sees both places must decide"
        )


class NotACandidate(InvalidInput):
    """The village chosen is none of those that the row's place may be."""

    code, title = "not_a_candidate", "不在候选之列 / Not a candidate"

    def __init__(self, candidates: Sequence[str]) -> None:
        super().__init__("region 须为候选村之一 / region must be one of the candidates", candidates=list(candidates))
