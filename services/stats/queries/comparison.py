"""Who is compared with whom: registered incomes of two years, of households reached and of those without anything."""

from sqlalchemy import text

from services.stats.queries.uplift import HOMES
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


def _registered(year: str) -> str:
    return f"""
    (SELECT subject_id, per_head_fen FROM codes.registered_incomes WHERE superseded_in IS NULL AND year = {year})
    """


GROUPS = text(f"""
WITH home AS (
    SELECT subject_id, region FROM ({HOMES}) AS version WHERE region BETWEEN :lowest AND :highest
), income AS (
    SELECT subject_id, sum(contract_fen + imputed_fen + paid_fen) FILTER (WHERE year = :year) AS income_fen,
           min(year) AS first_year
    FROM stats.household_years WHERE contract_fen + imputed_fen + paid_fen > 0 GROUP BY subject_id
), touched AS (
    SELECT subject_id FROM stats.household_years WHERE year BETWEEN :before AND :year
    UNION
    SELECT subject_id FROM stats.source_days WHERE kind = 'household' AND sale_day >= :since AND sale_day < :past
    UNION
    SELECT member_id FROM codes.memberships
    WHERE member_kind = 'household' AND superseded_in IS NULL AND valid_from < :past
      AND (valid_to IS NULL OR valid_to > :since)
), compared AS (
    SELECT home.region AS village, {_BAND} AS band,
           CASE WHEN income_fen >= 100 AND first_year = :year THEN 'new'
                WHEN income_fen >= 100 THEN 'known'
                WHEN touched.subject_id IS NULL THEN 'comparison' END AS standing,
           before.per_head_fen AS before_fen, after.per_head_fen AS after_fen, last.per_head_fen AS last_fen
    FROM home
    JOIN {_registered(":before")} AS before USING (subject_id)
    JOIN {_registered(":after")} AS after USING (subject_id)
    JOIN {_registered(":year")} AS last USING (subject_id)
    LEFT JOIN income USING (subject_id)
    LEFT JOIN touched USING (subject_id)
)
SELECT village, band, standing, count(*) AS households, CAST(sum(before_fen) AS bigint) AS before_fen,
       CAST(sum(after_fen) AS bigint) AS after_fen, CAST(sum(last_fen) AS bigint) AS last_fen
FROM compared WHERE standing IS NOT NULL
GROUP BY village, band, standing ORDER BY village, band, standing
""")
"""Households by village, band of what was registered for ``:before``, and standing: reached in ``:year`` for the first
time (``new``) or not (``known``); or for ``comparison``, without any income entry, payment or link from ``:since``, the
first day of ``:before``, to the year's end. Who was linked without being reached is in neither. ``:after`` is the year
whose income is set against that of ``:before``; each household has all of the years asked for."""
