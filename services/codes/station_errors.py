"""What can go wrong with stations, devices, scans and statements, as callers are told."""

from datetime import date, datetime

from services.kit.errors import Conflict, InvalidInput, NotAllowed, NotAuthenticated, NotFound


class UnknownStation(NotFound):
    """No station of this number, or none the caller may know of."""

    code, title = "unknown_station", "未知站点 / Unknown station"

    def __init__(self) -> None:
        super().__init__("没有此站点,或不在您的管辖范围 / There is no such station, or it is outside your reach")


class StationNeeded(InvalidInput):
    """The token belongs to no station and the request names none."""

    code, title = "station_needed", "需要站点 / A station is needed"

    def __init__(self) -> None:
        super().__init__(
            "除 verify 外须注明站点:请在 station 中给出 / All but verify is done at a station: name it in `station`"
        )


class OtherStation(NotAllowed):
    """The token, or the device, acts for one station only."""

    code, title = "other_station", "非本站点 / Another station"

    def __init__(self) -> None:
        super().__init__("凭证只适用于本站点 / Your credential is good for its own station only")


class StationRegisteredOtherwise(Conflict):
    """A station of this number is registered with other content."""

    code, title = "station_registered_otherwise", "站点已以不同内容登记 / Registered with other content"

    def __init__(self, fields: list[str]) -> None:
        super().__init__(
            "此站点编号已登记,但所列字段不同;未作任何更改 / A station of this number is registered, and the fields "
            "listed differ; nothing was changed",
            fields=fields,
        )


class StationChangedLater(Conflict):
    """Something is recorded of the station from a later day on."""

    code, title = "station_changed_later", "其后已有变更 / Changed later"

    def __init__(self, since: date) -> None:
        super().__init__(
            f"该站点自 {since} 起另有记录,from 不得早于此日 / Something is recorded of this station from {since} on; "
            "`from` must not be earlier",
            since=since.isoformat(),
        )


class StationNotActive(InvalidInput):
    """The station was not registered yet, suspended or closed when the scan happened."""

    code, title = "station_not_active", "站点未启用 / The station is not active"

    def __init__(self, day: date, status: str) -> None:
        super().__init__(
            f"站点在 {day} 未启用,该日扫码不予记录 / The station was not active on {day}; scans of that day do not "
            "count",
            day=day.isoformat(),
            station_status=status,
        )


class UnknownClosure(NotFound):
    """No closure of this id at the station."""

    code, title = "unknown_closure", "未知停业 / Unknown closure"

    def __init__(self) -> None:
        super().__init__("没有此停业声明,或已撤回 / There is no such closure, or it was withdrawn")


class OperatorOverlaps(Conflict):
    """The operator works at the station already in a part of the time."""

    code, title = "operator_overlaps", "操作员时段重叠 / Times overlap"

    def __init__(self) -> None:
        super().__init__("该操作员在此时段已登记 / This operator is registered for a part of this time already")


class UnknownOperator(NotFound):
    """Nobody of this number works at the station."""

    code, title = "unknown_operator", "未知操作员 / Unknown operator"

    def __init__(self) -> None:
        super().__init__(
            "该站点没有此操作员,或其时段不能在此日结束 / Nobody of this number works at the station, or his time "
            "cannot end on this day"
        )


class UnknownEnrolment(NotFound):
    """No device was invited with this code."""

    code, title = "unknown_enrolment", "登记码无效 / Unknown enrolment code"

    def __init__(self) -> None:
        super().__init__("登记码无效,请核对或向管理员索取新码 / Check the code, or ask your officer for a new one")


class EnrolmentOver(Conflict):
    """The code was used by a device, or its time is over."""

    code, title = "enrolment_over", "登记码已失效 / The enrolment code is over"

    def __init__(self, expires_at: datetime, *, used: bool) -> None:
        super().__init__(
            "登记码已被使用或已过期,请向管理员索取新码 / The code was used or has expired; ask your officer for a new "
            "one",
            used=used,
            expires_at=expires_at.isoformat(),
        )


class UnknownDevice(NotFound):
    """No device of this id at the station."""

    code, title = "unknown_device", "未知设备 / Unknown device"

    def __init__(self) -> None:
        super().__init__("该站点没有此设备 / There is no such device at this station")


class DeviceNotAuthenticated(NotAuthenticated):
    """The device's credential is wrong, or the device was disabled."""

    code, title = "device_not_authenticated", "设备未认证 / Device not authenticated"

    def __init__(self) -> None:
        super().__init__("设备凭证无效或设备已停用,请重新登记 / This device is unknown or disabled; enrol it again")


