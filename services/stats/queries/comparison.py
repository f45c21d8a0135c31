"""Who is compared with whom: registered incomes of two years, of households reached and of those without anything."""

from sqlalchemy import TextClause, text

from services.stats.queries.households import registered_rows
from services.stats.queries.uplift import homes, years
from services.stats.uplift.bands import BASELINE_BANDS

_BAND = (
    "CASE "
    + " ".join(
        f"WHEN before.per_head_fen < {band.past_fen} THEN {place}"
        for place, band in enumerate(BASELINE_BANDS)
        if band.past_fen is not None
    )
    + f" ELSE {len(BASELINE_BANDS) - 1} END"
)


_SOLD = """
    SELECT subject_id FROM stats.source_days WHERE kind = 'household' AND sale_day >= :since AND sale_day < :past
"""
_SOLD_THEN = """
    SELECT subject_id FROM sales.incomes JOIN sales.feed USING (batch_id)
    WHERE kind = 'household' AND sale_day >= :since AND sale_day < :past AND feed.position <= :position
"""


def groups(*, as_of: bool) -> TextClause:
    """Households by village, band of what was registered for ``:before``, and standing.

    Reached in ``:year`` for the first time (``new``) or not (``known``); or for ``comparison``, without any income
    entry, payment or link from ``:since``, the first day of ``:before``, to the year's end. Who was linked without
    being reached is in neither. ``:after`` is the year whose income is set against that of ``:before``; each household
    has all of the years asked for.
    """
    registered = registered_rows("codes.registered_incomes", as_of=as_of)
    since_known = years(as_of=as_of)
    return text(f"""
    WITH home AS ({homes(as_of=as_of)}), registered AS MATERIALIZED ({registered}), income AS (
        SELECT subject_id, sum(contract_fen + imputed_fen + paid_fen) FILTER (WHERE year = :year) AS income_fen,
               min(year) AS first_year
        FROM {since_known} AS known WHERE contract_fen + imputed_fen + paid_fen > 0 GROUP BY subject_id
    ), touched AS (
        SELECT subject_id FROM {since_known} AS known
        WHERE year BETWEEN :before AND :year AND contract_fen + imputed_fen + paid_fen <> 0
        UNION
        {_SOLD_THEN if as_of else _SOLD}
        UNION
        SELECT member_id FROM ({registered_rows("codes.memberships", as_of=as_of)}) AS link
        WHERE member_kind = 'household' AND valid_from < :past AND (valid_to IS NULL OR valid_to > :since)
    ), compared AS (
        SELECT home.region AS village, {_BAND} AS band,
               CASE WHEN income_fen >= 100 AND first_year = :year THEN 'new'
                    WHEN income_fen >= 100 THEN 'known'
                    WHEN touched.subject_id IS NULL THEN 'comparison' END AS standing,
               before.per_head_fen AS before_fen, after.per_head_fen AS after_fen, last.per_head_fen AS last_fen
        FROM home
        JOIN registered AS before ON before.subject_id = home.subject_id AND before.year = :before
        JOIN registered AS after ON after.subject_id = home.subject_id AND after.year = :after
        JOIN registered AS last ON last.subject_id = home.subject_id AND last.year = :year
        LEFT JOIN income ON income.subject_id = home.subject_id
        LEFT JOIN touched ON touched.subject_id = home.subject_id
    )
    SELECT village, band, standing, count(*) AS households, CAST(sum(before_fen) AS bigint) AS before_fen,
           CAST(sum(after_fen) AS bigint) AS after_fen, CAST(sum(last_fen) AS bigint) AS last_fen
    FROM compared WHERE standing IS NOT NULL
    GROUP BY village, band, standing ORDER BY village, band, standing
    """)
