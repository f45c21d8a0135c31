"""Who is compared with whom: registered incomes of two years, of households reached and of those without anything."""

from sqlalchemy import TextClause, text

from services.stats.queries.registered import registered_rows
from services.stats.queries.uplift import homes, years
from services.stats.uplift.bands import BASELINE_BANDS

_BAND = (
    "CASE "
    + " ".join(
        f"WHEN before_fen < {band.past_fen} THEN {place}"
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
    WITH home AS MATERIALIZED ({homes(as_of=as_of)}), held AS MATERIALIZED (
        SELECT subject_id, max(per_head_fen) FILTER (WHERE year = :before) AS before_fen,
               max(per_head_fen) FILTER (WHERE year = :after) AS after_fen,
               max(per_head_fen) FILTER (WHERE year = :year) AS last_fen
        FROM home JOIN ({registered}) AS registered USING (subject_id)
        WHERE year IN (:before, :after, :year) GROUP BY subject_id
    ), known AS MATERIALIZED (
        SELECT subject_id, sum(contract_fen + imputed_fen + paid_fen) FILTER (WHERE year = :year) AS income_fen,
               min(year) FILTER (WHERE contract_fen + imputed_fen + paid_fen > 0) AS first_year,
               bool_or(year BETWEEN :before AND :year AND contract_fen + imputed_fen + paid_fen <> 0) AS is_touched
        FROM {since_known} AS known WHERE subject_id IN (SELECT subject_id FROM home) GROUP BY subject_id
    ), touched AS (
        SELECT subject_id FROM known WHERE is_touched
        UNION ALL
        {_SOLD_THEN if as_of else _SOLD}
        UNION ALL
        SELECT member_id FROM ({registered_rows("codes.memberships", as_of=as_of)}) AS link
        WHERE member_kind = 'household' AND valid_from < :past AND (valid_to IS NULL OR valid_to > :since)
    ), compared AS MATERIALIZED (
        SELECT home.region AS village, {_BAND} AS band,
               CASE WHEN income_fen >= 100 AND first_year = :year THEN 'new'
                    WHEN income_fen >= 100 THEN 'known'
                    WHEN home.subject_id NOT IN (SELECT subject_id FROM touched WHERE subject_id IS NOT NULL)
                        THEN 'comparison' END AS standing,
               before_fen, after_fen, last_fen
        FROM home JOIN held USING (subject_id) LEFT JOIN known USING (subject_id)
        WHERE before_fen IS NOT NULL AND after_fen IS NOT NULL AND last_fen IS NOT NULL
    )
    SELECT village, band, standing, count(*) AS households, CAST(sum(before_fen) AS bigint) AS before_fen,
           CAST(sum(after_fen) AS bigint) AS after_fen, CAST(sum(last_fen) AS bigint) AS last_fen
    FROM compared WHERE standing IS NOT NULL
    GROUP BY village, band, standing ORDER BY village, band, standing
    """)
