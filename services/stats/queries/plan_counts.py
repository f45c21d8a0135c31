"""What the system counts for the plan, for several days at once, by reporting unit and for the province.

``asked`` has a label, and the days from ``first`` to before ``past``; its last day is the day of what is counted *on* a
day. A division belongs to the unit of its villages; one above them, to the unit of most of its villages.
"""

from sqlalchemy import TextClause, text

_ASKED = """
    asked AS MATERIALIZED (
        SELECT label, first, past, past - 1 AS day
        FROM unnest(CAST(:labels AS text[]), CAST(:firsts AS date[]), CAST(:pasts AS date[]))
            AS asked (label, first, past)
    )
"""

BE_READY = text("SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)")
"""Nobody can guess how many rows of these sets of divisions meet: they are hashed, never looped over."""

PLACES = """
    place AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:regions AS text[]), CAST(:region_units AS text[])) AS place (region, unit)
    )
"""
"""The unit of every division, as :func:`services.stats.plan.units.unit_of_region` has it; the province is in none."""

_RESULT = "SELECT label, coalesce(unit, 'province') AS unit, CAST(count(*) AS bigint) AS counted"
_BOTH = "GROUP BY GROUPING SETS ((label, unit), (label)) HAVING grouping(unit) = 1 OR unit IS NOT NULL"


def _selling(what: str, where: str = "TRUE") -> TextClause:
    """How many different ``what`` had net sales; ``where`` chooses the products."""
    return text(f"""
    WITH {_ASKED}, {PLACES}, agricultural AS (
        SELECT category, industry FROM stats.industry_categories
        WHERE superseded_in IS NULL AND valid_from <= :on AND (valid_to IS NULL OR :on < valid_to)
    ), net AS MATERIALIZED (
        SELECT product.month, place.unit, {what} AS what, sum(gross_fen - refund_fen) AS net_fen
        FROM stats.product_months AS product LEFT JOIN place USING (region) LEFT JOIN agricultural USING (category)
        WHERE product.month >= (SELECT min(first) FROM asked) AND product.month < (SELECT max(past) FROM asked)
          AND {where}
        GROUP BY product.month, place.unit, what
    ), reached AS (
        SELECT label, unit, what, sum(net_fen) AS net_fen
        FROM asked JOIN net ON net.month >= asked.first AND net.month < asked.past
        GROUP BY GROUPING SETS ((label, unit, what), (label, what))
        HAVING (grouping(unit) = 1 OR unit IS NOT NULL) AND sum(net_fen) > 0
    )
    SELECT label, coalesce(unit, 'province') AS unit, count(*) AS counted FROM reached GROUP BY label, unit
    """)


PLATFORMS = _selling("platform")
SKUS = _selling(
    "concat_ws(chr(31), product.platform, product.shop, product.sku)",
    "agricultural.category IS NOT NULL AND product.sku <> ''",
)
INDUSTRIES = _selling("agricultural.industry", "agricultural.industry IS NOT NULL")
COUNTIES_ON_PLATFORM = _selling(
    "left(product.region, 6)", "product.platform = :provincial_platform AND left(product.region, 6) !~ '00$'"
)

MERCHANTS = text(f"""
WITH {_ASKED}, {PLACES}, reached AS (
    SELECT label, unit, subject_id
    FROM asked JOIN stats.sellers AS seller
      ON seller.grain = 'month' AND seller.period >= asked.first AND seller.period < asked.past
    LEFT JOIN place USING (region)
    GROUP BY GROUPING SETS ((label, unit, subject_id), (label, subject_id))
    HAVING (grouping(unit) = 1 OR unit IS NOT NULL) AND sum(seller.net_fen) > 0
)
SELECT label, coalesce(unit, 'province') AS unit, count(*) AS counted FROM reached GROUP BY label, unit
""")

_ACTIVE = """
    active AS MATERIALIZED (
        SELECT asked.label, asked.day, fact.station, fact.region, fact.type
        FROM asked JOIN codes.station_facts AS fact
          ON fact.valid_from <= asked.day AND (fact.valid_to IS NULL OR asked.day < fact.valid_to)
        WHERE fact.superseded_in IS NULL AND fact.status = 'active'
    )
"""

STATIONS = text(f"""
WITH {_ASKED}, {PLACES}, {_ACTIVE}
{_RESULT}
FROM active LEFT JOIN place USING (region) WHERE type = :type
{_BOTH}
""")
"""Active stations of a type."""


def _covered(digits: int, types: str, tag: str = "") -> TextClause:
    """Divisions with an active station of one of the types; of those tagged, where a tag is named."""
    tagged = (
        f"""
        WHERE EXISTS (
            SELECT FROM codes.division_tags AS tagged
            WHERE tagged.code = covered.region AND tagged.tag = '{tag}' AND tagged.superseded_in IS NULL
              AND tagged.valid_from <= covered.day AND (tagged.valid_to IS NULL OR covered.day < tagged.valid_to)
        )"""
        if tag
        else ""
    )
    return text(f"""
    WITH {_ASKED}, {PLACES}, {_ACTIVE}, covered AS (
        SELECT DISTINCT label, day, rpad(left(region, {digits}), 12, '0') AS region FROM active WHERE type IN ({types})
    )
    {_RESULT}
    FROM covered LEFT JOIN place USING (region) {tagged}
    {_BOTH}
    """)


TOWNSHIPS_WITH_STATION = _covered(9, "'service_station', 'convenience_centre'")
TOWNSHIPS_WITH_LOGISTICS = _covered(9, "'logistics_point'")
POOR_COUNTIES_WITH_CENTRE = _covered(6, "'county_centre'", "poor_county")

ALL_DIVISIONS = text(f"""
WITH {_ASKED}, {PLACES}
{_RESULT}
FROM asked JOIN codes.divisions AS division
  ON division.level = :level AND division.superseded_in IS NULL
 AND division.valid_from <= asked.day AND (division.valid_to IS NULL OR asked.day < division.valid_to)
LEFT JOIN place ON place.region = division.code
{_BOTH}
""")
"""How many divisions of a level there are."""

ALL_TAGGED = text(f"""
WITH {_ASKED}, {PLACES}
{_RESULT}
FROM asked JOIN codes.division_tags AS tagged
  ON tagged.tag = :tag AND tagged.superseded_in IS NULL
 AND tagged.valid_from <= asked.day AND (tagged.valid_to IS NULL OR asked.day < tagged.valid_to)
LEFT JOIN place ON place.region = tagged.code
{_BOTH}
""")
"""How many divisions carry a tag."""

UNITS = text("""
SELECT unit.unit, unit.name, unit.name_en, array_agg(member.village ORDER BY member.village) AS villages
FROM codes.report_units AS unit JOIN codes.report_unit_villages AS member USING (unit)
WHERE member.superseded_in IS NULL AND member.valid_from <= :on AND (member.valid_to IS NULL OR :on < member.valid_to)
GROUP BY unit.unit, unit.name, unit.name_en ORDER BY min(member.village), unit.unit
""")
"""The reporting units with their villages on a day."""
