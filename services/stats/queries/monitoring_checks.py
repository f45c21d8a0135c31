"""The tables of monitoring by a second path: all entries and all scans that stand at the consumers' positions, counted
at once instead of window by window, and scans by what counts *now* instead of by what was added and taken back.
"""

_ENTRIES = """
    FROM sales.entries AS entry JOIN sales.lines AS line USING (order_no, platform, line_no)
    WHERE NOT entry.internal AND entry.batch_id IN (SELECT feed.batch_id FROM sales.feed WHERE feed.position <= :upto)
"""

_GROSS = "sum(CASE measure WHEN 'gross' THEN entry.amount_fen ELSE 0 END) AS gross_fen"
_REFUND = "sum(CASE measure WHEN 'refund' THEN -entry.amount_fen ELSE 0 END) AS refund_fen"

_LINES = f"""
    SELECT order_no, entry.platform, line_no, entry.region, entry.category, entry.sale_day, line.shop, line.sku,
           line.unit, line.buyer_region, line.quantity_milli, {_GROSS}, {_REFUND}
    {_ENTRIES} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""
"""What there is of a line in a region, in whose hands ever. It counts there, once, while its gross is above nought."""

PRODUCT_MONTHS = f"""
SELECT CAST(date_trunc('month', sale_day) AS date) AS month, region, category, platform, shop,
       coalesce(sku, '') AS sku, coalesce(unit, '') AS unit, count(*) FILTER (WHERE gross_fen > 0) AS lines,
       coalesce(sum(quantity_milli) FILTER (WHERE gross_fen > 0), 0) AS quantity_milli,
       sum(gross_fen) AS gross_fen, sum(refund_fen) AS refund_fen
FROM ({_LINES}) AS line GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

BUYER_MONTHS = f"""
SELECT CAST(date_trunc('month', sale_day) AS date) AS month, region, category,
       coalesce(left(buyer_region, 2), '') AS buyer_province, count(*) FILTER (WHERE gross_fen > 0) AS lines,
       sum(gross_fen) AS gross_fen, sum(refund_fen) AS refund_fen
FROM ({_LINES}) AS line GROUP BY 1, 2, 3, 4
"""

STATION_ORDERS = f"""
SELECT order_no, entry.platform, line.station, entry.sale_day, {_GROSS}, {_REFUND}
{_ENTRIES} AND line.station IS NOT NULL GROUP BY 1, 2, 3, 4
"""

STATION_DAYS = """
SELECT station, business_day,
       count(*) FILTER (WHERE counts AND purpose = 'verify') AS verify,
       count(*) FILTER (WHERE counts AND purpose = 'goods_received') AS goods_received,
       count(*) FILTER (WHERE counts AND purpose = 'goods_sold') AS goods_sold,
       count(*) FILTER (WHERE counts AND purpose = 'purchase_for_villager') AS purchase_for_villager,
       count(*) FILTER (WHERE counts AND purpose = 'parcel_in') AS parcel_in,
       count(*) FILTER (WHERE counts AND purpose = 'parcel_out') AS parcel_out,
       count(*) FILTER (WHERE counts AND purpose = 'service') AS service,
       count(*) FILTER (WHERE counts AND verdict <> 'valid') AS not_valid,
       count(*) FILTER (WHERE counts AND offline) AS offline,
       count(*) FILTER (WHERE counts AND clock <> 'as_told') AS clock_corrected,
       coalesce(sum(amount_paid_fen) FILTER (WHERE counts AND purpose = 'goods_received'), 0) AS paid_fen,
       count(*) AS uploaded, greatest(max(waited_seconds), 0) AS longest_queue_seconds,
       coalesce(max(abs(clock_skew_ms)), 0) AS largest_skew_ms
FROM (
    SELECT scan.*, CAST(extract(epoch FROM recorded.sealed_at - scan.scanned_at) AS bigint) AS waited_seconds,
           scan.purpose <> 'void' AND superseded.position IS NULL AS counts
    FROM codes.scans AS scan
    JOIN codes.feed AS recorded ON recorded.batch_id = scan.recorded_in AND recorded.position <= :upto
    LEFT JOIN codes.feed AS superseded ON superseded.batch_id = scan.superseded_in AND superseded.position <= :upto
    WHERE scan.station <> ''
) AS known
GROUP BY station, business_day
"""
