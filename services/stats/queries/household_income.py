"""One household's income of one month, and why: what is read beside the cube's own rows."""

from sqlalchemy import TextClause, text

from services.stats.queries.registered import registered_rows


def household(*, as_of: bool) -> TextClause:
    """Whose code it is, in force or not, and where it lived on the month's last day."""
    return text(f"""
    SELECT entry.subject_id, entry.kind, (
        SELECT version.region FROM ({registered_rows("codes.households", as_of=as_of)}) AS version
        WHERE version.subject_id = entry.subject_id
        ORDER BY version.valid_from < :past DESC,
                 CASE WHEN version.valid_from < :past THEN version.valid_from END DESC, version.valid_from
        LIMIT 1
    ) AS region
    FROM codes.directory AS entry {_RECORDED if as_of else ""}
    WHERE entry.code = :code ORDER BY entry.recorded_in DESC LIMIT 1
    """)


_RECORDED = """
    JOIN codes.feed AS recorded ON recorded.batch_id = entry.recorded_in AND recorded.position <= :registry_position
"""


def subject_of_code(*, as_of: bool) -> TextClause:
    """Whose code it is, in force or not."""
    return text(f"""
    SELECT subject_id, kind, region FROM codes.directory AS entry {_RECORDED if as_of else ""}
    WHERE code = :code ORDER BY entry.recorded_in DESC LIMIT 1
    """)


GROUPS_OF = text("""
SELECT group_id FROM codes.memberships WHERE member_id = :subject
UNION SELECT group_id FROM stats.paid_months WHERE subject_id = :subject AND group_id <> 0
""")
"""The groups whose divisions may give a household anything: by the list that was known when each was settled."""


def codes_of(*, as_of: bool) -> TextClause:
    """The newest code of some subjects."""
    return text(f"""
    SELECT DISTINCT ON (subject_id) subject_id, code
    FROM ({registered_rows("codes.directory", as_of=as_of)}) AS entry
    WHERE subject_id = ANY(CAST(:subjects AS bigint[]))
    ORDER BY subject_id, valid_from DESC, code
    """)


RATIOS_OF = text("""
SELECT DISTINCT ON (subject_id, sale_day, category, entry.basis)
       subject_id, sale_day, entry.category, entry.basis, ratio.ratio_bp, ratio.source
FROM unnest(CAST(:subjects AS bigint[]), CAST(:days AS date[]), CAST(:categories AS text[]))
    AS asked (subject_id, sale_day, category)
JOIN sales.incomes AS entry USING (subject_id, sale_day, category)
JOIN sales.feed USING (batch_id) JOIN sales.ratios AS ratio USING (ratio_id)
WHERE feed.position <= :upto
ORDER BY subject_id, sale_day, category, entry.basis, feed.position DESC, entry.entry_no DESC
""")
"""The ratio that each source's base of a day, category and basis was posted with last."""

PAYMENTS_TO = text("""
SELECT payment.payment_no, nullif(payment.group_code, '') AS group_code, payment.group_id, payment.method,
       payment.amount_fen, payment.paid_on, payment.for_month, payment.confirmation
FROM sales.payments AS payment JOIN sales.feed AS recorded ON recorded.batch_id = payment.recorded_in
WHERE payment.member_id = :subject AND payment.for_month >= :first AND payment.for_month < :past
  AND recorded.position <= :upto
  AND NOT EXISTS (
      SELECT FROM sales.feed AS voided WHERE voided.batch_id = payment.superseded_in AND voided.position <= :upto
  )
ORDER BY payment.paid_on, payment.group_code, payment.payment_no
""")
"""What a household was paid for some months, as far as the cube has taken the feed."""
