"""The errors of ``stats``."""

from services.kit.errors import InvalidInput, NotAllowed, NotFound


class UnknownRegion(NotFound):
    """No division has this code."""

    code, title = "unknown_region", "未知地区 / Unknown region"


class RegionNotAllowed(NotAllowed):
    """The region lies in none of the caller's trees."""

    code, title = "region_not_allowed", "无权查看该地区 / Not your region"


class NoHousehold(NotFound):
    """No household has, or had, this code."""

    code, title = "no_household", "没有此农户 / No such household"


class InvalidPeriod(InvalidInput):
    """The period cannot be read, or is too long for a series."""

    code, title = "invalid_period", "期间无效 / Invalid period"


class UnknownIndicator(InvalidInput):
    """No indicator has this name."""

    code, title = "unknown_indicator", "未知指标 / Unknown indicator"


class FilterNotOffered(InvalidInput):
    """The indicator cannot be filtered or broken down like this; ``/v1/stats/indicators`` lists what is offered."""

    code, title = "filter_not_offered", "该指标不支持此筛选 / Not offered for this indicator"
