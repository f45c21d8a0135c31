"""What can go wrong in ``sales``; each error says what to do next."""

from collections.abc import Sequence

from services.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound, Problem, TooLarge

MAX_LINES = 5_000
MAX_BODY_BYTES = 4 * 1024 * 1024


class PlatformRequired(NotAllowed):
    """The token names no platform, and the request may not choose one."""

    code, title = "platform_required", "令牌未绑定平台 / The token names no platform"


class UnknownPlatform(InvalidInput):
    """The platform is not registered."""

    code, title = "unknown_platform", "平台未登记 / Unknown platform"


class TooManyLines(TooLarge):
    """More lines than one request may carry."""

    code, title = "too_many_lines", "行数过多 / Too many lines"


class AtomicRefused(InvalidInput):
    """``?atomic=true`` and at least one line cannot be taken: nothing was recorded."""

    code, title = "atomic_refused", "整批未入账 / Nothing was recorded"


class IdempotencyMismatch(InvalidInput):
    """The ``Idempotency-Key`` was used before with another body."""

    code, title = "idempotency_mismatch", "幂等键已用于其他内容 / This key was used with another body"


class IdempotencyInProgress(Conflict):
    """A request with the same ``Idempotency-Key`` is still running."""

    code, title = "idempotency_in_progress", "相同请求正在处理 / The same request is still running"


class OverlappingBinding(Conflict):
    """Another binding of the same shop or listing is valid in the same time."""

    code, title = "overlapping_binding", "与已有绑定重叠 / Overlaps an existing binding"


class OverlappingRatio(Conflict):
    """Another ratio of the same category and region is valid in the same time."""

    code, title = "overlapping_ratio", "与已有比例重叠 / Overlaps an existing ratio"


class UnreadableFile(InvalidInput):
    """The file is not what its format says; the detail tells what was expected and what was found."""

    code, title = "unreadable_file", "文件无法读取 / The file cannot be read"


class ImportInProgress(Conflict):
    """Another request goes on with the same import; ``import_id`` names it."""

    code, title = "import_in_progress", "同一文件正在导入 / The same file is being imported"

    def __init__(self, import_id: int) -> None:
        super().__init__(
            f"另一请求正在继续导入 {import_id} / Another request goes on with the import {import_id}",
            import_id=import_id,
        )


class UploadStalled(Problem):
    """Nothing of the file arrived for too long; what came before is recorded, and the import can be resumed."""

    status, code, title = 408, "upload_stalled", "上传中断 / The upload stalled"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"{seconds} 秒内没有收到数据;已收到的已入账,可重新发送,给出 sha256 则从断点继续 / "
            f"Nothing arrived for {seconds} seconds; what had arrived is recorded: send the file again, with sha256 to "
            "go on where it stopped"
        )


class UnknownImport(NotFound):
    """No import has this number."""

    code, title = "unknown_import", "导入不存在 / Unknown import"


class UnknownCode(InvalidInput):
    """Well-formed codes that were never issued; ``codes`` names them."""

    code, title = "unknown_code", "未知识别码 / Unknown code"

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(
            "所列识别码未曾发放,未记录任何内容 / The codes listed were never issued; nothing was recorded",
            codes=list(codes),
        )


class UnknownCategory(InvalidInput):
    """Categories that are not registered; ``categories`` names them."""

    code, title = "unknown_category", "未知品类 / Unknown category"

    def __init__(self, categories: Sequence[str]) -> None:
        super().__init__(
            "所列品类未登记,见 GET /v1/categories / The categories listed are not registered; see GET /v1/categories",
            categories=list(categories),
        )


class UnknownRegion(InvalidInput):
    """Division codes that are not known; ``regions`` names them."""

    code, title = "unknown_region", "未知区划 / Unknown region"

    def __init__(self, regions: Sequence[str]) -> None:
        super().__init__(
            "所列区划代码不存在,见 GET /v1/regions / There are no such divisions; see GET /v1/regions",
            regions=list(regions),
        )


class RegionNotAllowed(NotAllowed):
    """A code or a ratio belongs to a division outside the trees that the token names; ``outside`` names them."""

    code, title = "region_not_allowed", "超出所辖区域 / Outside your regions"

    def __init__(self, outside: Sequence[str]) -> None:
        super().__init__(
            "所列识别码或区划不在令牌的管辖范围内 / What is listed lies outside the regions of your token",
            outside=list(outside),
        )


class PlatformNotAllowed(NotAllowed):
    """The token acts for one platform, and this is about another."""

    code, title = "platform_not_allowed", "非本平台 / Another platform"

    def __init__(self, platform: str) -> None:
        super().__init__(
            f"令牌只能用于平台 {platform} / Your token is for the platform {platform} only", platform=platform
        )


class UnknownBinding(NotFound):
    """No binding of this shop or listing begins on this day, as known now."""

    code, title = "unknown_binding", "绑定不存在 / Unknown binding"


class UnknownRatio(NotFound):
    """No ratio of this category and region begins on this day, as known now."""

    code, title = "unknown_ratio", "比例不存在 / Unknown ratio"


class EndNotWithin(InvalidInput):
    """What is recorded can only be made to end earlier than it does."""

    code, title = "end_not_within", "终止日期无效 / Not a possible end"

    def __init__(self) -> None:
        super().__init__(
            "valid_to 不得早于 valid_from,也不得晚于已有的终止日期;要延长请另行登记 / valid_to must not be earlier "
            "than valid_from, nor later than the end already recorded; to extend it, post what holds from that end on"
        )


class OneFilter(InvalidInput):
    """The ledger is read by a code (on a day, if that is given too), an order, a batch or a day."""

    code, title = "one_filter", "须指定一个条件 / One filter is needed"

    def __init__(self) -> None:
        super().__init__(
            "请指定 code(可加 day)、order_no、batch_id、day 其中之一 / "
            "Give one of code (with day, if you like), order_no, batch_id, day"
        )


class OneFilterOfPayments(InvalidInput):
    """Payments are read by a member, a group or a month: at least one of them."""

    code, title = "one_filter", "须指定一个条件 / One filter is needed"

    def __init__(self) -> None:
        super().__init__("请至少指定 member、group、month 之一 / Give at least one of member, group, month")


class UnknownPayment(NotFound):
    """A payment that is not there, or is made to somebody outside of the caller's divisions."""

    code, title = "unknown_payment", "没有这笔付款 / There is no such payment"

    def __init__(self, group: str, payment_no: str) -> None:
        super().__init__(
            f"{group} {payment_no}:没有这笔付款,或不在您的区划内 / No such payment, or not in your divisions"
        )


class InvalidCursor(InvalidInput):
    """``after`` is not what an earlier page gave as ``next`` for the same question."""

    code, title = "invalid_cursor", "翻页标记无效 / Not a page mark"

    def __init__(self) -> None:
        super().__init__("after 须取自上一页的 next / after must be the next of an earlier page of the same question")
