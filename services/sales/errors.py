"""What can go wrong in ``sales``; each error says what to do next."""

from services.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooLarge

MAX_LINES = 5_000
MAX_BODY_BYTES = 4 * 1024 * 1024


class PlatformRequired(NotAllowed):
    """The token names no platform, and the request may not choose one."""

    code, title = "platform_required", "令牌未绑定平台 / The token names no platform"


class UnknownPlatform(NotFound):
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


class UnknownImport(NotFound):
    """No import has this number."""

    code, title = "unknown_import", "导入不存在 / Unknown import"
