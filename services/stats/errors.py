"""The errors of ``stats``."""

from services.kit.errors import Conflict, InvalidInput, NotAllowed, NotAuthenticated, NotFound, Unavailable


class UnknownRegion(NotFound):
    """No division has this code."""

    code, title = "unknown_region", "未知地区 / Unknown region"


class RegionNotAllowed(NotAllowed):
    """The region lies in none of the caller's trees."""

    code, title = "region_not_allowed", "无权查看该地区 / Not your region"


class ReleasesOnly(NotAllowed):
    """Figures as they are now, for whoever may read what is published."""

    code, title = "releases_only", "只能查看已发布的统计 / Published releases only"


class NoHousehold(NotFound):
    """No household has, or had, this code."""

    code, title = "no_household", "没有此农户 / No such household"


class NoGroup(NotFound):
    """No cooperative or enterprise has this code now."""

    code, title = "no_group", "没有此合作社或企业 / No such cooperative or enterprise"

    def __init__(self) -> None:
        super().__init__("没有以此为识别码的合作社或企业 / No cooperative or enterprise has this code")


class GrantOver(NotAllowed):
    """The opened statement is closed again, or was opened by somebody else."""

    code, title = "grant_over", "授权已失效 / The grant is over"

    def __init__(self) -> None:
        super().__init__("授权无效或已过期,请重新核验卡片与密码 / Open the statement again with card and PIN")


class DeviceNotAuthenticated(NotAuthenticated):
    """The device's credential is wrong, or the device was disabled."""

    code, title = "device_not_authenticated", "设备未认证 / Device not authenticated"

    def __init__(self) -> None:
        super().__init__("设备凭证无效或设备已停用,请重新登记 / This device is unknown or disabled; enrol it again")


class InvalidPeriod(InvalidInput):
    """The period cannot be read, or is too long for a series."""

    code, title = "invalid_period", "期间无效 / Invalid period"


class InvalidMoment(InvalidInput):
    """``as_of`` is no moment of the past."""

    code, title = "invalid_moment", "时刻无效 / Invalid moment"


class LiveOnly(InvalidInput):
    """Stations and products are monitored as they are: no earlier state of them is kept."""

    code, title = "live_only", "仅提供当前状态 / Only as it is now"


class NotYetCounted(Unavailable):
    """The cube has not yet taken all that was sealed by the moment or position asked for."""

    code, title = "not_yet_counted", "尚未计入 / Not counted yet"


class UnknownIndicator(InvalidInput):
    """No indicator has this name."""

    code, title = "unknown_indicator", "未知指标 / Unknown indicator"


class FilterNotOffered(InvalidInput):
    """The indicator cannot be filtered or broken down like this; ``/v1/stats/indicators`` lists what is offered."""

    code, title = "filter_not_offered", "该指标不支持此筛选 / Not offered for this indicator"


class NoSuchRelease(NotFound):
    """No release has this number, or none that the caller may know of yet."""

    code, title = "no_such_release", "没有此发布 / No such release"


class NotInRelease(InvalidInput):
    """A release holds a fixed set of figures, and this one is not among them."""

    code, title = "not_in_release", "该发布不含此数字 / Not in this release"


class PeriodNotOver(InvalidInput):
    """The period was not over when the ledger's newest position was sealed, so nothing of it can be frozen."""

    code, title = "period_not_over", "期间尚未结束 / The period is not over"


class ReleaseUnderWay(Conflict):
    """There is a draft of the same region and period that nobody has decided on."""

    code, title = "release_under_way", "已有未决的发布草稿 / A draft is under way"


class CannotSupersede(Conflict):
    """Only a published release of the same region and period, that nothing supersedes yet, can be superseded."""

    code, title = "cannot_supersede", "不能取代该发布 / Cannot be superseded"


class UnfitRules(InvalidInput):
    """Rules of protection that do not hold together, or are weaker than the house's."""

    code, title = "unfit_rules", "保密规则不成立 / Unfit rules of protection"


class NotFrozenYet(Conflict):
    """The release is still being computed."""

    code, title = "not_frozen_yet", "尚在计算 / Not frozen yet"


class AlreadyDecided(Conflict):
    """The release was approved or rejected before."""

    code, title = "already_decided", "已有审核结论 / Already decided"


class ApprovedMeanwhile(Conflict):
    """Another release of the same divisions and days was approved after this one was frozen."""

    code, title = "approved_meanwhile", "期间已有其他发布获批 / Another release was approved meanwhile"


class ReviewerIsCompiler(NotAllowed):
    """Who compiled a release does not approve it."""

    code, title = "reviewer_is_compiler", "编制人不能审核 / The compiler cannot approve"


class UnitNotAllowed(NotAllowed):
    """Not all of the reporting unit lies in the caller's regions."""

    code, title = "unit_not_allowed", "无权操作该统计单位 / Not your reporting unit"

    def __init__(self, unit: str) -> None:
        super().__init__(
            f"统计单位 {unit} 不全在您的管辖范围 / Not all of the reporting unit {unit} lies in your regions"
        )


class UnreadableReports(InvalidInput):
    """The file is no table of reported figures; ``GET /v1/stats/reports/template`` is one."""

    code, title = "unreadable_reports", "无法读取上报文件 / The file of reports cannot be read"


class UnfitTarget(InvalidInput):
    """A target, or an industry, that cannot be so."""

    code, title = "unfit_target", "目标无效 / Not a target"


class NoAudit(NotFound):
    """No audit has this name, or it is of a county outside the caller's regions."""

    code, title = "no_audit", "没有此抽查 / No such audit"


class NothingToAudit(Conflict):
    """The frame is empty."""

    code, title = "nothing_to_audit", "没有可抽查的收入 / Nothing to audit"


class FindingNotOfSample(InvalidInput):
    """A finding is of no line of the sample, or of a day that cannot be."""

    code, title = "finding_not_of_sample", "抽查结果无效 / Not a finding of this sample"


class InvalidMark(InvalidInput):
    """``after`` is not the mark of a page."""

    code, title = "invalid_mark", "分页标记无效 / Invalid mark"


class NoSuchLine(NotFound):
    """No order line has this key, or none that the caller may see."""

    code, title = "no_such_line", "没有此订单行 / No such order line"


class NotExplained(InvalidInput):
    """This indicator is explained by those that it is made of."""

    code, title = "not_explained", "该指标须由其组成指标解释 / Explained by what it is made of"
