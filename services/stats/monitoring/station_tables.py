"""Stations as they stand on the wire and in a file."""

from services.kit.money import format_yuan
from services.stats.figures import rate
from services.stats.indicators import Missing, format_rate
from services.stats.monitoring.stations import Station, StationsFound
from services.stats.queries.monitoring_fold import PURPOSES
from services.stats.schemas.figures import PeriodOut, RegionOut
from services.stats.schemas.stations import CoverageOut, SignOut, StationOut, StationsOut, StationTotalsOut
from services.stats.tabular import Column, Table


def stations_out(found: StationsFound, limit: int) -> StationsOut:
    """The answer as JSON, with the first ``limit`` stations."""
    sums = found.totals()
    return StationsOut(
        region=RegionOut(code=found.region.code, name=found.region.name, level=found.region.level),
        period=PeriodOut(label=found.period.label, first_day=found.period.first, last_day=found.period.last_day),
        day=found.day,
        position=found.position,
        registry_position=found.registry_position,
        totals=StationTotalsOut(
            stations=len(found.stations),
            by_status=_named(sums, "status."),
            by_type=_named(sums, "type."),
            heard_of=sums["heard_of"],
            scans_by_purpose={purpose: sums[purpose] for purpose in PURPOSES},
            orders=sums["orders"],
            sales_net=format_yuan(sums["gross_fen"] - sums["refund_fen"]),
            goods_paid=format_yuan(sums["paid_fen"]),
            parcels=sums["parcel_in"] + sums["parcel_out"],
        ),
        coverage=[
            CoverageOut(
                what=one.what, divisions=one.divisions, covered=one.covered, share=_share(one.covered, one.divisions)
            )
            for one in found.coverage
        ],
        row_count=len(found.stations),
        rows=[_row(station) for station in found.stations[:limit]],
    )


def _named(sums: dict[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): count for name, count in sorted(sums.items()) if name.startswith(prefix)}


def _share(part: int, whole: int) -> str | None:
    share = rate(part, whole)
    return None if isinstance(share, Missing) else format_rate(share)


def _row(station: Station) -> StationOut:
    row = station.row
    return StationOut(
        station=row.station,
        name=row.name,
        region=row.region,
        type=row.type,
        status=row.status,
        since=row.since,
        score=station.score,
        signs=[SignOut(sign=sign.name, points=sign.points, zh=sign.zh, en=sign.en) for sign in station.signs],
        scans=station.scans,
        by_purpose={purpose: getattr(row, purpose) for purpose in PURPOSES},
        orders=row.orders,
        sales_net=format_yuan(row.gross_fen - row.refund_fen),
        goods_paid=format_yuan(row.paid_fen),
        parcels=row.parcel_in + row.parcel_out,
        active_days=row.active_days,
        last_heard=row.last_heard,
        silent_days=station.silent_days,
        offline_share=_share(row.offline, station.scans),
        not_valid_share=_share(row.not_valid, station.scans),
        longest_queue_hours=row.longest_queue_seconds // 3_600,
        largest_skew_seconds=row.largest_skew_ms // 1_000,
        clock_corrected=row.clock_corrected,
    )


_TEXT = "text"
_COLUMNS = (
    Column("station", _TEXT, "站点编号", "Station"),
    Column("name", _TEXT, "站点名称", "Its name"),
    Column("region", _TEXT, "所在村代码", "The village it stands in"),
    Column("type", _TEXT, "站点类型", "Type"),
    Column("status", _TEXT, "状态", "Status"),
    Column("since", "date", "登记日期", "Registered on"),
    Column("score", "count", "健康分(100 减各项扣分;停用站点无分)", "Health: 100 less all points; none if not active"),
    Column("signs", _TEXT, "扣分原因", "Why: what is noticed, with points"),
    Column("scans", "count", "扫码数", "Scans"),
    *(Column(f"scans_{purpose}", "count", f"其中:{purpose}", f"Of them: {purpose}") for purpose in PURPOSES),
    Column("orders", "count", "经本站的订单", "Orders through the station"),
    Column("sales_net", "yuan", "经本站的净销售额", "Net sales through it"),
    Column("goods_paid", "yuan", "收购付款", "Paid for goods taken in"),
    Column("parcels", "count", "包裹", "Parcels in and out"),
    Column("active_days", "count", "有扫码的天数", "Days with a scan"),
    Column("last_heard", "date", "最近扫码日", "Last day with a scan"),
    Column("silent_days", "count", "无扫码天数(不含歇业、淡季)", "Silent days; closures and quiet seasons apart"),
    Column("offline_share", "rate", "离线占比", "Share scanned offline"),
    Column("not_valid_share", "rate", "无效码占比", "Share of codes that were not valid"),
    Column("longest_queue_hours", "count", "最长滞留(小时)", "Longest wait before upload, hours"),
    Column("largest_skew_seconds", "count", "最大时钟偏差(秒)", "Largest error of a clock, seconds"),
    Column("clock_corrected", "count", "时间经修正的扫码", "Scans whose time was corrected"),
)


def stations_tables(found: StationsFound) -> list[Table]:
    """All stations as a file; a workbook has the coverage too."""
    answer = stations_out(found, len(found.stations))
    rows = [
        [
            one.station, one.name, one.region, one.type, one.status, one.since, one.score,
            "; ".join(f"{sign.zh} / {sign.en} (−{sign.points})" for sign in one.signs) or None,
            one.scans, *one.by_purpose.values(), one.orders, one.sales_net, one.goods_paid, one.parcels,
            one.active_days, one.last_heard, one.silent_days, one.offline_share, one.not_valid_share,
            one.longest_queue_hours, one.largest_skew_seconds, one.clock_corrected,
        ]
        for one in answer.rows
    ]  # fmt: skip
    notes = [
        ("region", f"{found.region.code} {found.region.name}"),
        ("period", found.period.label),
        ("day", found.day.isoformat()),
        ("watermark.position", str(found.position)),
        ("watermark.registry_position", str(found.registry_position)),
    ]
    columns = (
        Column("what", _TEXT, "区划级别或标签", "Level of divisions, or tag"),
        Column("divisions", "count", "个数", "How many there are"),
        Column("covered", "count", "有在营站点", "With an active station"),
        Column("share", "rate", "覆盖率", "Share covered"),
    )
    covered = [[one.what, one.divisions, one.covered, one.share] for one in answer.coverage]
    stem = f"stations-{found.region.code}-{found.period.label.replace('..', '-')}"
    return [
        Table(stem, f"站点监测 {found.region.name} / Stations", _COLUMNS, rows, notes),
        Table("coverage", "站点覆盖 / Coverage", columns, covered),
    ]
