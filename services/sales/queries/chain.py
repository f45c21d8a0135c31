"""The hash chain over the feed."""

from sqlalchemy import text

BATCHES = text("""
SELECT feed.position, feed.batch_id, sha256(convert_to(CAST(jsonb_build_array(
    batch.batch_id, CAST(extract(epoch FROM batch.recorded_at) * 1000000 AS bigint), batch.platform, batch.channel,
    batch.kind, batch.client_id, batch.accepted, batch.parked, batch.duplicate, batch.conflict, batch.rejected,
    batch.accepted_fen, batch.parked_fen, encode(batch.digest, 'hex'), batch.import_id) AS text), 'UTF8')) AS digest
FROM sales.feed AS feed JOIN sales.batches AS batch ON batch.batch_id = feed.batch_id
WHERE feed.position > :after AND feed.position <= :upto
ORDER BY feed.position
""")
"""The batches of a window with the hash of their own row: who, when, by which way, and the control totals."""

_BATCHES_IN_WINDOW = """
ANY(ARRAY(SELECT feed.batch_id FROM sales.feed WHERE feed.position > :after AND feed.position <= :upto))"""

ENTRIES = text(f"""
SELECT entry.batch_id, sha256(convert_to(string_agg(
    concat_ws('|', entry.order_no, entry.platform, entry.line_no, entry.entry_no, entry.cause, entry.measure,
              entry.amount_fen, entry.subject_id, entry.kind, entry.region, entry.category, entry.sale_day,
              entry.event_day, entry.internal, entry.reference),
    E'\\n' ORDER BY entry.order_no, entry.platform, entry.line_no, entry.entry_no), 'UTF8')) AS digest
FROM sales.ledger_entries AS entry WHERE entry.batch_id = {_BATCHES_IN_WINDOW} GROUP BY entry.batch_id
""")
"""The hash of each batch's ledger entries: a text line for each, none of its columns empty."""

INCOMES = text(f"""
SELECT entry.batch_id, sha256(convert_to(string_agg(CAST(jsonb_build_array(
    entry.subject_id, entry.sale_day, entry.category, entry.entry_no, entry.kind, entry.region, entry.net_fen,
    entry.base_fen, entry.ratio_id, entry.basis, entry.list_position) AS text),
    E'\\n' ORDER BY entry.subject_id, entry.sale_day, entry.category, entry.entry_no), 'UTF8')) AS digest
FROM sales.income_entries AS entry WHERE entry.batch_id = {_BATCHES_IN_WINDOW} GROUP BY entry.batch_id
""")
"""The hash of each batch's income entries."""

PAYMENTS = text(f"""
SELECT paid.recorded_in AS batch_id, sha256(convert_to(string_agg(CAST(jsonb_build_array(
    paid.group_code, paid.payment_no, holder.group_id, holder.member_id, paid.member_code, paid.method, paid.amount_fen,
    paid.paid_on, paid.for_month, paid.evidence, paid.confirmation, paid.client_id) AS text),
    E'\\n' ORDER BY paid.group_code, paid.payment_no), 'UTF8')) AS digest
FROM sales.payment_records AS paid
JOIN sales.payment_holders AS holder USING (group_code, payment_no, recorded_in)
WHERE paid.recorded_in = {_BATCHES_IN_WINDOW} GROUP BY paid.recorded_in
""")
"""The hash of each batch's payments and of whose they were as they were recorded, without what came later."""

VOIDS = text(f"""
SELECT void.recorded_in AS batch_id, sha256(convert_to(string_agg(CAST(jsonb_build_array(
    void.group_code, void.payment_no, void.reason, void.client_id) AS text),
    E'\\n' ORDER BY void.group_code, void.payment_no), 'UTF8')) AS digest
FROM sales.payment_voids AS void WHERE void.recorded_in = {_BATCHES_IN_WINDOW} GROUP BY void.recorded_in
""")
"""The hash of each batch's voids."""

CORRECTIONS = text(f"""
SELECT correction.batch_id, sha256(convert_to(string_agg(CAST(jsonb_build_array(
    correction.order_no, correction.platform, correction.line_no, correction.correction_no, correction.action,
    correction.code, correction.codes, correction.reason, correction.client_id) AS text),
    E'\\n' ORDER BY correction.order_no, correction.platform, correction.line_no, correction.correction_no),
    'UTF8')) AS digest
FROM sales.corrections AS correction WHERE correction.batch_id = {_BATCHES_IN_WINDOW} GROUP BY correction.batch_id
""")
"""The hash of each batch's corrections: who moved what, and why."""

BINDINGS = text(f"""
SELECT bound.batch_id, sha256(convert_to(string_agg(CAST(jsonb_build_array(
    bound.platform, bound.shop, bound.sku, bound.code, bound.valid_from, bound.valid_to) AS text),
    E'\\n' ORDER BY bound.platform, bound.shop, bound.sku NULLS FIRST, bound.valid_from), 'UTF8')) AS digest
FROM (
    SELECT recorded_in AS batch_id, platform, shop, NULL AS sku, code, valid_from, valid_to
    FROM sales.shop_bindings WHERE recorded_in = {_BATCHES_IN_WINDOW}
    UNION ALL
    SELECT recorded_in, platform, shop, sku, code, valid_from, valid_to
    FROM sales.listing_bindings WHERE recorded_in = {_BATCHES_IN_WINDOW}
) AS bound
GROUP BY bound.batch_id
""")
"""The hash of each batch's bindings of shops and listings: whose the sales are by which a household is paid."""

RATIOS = text(f"""
SELECT ratio.recorded_in AS batch_id, sha256(convert_to(string_agg(CAST(jsonb_build_array(
    ratio.ratio_id, ratio.category, ratio.region, ratio.ratio_bp, ratio.basis, ratio.valid_from, ratio.valid_to,
    ratio.source) AS text), E'\\n' ORDER BY ratio.ratio_id), 'UTF8')) AS digest
FROM sales.income_ratios AS ratio WHERE ratio.recorded_in = {_BATCHES_IN_WINDOW} GROUP BY ratio.recorded_in
""")
"""The hash of each batch's income ratios."""

HOLDERS = text(f"""
SELECT holder.recorded_in AS batch_id, sha256(convert_to(string_agg(CAST(jsonb_build_array(
    holder.group_code, holder.payment_no, holder.group_id, holder.group_kind, holder.group_region, holder.member_id,
    holder.member_kind, holder.member_region, holder.for_month) AS text),
    E'\\n' ORDER BY holder.group_code, holder.payment_no), 'UTF8')) AS digest
FROM sales.payment_holders AS holder WHERE holder.recorded_in = {_BATCHES_IN_WINDOW} GROUP BY holder.recorded_in
""")
"""The hash of whose payments each batch says they are: of its own, or of others that it moves."""

HASH_AT = text("SELECT hash FROM sales.chain WHERE position = :position")
"""The hash of a position."""

LAST_POSITION = text("SELECT max(position) FROM sales.chain")
"""How far the chain has come."""

LINKS = text("SELECT position, hash, form FROM sales.chain WHERE position > :after AND position <= :upto")
"""The stored links of a window, with what each covers."""

ADD_LINKS = text("""
INSERT INTO sales.chain (position, batch_id, hash, form)
SELECT * FROM unnest(
    CAST(:position AS bigint[]), CAST(:batch_id AS bigint[]), CAST(:hash AS bytea[]), CAST(:form AS smallint[]))
""")
"""Add links at the end of the chain."""
