"""What the cells of reach and of codes say of named periods.

As in ``sales.py`` the periods come as arrays, and a row answers for each label and key. The region comes as the cells
that add up to it (``Question.parts``).
"""

from sqlalchemy import TextClause, text

from services.stats.queries.reach import MEASURES, UPLIFT
from services.stats.question import By

_PARTS = """
    unnest(CAST(:levels AS text[]), CAST(:lows AS text[]), CAST(:highs AS text[]), CAST(:weights AS integer[]))
        AS part (level, lowest, highest, weight)
"""
_PERIODS = """
    unnest(CAST(:labels AS text[]), CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[]))
        AS asked (label, grain, first, past)
"""
_KEYS = {None: "CAST('' AS text)", By.REGION: "cell.region", By.KIND: "cell.kind"}

_ENTERED_BEFORE = """(
    cell.grain = 'month' AND cell.past < date_trunc('month', asked.past)
    OR cell.grain = 'day' AND cell.past >= date_trunc('month', asked.past) AND cell.past <= asked.past
)"""
"""Whole months, and the days of the last one."""


def income_cells(by: By | None) -> TextClause:
    """Income by basis, and how many households and persons it reached, with those without baseline."""
    sums = ", ".join(f"CAST(sum(weight * cell.{name}) AS bigint) AS {name}" for name in MEASURES)
    return text(f"""
    SELECT asked.label, {_KEYS[by]} AS key, {sums}
    FROM {_PERIODS} CROSS JOIN {_PARTS}
    JOIN stats.reach_cells AS cell
      ON cell.level = part.level AND cell.grain = asked.grain AND cell.region BETWEEN part.lowest AND part.highest
     AND cell.month >= asked.first AND cell.month < asked.past
    GROUP BY asked.label, key
    HAVING sum(weight * cell.households) > 0
    """)


def uplift_cells(by: By | None) -> TextClause:
    """Incomes beside baselines, and beside the incomes of the year before, of calendar years."""
    return text(f"""
    SELECT asked.label, {_KEYS[by]} AS key, CAST(sum(weight * cell.income_fen) AS bigint) AS income_fen,
           CAST(sum(weight * cell.baseline_fen) AS bigint) AS baseline_fen,
           CAST(sum(weight * cell.people_with_increase) AS bigint) AS people_with_increase
    FROM unnest(CAST(:labels AS text[]), CAST(:firsts AS date[])) AS asked (label, first)
    CROSS JOIN {_PARTS}
    JOIN stats.uplift_cells AS cell
      ON cell.level = part.level AND cell.region BETWEEN part.lowest AND part.highest
     AND cell.year = CAST(extract(year FROM asked.first) AS integer)
    GROUP BY asked.label, key
    """)


def code_cells(by: By | None) -> TextClause:
    """Codes in force at the end of each period."""
    return text(f"""
    SELECT asked.label, {_KEYS[by]} AS key, CAST(sum(weight * cell.codes) AS bigint) AS codes
    FROM unnest(CAST(:labels AS text[]), CAST(:pasts AS date[])) AS asked (label, past)
    CROSS JOIN {_PARTS}
    JOIN stats.code_cells AS cell
      ON cell.level = part.level AND cell.region BETWEEN part.lowest AND part.highest
     AND {_ENTERED_BEFORE}
    WHERE CAST(:kind AS text) IS NULL OR cell.kind = :kind
    GROUP BY asked.label, key
    HAVING sum(weight * cell.codes) <> 0
    """)


_SUMS = ", ".join(f"CAST(sum({name}) AS bigint) AS {name}" for name in MEASURES)
ALL_REACH = text(f"""
SELECT label, level, region, {_SUMS}
FROM {_PERIODS} JOIN stats.reach_cells AS cell
  ON cell.grain = asked.grain AND cell.month >= asked.first AND cell.month < asked.past
GROUP BY label, level, region
""")
ALL_UPLIFT = text(f"SELECT level, region, {', '.join(UPLIFT)} FROM stats.uplift_cells WHERE year = :year")
ALL_CODES = text(f"""
SELECT label, level, kind, region, CAST(sum(codes) AS bigint) AS codes
FROM {_PERIODS} JOIN stats.code_cells AS cell ON {_ENTERED_BEFORE}
GROUP BY label, level, kind, region
""")
"""Every cell, as it answers some periods."""
