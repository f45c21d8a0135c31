"""How windows of the two feeds enter the tables of monitoring. Every statement adds sums of what lies between two
positions, so it runs exactly once per window; beside the window's own rows only facts that never change are read.
"""

from sqlalchemy import text

PURPOSES = (
    "verify",
    "goods_received",
    "goods_sold",
    "purchase_for_villager",
    "parcel_in",
    "parcel_out",
    "service",
)

SCAN_COUNTS = (
    *(f"sum(times) FILTER (WHERE purpose = '{purpose}') AS {purpose}" for purpose in PURPOSES),
    "sum(times) FILTER (WHERE verdict <> 'valid') AS not_valid",
    "sum(times) FILTER (WHERE offline) AS offline",
    "sum(times) FILTER (WHERE clock <> 'as_told') AS clock_corrected",
    "sum(times * amount_paid_fen) FILTER (WHERE purpose = 'goods_received') AS paid_fen",
)
"""What is counted of scans, each ``times`` 1, or −1 where it is taken back."""

COUNTED = (*PURPOSES, "not_valid", "offline", "clock_corrected", "paid_fen")
"""The columns that these fill."""

_SCAN = (
    "scan.station, scan.business_day, scan.purpose, scan.verdict, scan.offline, scan.clock, scan.amount_paid_fen, "
    "scan.scanned_at, scan.clock_skew_ms"
)

FOLD_SCANS = text(f"""
WITH batch AS MATERIALIZED (
    SELECT batch_id, sealed_at FROM codes.feed WHERE position > :after AND position <= :upto
), moved AS (
    SELECT {_SCAN}, CASE WHEN scan.purpose = 'void' THEN 0 ELSE 1 END AS times, 1 AS uploaded, batch.sealed_at
    FROM batch JOIN codes.scans AS scan ON scan.recorded_in = batch.batch_id
    WHERE scan.station <> ''
    UNION ALL
    SELECT {_SCAN}, -1, 0, NULL
    FROM batch JOIN codes.scans AS scan ON scan.superseded_in = batch.batch_id
    WHERE scan.station <> ''
), day AS (
    SELECT station, business_day, {", ".join(SCAN_COUNTS)}, sum(uploaded) AS uploaded,
           max(CAST(extract(epoch FROM sealed_at - scanned_at) AS bigint)) AS longest_queue_seconds,
           max(abs(clock_skew_ms)) AS largest_skew_ms
    FROM moved GROUP BY station, business_day
)
INSERT INTO stats.station_days AS known (
    station, business_day, {", ".join(COUNTED)}, uploaded, longest_queue_seconds, largest_skew_ms
)
SELECT station, business_day, {", ".join(f"coalesce({column}, 0)" for column in COUNTED)}, uploaded,
       greatest(longest_queue_seconds, 0), coalesce(largest_skew_ms, 0)
FROM day ORDER BY station, business_day
ON CONFLICT (station, business_day) DO UPDATE SET
    {", ".join(f"{column} = known.{column} + excluded.{column}" for column in (*COUNTED, "uploaded"))},
    longest_queue_seconds = greatest(known.longest_queue_seconds, excluded.longest_queue_seconds),
    largest_skew_ms = greatest(known.largest_skew_ms, excluded.largest_skew_ms)
""")

_IS_SOLD = "measure = 'gross' AND entry.amount_fen > 0"
_IS_TAKEN_AWAY = "measure = 'gross' AND entry.amount_fen < 0"

AMOUNTS = """
    CAST(sum(CASE WHEN measure = 'gross' THEN entry.amount_fen ELSE 0 END) AS bigint) AS gross_fen,
    CAST(sum(CASE WHEN measure = 'refund' THEN -entry.amount_fen ELSE 0 END) AS bigint) AS refund_fen
"""

