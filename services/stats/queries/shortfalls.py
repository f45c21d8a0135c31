"""What is wanting: sales for which no ratio was in force, and households whose gap to the poverty line is closed."""

from sqlalchemy import TextClause, text

from services.stats.queries.registered import registered_rows
from services.stats.queries.uplift import gap_closed, known_home
from services.stats.question import By

_TREE = """
    {place}.region BETWEEN :lowest AND :highest AND substr({place}.region, :first_digit, :width) ~ '[^0]'
    AND (CAST(:places AS text[]) IS NULL OR {place}.region = ANY(CAST(:places AS text[])))
"""
_KEYS = {
    None: "CAST('' AS text)",
    By.REGION: "rpad(left({place}.region, :digits), 12, '0')",
    By.KIND: "{place}.kind",
    By.CATEGORY: "{place}.category",
}

_UNSETTLED_THEN = """(
    SELECT entry.subject_id, entry.sale_day, entry.category, min(entry.kind) AS kind, 'unknown' AS basis,
           (array_agg(entry.region ORDER BY feed.position DESC, entry.entry_no DESC))[1] AS region,
           CAST(sum(entry.net_fen) AS bigint) AS net_fen
    FROM sales.incomes AS entry JOIN sales.feed USING (batch_id)
    WHERE entry.basis IS NULL AND entry.sale_day >= :earliest AND entry.sale_day < :latest
      AND feed.position <= :position
    GROUP BY entry.subject_id, entry.sale_day, entry.category
)"""


def _unsettled(*, as_of: bool) -> str:
    """What sources sold on days of the periods without a ratio in force, as ``source`` beside ``asked``."""
    return f"""
    unnest(CAST(:labels AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[])) AS asked (label, first, past)
    JOIN {_UNSETTLED_THEN if as_of else "stats.source_days"} AS source
      ON source.sale_day >= asked.first AND source.sale_day < asked.past
    WHERE source.basis = 'unknown' AND {_TREE.format(place="source")}
      AND (CAST(:kind AS text) IS NULL OR source.kind = :kind)
      AND (CAST(:category AS text) IS NULL OR source.category = :category)
    """


def sales_without_ratio(by: By | None, *, as_of: bool) -> TextClause:
    """Net sales for which no ratio was in force, by period and key."""
    return text(f"""
    SELECT asked.label, {_KEYS[by].format(place="source")} AS key, CAST(sum(source.net_fen) AS bigint) AS net_fen
    FROM {_unsettled(as_of=as_of)}
    GROUP BY asked.label, key
    """)


def days_without_ratio(*, as_of: bool) -> TextClause:
    """The same one by one: what each source sold of a day and category."""
    return text(f"""
    SELECT source.subject_id, source.kind, source.region, source.sale_day, source.category, source.net_fen
    FROM {_unsettled(as_of=as_of)} AND source.net_fen <> 0
      AND (source.subject_id, source.sale_day, source.category) > (:after_subject, :after_day, :after_category)
    ORDER BY source.subject_id, source.sale_day, source.category LIMIT :limit
    """)


def _yearly(*, as_of: bool) -> str:
    """Households' incomes by calendar year, as they are or as they were at a position."""
    if not as_of:
        return """
        SELECT subject_id, year, sum(contract_fen + imputed_fen + paid_fen) AS fen FROM stats.household_years
        GROUP BY subject_id, year
        """
    return """
    SELECT subject_id, CAST(extract(year FROM sale_day) AS integer) AS year, sum(fen) AS fen
    FROM (
        SELECT subject_id, sale_day, contract_fen + imputed_fen + paid_fen AS fen FROM stats.household_days
        WHERE block <= :block
        UNION ALL
        SELECT subject_id, sale_day, contract_fen + imputed_fen + paid_fen FROM unnest(
            CAST(:moved_subjects AS bigint[]), CAST(:moved_days AS date[]), CAST(:moved_contract_fen AS bigint[]),
            CAST(:moved_imputed_fen AS bigint[]), CAST(:moved_paid_fen AS bigint[])
        ) AS moved (subject_id, sale_day, contract_fen, imputed_fen, paid_fen)
    ) AS day
    GROUP BY subject_id, extract(year FROM sale_day)
    """


