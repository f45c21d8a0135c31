"""What the cells say of sales, sellers and codes.

Every statement takes the periods asked for as arrays — a label and the spans of whole months and days that make it up —
and answers a row for each label and key; so a figure, a series and a breakdown are the same question.
``key`` is the dimension of a breakdown, or ``''``.
"""

from sqlalchemy import TextClause, text

from services.stats.kinds import KINDS
from services.stats.queries.tree import ANCESTOR, ANCESTORS, IS_ANCESTOR
from services.stats.question import By

_SPANS = """
    unnest(CAST(:labels AS text[]), CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[]))
        AS asked (label, grain, first, past)
"""
"""The spans of :meth:`Period.spans`, each under its period's label."""

_SIGNED_SPANS = """
    unnest(
        CAST(:labels AS text[]), CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[]),
        CAST(:signs AS integer[])
    ) AS asked (label, grain, first, past, sign)
"""
"""Those of :meth:`Period.signed_spans`."""

_PERIODS = """
    unnest(CAST(:labels AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[])) AS asked (label, first, past)
"""

_KEYS = {
    None: "CAST('' AS text)",
    By.REGION: "cell.region",
    By.KIND: "cell.kind",
    By.PLATFORM: "cell.platform",
    By.CATEGORY: "cell.category",
}

_REGION = "cell.level = :level AND cell.region BETWEEN :lowest AND :highest"
"""The cells of one level within a tree; for the region itself, its own level."""


_KINDS_ASKED = f"""
    cell.kind = ANY(CASE WHEN CAST(:kind AS text) IS NULL THEN ARRAY{[*KINDS, "*"]} ELSE ARRAY[CAST(:kind AS text)] END)
"""
"""The cells of one kind; or of all, with what these together differ from their sum by."""


def sales_cells(by: By | None) -> TextClause:
    """Gross, refunds, orders and lines."""
    kind = "cell.kind <> '*'" if by is By.KIND else _KINDS_ASKED
    category = "cell.category <> '*'" if by is By.CATEGORY else "cell.category = coalesce(:category, '*')"
    return text(f"""
    SELECT asked.label, {_KEYS[by]} AS key,
           CAST(sum(gross_fen) AS bigint) AS gross_fen, CAST(sum(refund_fen) AS bigint) AS refund_fen,
           CAST(sum(orders) AS bigint) AS orders, CAST(sum(order_lines) AS bigint) AS order_lines
    FROM {_SPANS}
    JOIN stats.sales_cells AS cell
      ON cell.grain = asked.grain AND cell.period >= asked.first AND cell.period < asked.past
    WHERE {_REGION} AND {kind} AND {category}
      AND (CAST(:platform AS text) IS NULL OR cell.platform = :platform)
    GROUP BY asked.label, key
    """)


def unit_cells(by: By | None) -> TextClause:
    """Quantities, of one unit or by unit."""
    keys = {**_KEYS, By.UNIT: "cell.unit"}
    return text(f"""
    SELECT asked.label, {keys[by]} AS key, CAST(sum(quantity_milli) AS bigint) AS quantity_milli
    FROM {_SPANS}
    JOIN stats.unit_cells AS cell
      ON cell.grain = asked.grain AND cell.period >= asked.first AND cell.period < asked.past
    WHERE {_REGION} AND (CAST(:unit AS text) IS NULL OR cell.unit = :unit)
      AND (CAST(:category AS text) IS NULL OR cell.category = :category)
      AND (CAST(:platform AS text) IS NULL OR cell.platform = :platform)
    GROUP BY asked.label, key
    """)


def refund_cells(by: By | None) -> TextClause:
    """Refunds by their own day."""
    return text(f"""
    SELECT asked.label, {_KEYS[by]} AS key, CAST(sum(refund_fen) AS bigint) AS refund_fen
    FROM {_PERIODS}
    JOIN stats.refund_cells AS cell ON cell.event_day >= asked.first AND cell.event_day < asked.past
    WHERE {_REGION}
      AND (CAST(:kind AS text) IS NULL OR cell.kind = :kind)
      AND (CAST(:category AS text) IS NULL OR cell.category = :category)
      AND (CAST(:platform AS text) IS NULL OR cell.platform = :platform)
    GROUP BY asked.label, key
    """)


