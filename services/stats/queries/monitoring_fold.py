"""How windows of the two feeds enter the tables of monitoring. Every statement adds sums of what lies between two
positions, so it runs exactly once per window; beside the window's own rows only facts that never change are read.
"""

from sqlalchemy import text

_PURPOSES = (
    "verify",
    "goods_received",
    "goods_sold",
    "purchase_for_villager",
    "parcel_in",
    "parcel_out",
    "service",
)

SCAN_COUNTS = (
    *(f"sum(times) FILTER (WHERE purpose = '{purpose}') AS {purpose}" for purpose in _PURPOSES),
    "sum(times) FILTER (WHERE verdict <> 'valid') AS not_valid",
    "sum(times) FILTER (WHERE offline) AS offline",
    "sum(times) FILTER (WHERE clock <> 'as_told') AS clock_corrected",
    "sum(times * amount_paid_fen) FILTER (WHERE purpose = 'goods_received') AS paid_fen",
)
"""What is counted of scans, each ``times`` 1, or −1 where it is taken back."""

COUNTED = (*_PURPOSES, "not_valid", "offline", "clock_corrected", "paid_fen")
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

ENTRY_SUMS = """
    CAST(sum(CASE WHEN measure = 'gross' THEN sign(entry.amount_fen) ELSE 0 END) AS bigint) AS lines,
    CAST(sum(CASE WHEN measure = 'gross' THEN sign(entry.amount_fen) * line.quantity_milli ELSE 0 END) AS bigint)
        AS quantity_milli,
    CAST(sum(CASE WHEN measure = 'gross' THEN entry.amount_fen ELSE 0 END) AS bigint) AS gross_fen,
    CAST(sum(CASE WHEN measure = 'refund' THEN -entry.amount_fen ELSE 0 END) AS bigint) AS refund_fen
"""
"""Quantities move with gross entries: a sale brings a line's quantity, a cancellation or reassignment takes it away."""

PRODUCT_KEY = """
    CAST(date_trunc('month', entry.sale_day) AS date) AS month, entry.region, entry.category, entry.platform,
    line.shop, coalesce(line.sku, '') AS sku, coalesce(line.unit, '') AS unit
"""

BUYER_KEY = """
    CAST(date_trunc('month', entry.sale_day) AS date) AS month, entry.region, entry.category,
    coalesce(left(line.buyer_region, 2), '') AS buyer_province
"""

_TAKEN = """
    FROM sales.feed JOIN sales.entries AS entry USING (batch_id)
    JOIN sales.lines AS line USING (order_no, platform, line_no)
    WHERE feed.position > :after AND feed.position <= :upto AND NOT entry.internal
"""

FOLD_PRODUCTS = text(f"""
INSERT INTO stats.product_months AS known (
    month, region, category, platform, shop, sku, unit, title, lines, quantity_milli, gross_fen, refund_fen
)
SELECT month, region, category, platform, shop, sku, unit, title, lines, quantity_milli, gross_fen, refund_fen
FROM (SELECT {PRODUCT_KEY}, max(line.title) AS title, {ENTRY_SUMS} {_TAKEN} GROUP BY 1, 2, 3, 4, 5, 6, 7) AS moved
ORDER BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT (month, region, category, platform, shop, sku, unit) DO UPDATE SET
    title = coalesce(excluded.title, known.title), lines = known.lines + excluded.lines,
    quantity_milli = known.quantity_milli + excluded.quantity_milli,
    gross_fen = known.gross_fen + excluded.gross_fen, refund_fen = known.refund_fen + excluded.refund_fen
""")

FOLD_BUYERS = text(f"""
INSERT INTO stats.buyer_months AS known (month, region, category, buyer_province, lines, gross_fen, refund_fen)
SELECT month, region, category, buyer_province, lines, gross_fen, refund_fen
FROM (SELECT {BUYER_KEY}, {ENTRY_SUMS} {_TAKEN} GROUP BY 1, 2, 3, 4) AS moved
ORDER BY 1, 2, 3, 4
ON CONFLICT (month, region, category, buyer_province) DO UPDATE SET
    lines = known.lines + excluded.lines, gross_fen = known.gross_fen + excluded.gross_fen,
    refund_fen = known.refund_fen + excluded.refund_fen
""")

FOLD_STATION_ORDERS = text(f"""
INSERT INTO stats.station_orders AS known (order_no, platform, station, sale_day, gross_fen, refund_fen)
SELECT order_no, platform, station, sale_day, gross_fen, refund_fen
FROM (
    SELECT order_no, entry.platform, line.station, entry.sale_day, {ENTRY_SUMS} {_TAKEN} AND line.station IS NOT NULL
    GROUP BY 1, 2, 3, 4
) AS moved
ORDER BY 1, 2, 3, 4
ON CONFLICT (order_no, platform, station, sale_day) DO UPDATE SET
    gross_fen = known.gross_fen + excluded.gross_fen, refund_fen = known.refund_fen + excluded.refund_fen
""")