class ScanConflict(Conflict):
    """A scan with this number is recorded with other content."""

    code, title = "scan_conflict", "扫码编号重复 / Recorded with other content"

    def __init__(self) -> None:
        super().__init__(
            "同一编号的扫码已记录且内容不同;未作任何更改 / A scan of this number is recorded with other content; "
            "nothing was changed"
        )


class UnknownScan(NotFound):
    """No scan of this number at the station."""

    code, title = "unknown_scan", "未知扫码 / Unknown scan"

    def __init__(self) -> None:
        super().__init__("该站点没有此编号的扫码 / There is no scan of this number at this station")


class AlreadyVoided(Conflict):
    """Another void has voided the scan."""

    code, title = "already_voided", "已作废 / Already voided"

    def __init__(self) -> None:
        super().__init__("该扫码已作废 / This scan was voided already")


class NotVoidable(InvalidInput):
    """A void cannot be voided; report the work anew."""

    code, title = "not_voidable", "不能作废 / Cannot be voided"

    def __init__(self) -> None:
        super().__init__("作废记录不能再作废,请重新上报 / A void cannot be voided; report the work as a new scan")


class DatedInFuture(InvalidInput):
    """A sheet of paper bears a day that has not come."""

    code, title = "dated_in_future", "日期在未来 / Dated in the future"

    def __init__(self) -> None:
        super().__init__("纸质单据日期不得晚于当前时间 / A sheet's date must not lie in the future")


class CardNeeded(InvalidInput):
    """A PIN is set with the card in hand."""

    code, title = "card_needed", "需要卡片 / The card is needed"

    def __init__(self) -> None:
        super().__init__("请读取该识别码的有效卡片 / Read a valid card of this code")


class UnfitPinGiven(InvalidInput):
    """The PIN is not six digits, or easily guessed."""

    code, title = "unfit_pin", "密码不合要求 / Unfit PIN"

    def __init__(self, flaw: str) -> None:
        super().__init__(
            "密码须为6位数字,且不得为连号或重复 / A PIN has six digits, and is no run and no repetition", flaw=flaw
        )


class HandoverNeeded(NotAllowed):
    """The first PIN at a station takes the handover code: else a photograph of the card could set one."""

    code, title = "handover_needed", "需要开卡码 / A handover code is needed"

    def __init__(self) -> None:
        super().__init__(
            "请输入交卡单上的开卡码,或到登记员处设置 / Give the handover code from the sheet that came with the "
            "cards, or let a registry officer set the PIN"
        )


class PinAlreadySet(Conflict):
    """Only an officer, or who has a new handover code from one, sets a PIN anew."""

    code, title = "pin_already_set", "密码已设置 / The PIN is set already"

    def __init__(self) -> None:
        super().__init__(
            "密码已设置,重置须由登记员办理或取得新的开卡码 / A PIN is set; a registry officer can set it anew, or "
            "give a handover code"
        )


class StatementRefused(NotAllowed):
    """Card and PIN do not open a statement; which of them is wrong is not told."""

    code, title = "statement_refused", "核验未通过 / Not opened"

    def __init__(self) -> None:
        super().__init__("卡片与密码不符,或未设置密码 / Card and PIN do not fit, or no PIN is set")


class PinLocked(NotAllowed):
    """Too many wrong PINs in a row."""

    code, title = "pin_locked", "密码已锁定 / The PIN is locked"

    def __init__(self) -> None:
        super().__init__("错误次数过多,请由登记员重置密码 / Too many wrong PINs; an officer can set a new one")


class GrantOver(NotAllowed):
    """The opened statement is closed again."""

    code, title = "grant_over", "授权已失效 / The grant is over"

    def __init__(self) -> None:
        super().__init__("授权无效或已过期,请重新核验卡片与密码 / Open the statement again with card and PIN")


class UnknownObjection(NotFound):
    """No objection of this id in the caller's regions."""

    code, title = "unknown_objection", "未知异议 / Unknown objection"

    def __init__(self) -> None:
        super().__init__("没有此异议,或不在您的管辖范围 / There is no such objection, or it is outside your regions")


class AlreadyAnswered(Conflict):
    """The objection has another answer."""

    code, title = "already_answered", "已答复 / Already answered"

    def __init__(self) -> None:
        super().__init__("该异议已有答复 / This objection was answered already")