def seller_cells(by: By | None) -> TextClause:
    """Subjects with net > 0, for periods that are whole units: ``grains`` names each one's."""
    return text(f"""
    SELECT asked.label, {_KEYS[by]} AS key, CAST(sum(subjects) AS bigint) AS subjects
    FROM {_SPANS}
    JOIN stats.seller_cells AS cell ON cell.grain = asked.grain AND cell.period = asked.first
    WHERE {_REGION} AND (CAST(:kind AS text) IS NULL OR cell.kind = :kind)
    GROUP BY asked.label, key
    """)


_TREE_KEYS = {
    None: "CAST('' AS text)",
    By.REGION: "rpad(left(holder.region, :digits), 12, '0')",
    By.KIND: "holder.kind",
}
_TREE = """
    holder.region BETWEEN :lowest AND :highest AND substr(holder.region, :first_digit, :width) ~ '[^0]'
    AND (CAST(:places AS text[]) IS NULL OR holder.region = ANY(CAST(:places AS text[])))
"""
"""Rows within a tree that lie at or below the level asked for."""


def sellers(by: By | None) -> TextClause:
    """Subjects with net > 0, for any periods: each subject counts once however often it sold."""
    return text(f"""
    SELECT label, key, count(*) AS subjects
    FROM (
        -- Net of a day is never negative, so who has some left of a span sold on a day of it.
        SELECT asked.label, {_TREE_KEYS[by]} AS key, holder.subject_id
        FROM {_SIGNED_SPANS}
        JOIN stats.sellers AS holder
          ON holder.grain = asked.grain AND holder.period >= asked.first AND holder.period < asked.past
        WHERE {_TREE} AND (CAST(:kind AS text) IS NULL OR holder.kind = :kind)
        GROUP BY asked.label, key, holder.subject_id
        HAVING sum(sign * holder.net_fen) > 0
    ) AS sold
    GROUP BY label, key
    """)


_THEN = """
    EXISTS (SELECT FROM codes.feed WHERE batch_id = holder.recorded_in AND position <= :registry_position)
    AND NOT EXISTS (SELECT FROM codes.feed WHERE batch_id = holder.superseded_in AND position <= :registry_position)
"""
_IN_FORCE = """
    unnest(CAST(:labels AS text[]), CAST(:ends AS timestamptz[])) AS asked (label, moment)
    JOIN codes.directory AS holder
      ON holder.valid_from < asked.moment AND (holder.valid_to IS NULL OR holder.valid_to >= asked.moment)
     AND holder.state = 'in_force'
"""
"""``ends`` holds the moments at which the periods end."""


def codes_in_force(by: By | None, *, as_of: bool) -> TextClause:
    """Codes in force at the end of each period, counted one by one."""
    return text(f"""
    SELECT asked.label, {_TREE_KEYS[by]} AS key, count(DISTINCT holder.code) AS codes
    FROM {_IN_FORCE}
    WHERE {_THEN if as_of else "holder.superseded_in IS NULL"}
      AND {_TREE} AND (CAST(:kind AS text) IS NULL OR holder.kind = :kind)
    GROUP BY asked.label, key
    """)


CODES_BY_LEVEL = text(f"""
SELECT asked.label, level, kind, {ANCESTOR} AS region, count(DISTINCT code) AS codes
FROM {_IN_FORCE} CROSS JOIN {ANCESTORS}
WHERE {_THEN} AND {IS_ANCESTOR}
GROUP BY asked.label, level, kind, {ANCESTOR}
""")
"""The same for every division and kind: what ``verify`` holds the cells against."""


TOP_GROUPS = text(f"""
SELECT holder.subject_id, CAST(sum(holder.net_fen) AS bigint) AS net_fen, count(*) OVER () AS sellers,
       (SELECT min(directory.code) FROM codes.directory
        WHERE directory.subject_id = holder.subject_id AND directory.superseded_in IS NULL) AS code,
       (SELECT name.name FROM codes.group_names AS name
        WHERE name.subject_id = holder.subject_id AND name.superseded_in IS NULL) AS name
FROM {_SPANS}
JOIN stats.sellers AS holder
  ON holder.grain = asked.grain AND holder.period >= asked.first AND holder.period < asked.past
WHERE holder.kind = :group_kind AND holder.region BETWEEN :lowest AND :highest
  AND (CAST(:places AS text[]) IS NULL OR holder.region = ANY(CAST(:places AS text[])))
GROUP BY holder.subject_id
HAVING sum(holder.net_fen) > 0
ORDER BY net_fen DESC, holder.subject_id
LIMIT :limit
""")
"""The cooperatives or enterprises that sold most, by their own codes and names, and how many sold."""