def _households(*, as_of: bool) -> str:
    """Households with income in a year that lived there on its last day, with their baselines and lines.

    A baseline is the last registered year that closed before the year of the first income of the household, or of those
    that it came out of (``lineage.py``), as it reckoned with it on the year's last day.
    """
    return f"""
    asked AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:labels AS text[]), CAST(:years AS integer[]), CAST(:pasts AS date[]), CAST(:lines AS bigint[])
        ) AS asked (label, year, past, line_fen)
    ), yearly AS ({_yearly(as_of=as_of)}), held AS MATERIALIZED (
        SELECT asked.label, asked.past, asked.line_fen, home.subject_id, home.region, home.persons, yearly.fen
        FROM asked
        JOIN stats.homes AS home ON home.valid_from < asked.past AND home.valid_to >= asked.past
         AND {known_home(as_of=as_of)}
        JOIN yearly ON yearly.subject_id = home.subject_id AND yearly.year = asked.year AND yearly.fen > 0
        WHERE {_TREE.format(place="home")}
    ), succession AS ({registered_rows("codes.successions", as_of=as_of)}), lineage AS (
        SELECT successor_id AS subject_id, predecessor_id AS ancestor_id FROM succession
        UNION
        SELECT lineage.subject_id, earlier.predecessor_id
        FROM lineage JOIN succession AS earlier ON earlier.successor_id = lineage.ancestor_id
    ), begun AS (
        SELECT subject_id, min(year) AS first_year FROM yearly WHERE fen > 0 GROUP BY subject_id
    ), first AS (
        SELECT subject_id, min(first_year) AS first_year FROM (
            SELECT subject_id, first_year FROM begun
            UNION ALL
            SELECT lineage.subject_id, begun.first_year FROM lineage JOIN begun ON begun.subject_id = ancestor_id
        ) AS known
        GROUP BY subject_id
    ), baseline AS (
        SELECT DISTINCT ON (held.label, held.subject_id) held.*, registered.year AS base_year,
               registered.per_head_fen
        FROM held JOIN first USING (subject_id)
        JOIN ({registered_rows("codes.reckoned_incomes", as_of=as_of)}) AS registered USING (subject_id)
        WHERE registered.year < first.first_year
        ORDER BY held.label, held.subject_id, registered.year DESC, registered.valid_from < held.past DESC,
                 CASE WHEN registered.valid_from < held.past THEN registered.valid_from END DESC, registered.valid_from
    ), line AS (
        SELECT * FROM unnest(CAST(:line_years AS integer[]), CAST(:line_fen AS bigint[])) AS line (base_year, base_line)
    ), below AS (
        SELECT baseline.*, base_line, {gap_closed("baseline.line_fen", "fen")} AS is_closed
        FROM baseline JOIN line USING (base_year) WHERE per_head_fen < base_line
    )
    """


def gaps_closed(by: By | None, *, as_of: bool) -> TextClause:
    """How many households below the line of their base year are on this year's with their income, by year and key.

    As ``uplift/lines.py`` says. ``closed`` is NULL in years without a line.
    """
    return text(f"""
    WITH RECURSIVE {_households(as_of=as_of)}
    SELECT label, {_KEYS[by].format(place="below")} AS key,
           CASE WHEN line_fen IS NOT NULL THEN count(*) FILTER (WHERE is_closed) END AS closed
    FROM below GROUP BY label, line_fen, key
    """)


def households_below(*, as_of: bool) -> TextClause:
    """The same households one by one, each beside how many of all have ``closed`` their gap.

    There is always a row; without a household on the page its ``subject_id`` is NULL.
    """
    return text(f"""
    WITH RECURSIVE {_households(as_of=as_of)}
    SELECT counted.closed, page.*
    FROM (SELECT count(*) FILTER (WHERE is_closed) AS closed FROM below) AS counted
    LEFT JOIN (
        SELECT subject_id, persons, fen AS income_fen, base_year, per_head_fen, base_line, is_closed FROM below
        WHERE subject_id > :after ORDER BY subject_id LIMIT :limit
    ) AS page ON true
    ORDER BY page.subject_id
    """)