COMES_OR_GOES = f"""
    CASE WHEN coalesce(max(entry_no) FILTER (WHERE {_IS_SOLD}), 0)
        > coalesce(max(entry_no) FILTER (WHERE {_IS_TAKEN_AWAY}), 0) THEN 1 ELSE 0 END
    - CASE WHEN coalesce(min(entry_no) FILTER (WHERE {_IS_TAKEN_AWAY}), 32767)
        < coalesce(min(entry_no) FILTER (WHERE {_IS_SOLD}), 32767) THEN 1 ELSE 0 END AS times
"""
"""Of a line in a region: 1 if it comes there, -1 if it goes, else 0, however many share it. It was there before if
the first gross entry takes away, and is there afterwards if the last one adds: whoever moves a line first takes away
all that was entered of it, and then enters it anew.
"""

LINE_SUMS = """
    CAST(sum(times) AS bigint) AS lines, CAST(sum(times * quantity_milli) AS bigint) AS quantity_milli,
    CAST(sum(gross_fen) AS bigint) AS gross_fen, CAST(sum(refund_fen) AS bigint) AS refund_fen
"""
"""Quantities move with their lines: a sale brings a line's quantity, a cancellation or reassignment takes it away."""

FOLD_SALES = text(f"""
WITH moved AS MATERIALIZED (
    SELECT entered.*, CAST(date_trunc('month', CAST(sale_day AS timestamp)) AS date) AS month, told.shop,
           coalesce(told.sku, '') AS sku, coalesce(told.unit, '') AS unit, told.title, told.station,
           coalesce(left(told.buyer_region, 2), '') AS buyer_province, told.quantity_milli
    FROM (
        SELECT order_no, entry.platform, line_no, region, min(sale_day) AS sale_day, min(category) AS category,
               {COMES_OR_GOES}, {AMOUNTS}
        FROM sales.feed JOIN sales.entries AS entry USING (batch_id)
        WHERE feed.position > :after AND feed.position <= :upto AND NOT entry.internal
        GROUP BY order_no, entry.platform, line_no, region
    ) AS entered
    CROSS JOIN LATERAL (
        SELECT shop, sku, unit, title, station, buyer_region, quantity_milli FROM sales.lines AS line
        WHERE line.order_no = entered.order_no AND line.platform = entered.platform AND line.line_no = entered.line_no
        LIMIT 1
    ) AS told
), products AS (
    INSERT INTO stats.product_months AS known (
        month, region, category, platform, shop, sku, unit, title, lines, quantity_milli, gross_fen, refund_fen
    )
    SELECT month, region, category, platform, shop, sku, unit, max(title), {LINE_SUMS}
    FROM moved GROUP BY month, region, category, platform, shop, sku, unit
    ORDER BY month, region, category, platform, shop, sku, unit
    ON CONFLICT (month, region, category, platform, shop, sku, unit) DO UPDATE SET
        title = coalesce(excluded.title, known.title), lines = known.lines + excluded.lines,
        quantity_milli = known.quantity_milli + excluded.quantity_milli,
        gross_fen = known.gross_fen + excluded.gross_fen, refund_fen = known.refund_fen + excluded.refund_fen
), buyers AS (
    INSERT INTO stats.buyer_months AS known (month, region, category, buyer_province, lines, gross_fen, refund_fen)
    SELECT month, region, category, buyer_province, CAST(sum(times) AS bigint), CAST(sum(gross_fen) AS bigint),
           CAST(sum(refund_fen) AS bigint)
    FROM moved GROUP BY month, region, category, buyer_province
    ORDER BY month, region, category, buyer_province
    ON CONFLICT (month, region, category, buyer_province) DO UPDATE SET
        lines = known.lines + excluded.lines, gross_fen = known.gross_fen + excluded.gross_fen,
        refund_fen = known.refund_fen + excluded.refund_fen
)
INSERT INTO stats.station_orders AS known (order_no, platform, station, sale_day, gross_fen, refund_fen)
SELECT order_no, platform, station, sale_day, CAST(sum(gross_fen) AS bigint), CAST(sum(refund_fen) AS bigint)
FROM moved WHERE station IS NOT NULL
GROUP BY order_no, platform, station, sale_day
ORDER BY order_no, platform, station, sale_day
ON CONFLICT (order_no, platform, station, sale_day) DO UPDATE SET
    gross_fen = known.gross_fen + excluded.gross_fen, refund_fen = known.refund_fen + excluded.refund_fen
""")
"""Products and buyers by month, and the orders that came through a station."""
