"""A small history with figures worked out by hand: an enterprise, two cooperatives, four households, spring of 2020.

What reaches whom in February (yuan):

* household 1 sold tea for 100.00 under its own code, 35 % imputed: 35.00;
* cooperative 11 sold chili for 60.00, 10.00 refunded in March, 50 % by contract: 25.00, by weights 1 : 2 to households
  1 and 2: 8.33 and 16.67;
* enterprise 21 sold tea for 200.00, 35 % imputed: 70.00, half of it to its member, cooperative 12; the cooperative
  passes on 80 % of its 35.00, to households 3 and 4 alike: 14.00 each. 35.00 and 7.00 stay with the groups;
* household 2 sold for 5.00 in a category without a ratio: nothing is known of its income.

In March cooperative 12 sold tea for 40.00: 14.00, of which 5.60 each; and household 3 moved to the other county.
"""

from datetime import date

from tests.integration.stats.history import History

VILLAGE, NEIGHBOUR = "520111105201", "520111105202"
COUNTY = "520111000000"
FAR_VILLAGE, FAR_COUNTY = "522701106001", "522701000000"
PROVINCE = "520000000000"


async def tell(history: History) -> None:
    """Let it all happen."""
    await history.divisions([VILLAGE, NEIGHBOUR, FAR_VILLAGE])
    await history.register(1, "household", VILLAGE, persons=4, baseline=(2018, 200_000))
    await history.register(2, "household", VILLAGE, persons=3, status="out_of_poverty")
    await history.register(3, "household", NEIGHBOUR, persons=2, status="monitored", baseline=(2019, 100_000))
    await history.register(4, "household", FAR_VILLAGE, persons=5, status="other", baseline=(2020, 100_000))
    await history.register(11, "cooperative", VILLAGE)
    await history.register(12, "cooperative", FAR_VILLAGE, members_bp=8_000)
    await history.register(21, "enterprise", FAR_COUNTY, members_bp=5_000)
    for member, group, weight in ((1, 11, 1), (2, 11, 2), (3, 12, 1), (4, 12, 1), (12, 21, 1)):
        await history.link(member, group, weight=weight)
    history.ratios |= {"tea": "imputed", "chili": "contract", "other": None}
    february = date(2020, 2, 3)
    await history.sell(("T1", "tmall", "1"), 1, february, 10_000)
    await history.sell(("T1", "tmall", "2"), 11, february, 6_000, category="chili")
    await history.sell(("J1", "jd", "1"), 21, date(2020, 2, 10), 20_000)
    await history.sell(("T2", "tmall", "1"), 2, date(2020, 2, 29), 500, category="other")
    await history.settle()
    await history.refund(("T1", "tmall", "2"), 1_000, date(2020, 3, 1))
    await history.sell(("J2", "jd", "1"), 12, date(2020, 3, 5), 4_000)
    await history.settle()
    await history.move(3, FAR_VILLAGE, date(2020, 3, 1), persons=3)
    await history.run(
        "INSERT INTO sales.parked_lines (order_no, platform, line_no, occurred_at, shop, trade, category, "
        "quantity_milli, amount_fen, content_hash, batch_id, reason) "
        "VALUES ('P1', 'tmall', '1', '2020-02-11T12:00:00+08:00', 'shop', 'retail', 'tea', 1000, 3500, '', 1, "
        "'no_binding')"
    )
