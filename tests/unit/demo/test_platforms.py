"""The platforms' year: repeatable, whole, and as untidy as announced."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from services.codes.code import MalformedCode, draw_code, parse_code
from services.demo.orders import mistype, unknown_code
from services.demo.platforms import Post, orders_of_platform, posts_of_all, year_of_posts
from services.demo.products import CATEGORY_BY_CODE
from services.demo.roster import Roster, generate_roster
from services.demo.seasons import orders_by_day
from services.demo.shops import PLATFORMS, Shop, ShopKind, open_shops

ORDERS = 12_000


@pytest.fixture(scope="module")
def roster() -> Roster:
    return generate_roster(households=400, cooperatives=40, enterprises=10)


@pytest.fixture(scope="module")
def codes(roster: Roster) -> dict[str, str]:
    randomness = random.Random(7).randrange  # noqa: S311 - these codes are for the test only
    return {subject.key: draw_code(subject.kind, randomness) for subject in roster.subjects}


@pytest.fixture(scope="module")
def posts(roster: Roster, codes: dict[str, str]) -> dict[str, list[Post]]:
    return {key: list(of_platform) for key, of_platform in posts_of_all(roster, codes, ORDERS).items()}


@pytest.fixture(scope="module")
def first_posts(posts: dict[str, list[Post]]) -> list[Post]:
    return [post for of_platform in posts.values() for post in of_platform if not post.repeated]


def orders_in(posts: Iterable[Post]) -> Iterator[dict[str, Any]]:
    return (order for post in posts for order in post.body.get("orders", []))


def refunds_in(posts: Iterable[Post]) -> Iterator[dict[str, Any]]:
    return (refund for post in posts for refund in post.body.get("refunds", []))


def fen(amount: str) -> int:
    assert amount[-3] == "."
    return int(amount.replace(".", ""))


def test_a_second_run_posts_exactly_the_same(
    roster: Roster, codes: dict[str, str], posts: dict[str, list[Post]]
) -> None:
    again = {key: list(of_platform) for key, of_platform in posts_of_all(roster, codes, ORDERS).items()}
    assert again == posts


def test_the_first_post_comes_without_the_rest_of_the_year(roster: Roster, codes: dict[str, str]) -> None:
    """Drawn lazily: however many orders there are, the first thousand lines are there as soon as their days are."""
    platform = PLATFORMS[0]
    first = next(year_of_posts(platform, open_shops(roster, platform), codes, 200_000))
    assert first.kind == "orders"
    assert max(order["occurred_at"] for order in first.body["orders"]) < "2019-01-03"
    assert first.lines <= 1_000


def test_all_orders_come_once_under_their_own_numbers(first_posts: list[Post]) -> None:
    numbers = [order["order_no"] for order in orders_in(first_posts)]
    assert len(numbers) == ORDERS == len(set(numbers))
    assert sum(orders_of_platform(ORDERS).values()) == ORDERS
    assert {order["occurred_at"][:4] for order in orders_in(first_posts)} == {"2019"}
    for order in orders_in(first_posts):
        assert datetime.fromisoformat(order["occurred_at"]).utcoffset() is not None
        assert [line["line_no"] for line in order["lines"]] == ["1", "2", "3"][: len(order["lines"])]
        assert all(fen(line["amount"]) > 0 and line["category"] in CATEGORY_BY_CODE for line in order["lines"])


def test_posts_hold_200_to_1000_lines_but_the_last_and_say_how_many(posts: dict[str, list[Post]]) -> None:
    for of_platform in posts.values():
        of_orders = [post for post in of_platform if post.kind == "orders"]
        sizes = [sum(len(order["lines"]) for order in post.body["orders"]) for post in of_orders]
        assert sizes == [post.lines for post in of_orders]
        assert max(sizes) <= 1_000
        assert sum(size < 200 for size in sizes) <= 3
        assert all(post.lines == len(post.body["refunds"]) for post in of_platform if post.kind == "refunds")


def test_idempotency_keys_are_never_used_twice(posts: dict[str, list[Post]]) -> None:
    keys = [post.idempotency_key for of_platform in posts.values() for post in of_platform]
    assert len(keys) == len(set(keys))


def test_each_platform_repeats_orders_and_refunds_word_for_word(posts: dict[str, list[Post]]) -> None:
    for of_platform in posts.values():
        repeated = [post for post in of_platform if post.repeated]
        assert {post.kind for post in repeated} == {"orders", "refunds"}
        for post in repeated:
            original = replace(post, idempotency_key=post.idempotency_key.removesuffix("-again"), repeated=False)
            assert of_platform.index(original) < of_platform.index(post)


def test_eight_in_ten_lines_can_be_attributed_and_all_ways_are_walked(
    roster: Roster, codes: dict[str, str], first_posts: list[Post]
) -> None:
    """By the code on the line, a listing, a shop; the others by nothing, a code nobody has, or no code at all."""
    shop_of = {(shop.platform, shop.shop): shop for platform in PLATFORMS for shop in open_shops(roster, platform)}
    ways: Counter[str] = Counter()
    for post in first_posts:
        for order in post.body.get("orders", []):
            shop = shop_of[post.platform, order["shop"]]
            ways.update(way_of(line, shop, set(codes.values())) for line in order["lines"])
    share = {way: count / ways.total() for way, count in ways.items()}
    assert 0.76 < share["code"] + share["listing"] + share["shop"] < 0.84
    assert min(share["listing"], share["shop"]) > 0.02
    assert 0.007 < share["unknown"] < 0.013
    assert 0.001 < share["malformed"] < 0.006
    assert share["nothing"] > 0.1


def way_of(line: dict[str, Any], shop: Shop, issued: set[str]) -> str:
    if "code" in line:
        try:
            return "code" if parse_code(line["code"]) in issued else "unknown"
        except MalformedCode:
            return "malformed"
    (listing,) = [listing for listing in shop.listings if listing.sku == line["sku"]]
    if listing.bound:
        return "listing"
    return "shop" if shop.owner else "nothing"


def test_refunds_are_about_five_in_a_hundred_and_never_more_than_the_line(first_posts: list[Post]) -> None:
    amount_of = {
        (order["order_no"], line["line_no"]): fen(line["amount"])
        for order in orders_in(first_posts)
        for line in order["lines"]
    }
    lines_of = Counter(order_no for order_no, _ in amount_of)
    refunded: Counter[tuple[str, str]] = Counter()
    partial = of_the_order = 0
    for refund in refunds_in(first_posts):
        line_no = refund["line_no"]
        if line_no is None:
            of_the_order += 1
            assert lines_of[refund["order_no"]] == 1
        key = (refund["order_no"], line_no or "1")
        refunded[key] += fen(refund["amount"])
        partial += fen(refund["amount"]) < amount_of[key]
        assert 0 < refunded[key] <= amount_of[key]
    assert 0.04 < len(refunded) / ORDERS < 0.06
    assert partial > 100
    assert of_the_order > 20


def test_a_tenth_of_refunds_come_before_their_order_and_no_other_does(posts: dict[str, list[Post]]) -> None:
    early = late = 0
    for of_platform in posts.values():
        arrived: set[str] = set()
        for post in of_platform:
            for refund in post.body.get("refunds", []):
                if not post.repeated:
                    early += refund["order_no"] not in arrived
                    late += refund["order_no"] in arrived
            arrived.update(order["order_no"] for order in post.body.get("orders", []))
    assert 0.06 < early / (early + late) < 0.14


def test_some_orders_are_posted_weeks_late(posts: dict[str, list[Post]]) -> None:
    """About two in a hundred come after orders that are at least a fortnight younger were posted before them."""
    late = 0
    for of_platform in posts.values():
        youngest = date(2019, 1, 1)
        for post in of_platform:
            days = [date.fromisoformat(order["occurred_at"][:10]) for order in post.body.get("orders", [])]
            late += 0 if post.repeated else sum((youngest - day).days >= 14 for day in days)
            youngest = max([youngest, *days])
    assert 0.01 < late / ORDERS < 0.03


def test_the_year_has_its_peaks_and_its_festival() -> None:
    by_day = orders_by_day(100_000)
    assert sum(by_day.values()) == 100_000
    assert len(by_day) == 365
    assert max(by_day, key=lambda day: by_day[day]) == date(2019, 11, 11)
    assert by_day[date(2019, 6, 18)] > 2 * by_day[date(2019, 6, 25)]
    assert 3 * by_day[date(2019, 2, 5)] < by_day[date(2019, 1, 22)]


def test_bindings_name_issued_codes_and_leave_resellers_alone(roster: Roster, codes: dict[str, str]) -> None:
    for platform in PLATFORMS:
        shops = open_shops(roster, platform)
        assert len({shop.shop for shop in shops}) == len(shops)
        for shop in shops:
            binding = shop.binding(codes)
            listings = shop.listing_bindings(codes)
            assert (binding is not None) == (shop.kind in {ShopKind.COOPERATIVE, ShopKind.ENTERPRISE})
            assert bool(listings) == (shop.kind in {ShopKind.ENTERPRISE, ShopKind.VILLAGE})
            assert {body["code"] for body in listings} <= set(codes.values())
            assert len({listing.sku for listing in shop.listings}) == len(shop.listings)


def test_a_small_demo_works_too() -> None:
    """One subject of each kind and a handful of orders: nothing is too small to be posted whole."""
    roster = generate_roster(households=1, cooperatives=1, enterprises=1)
    randomness = random.Random(1).randrange  # noqa: S311 - these codes are for the test only
    codes = {subject.key: draw_code(subject.kind, randomness) for subject in roster.subjects}
    posts = [post for of_platform in posts_of_all(roster, codes, 50).values() for post in of_platform]
    assert len(list(orders_in(post for post in posts if not post.repeated))) == 50


def test_posts_of_an_impossible_size_are_refused(roster: Roster, codes: dict[str, str]) -> None:
    platform = PLATFORMS[0]
    with pytest.raises(ValueError, match="no post can hold"):
        next(year_of_posts(platform, open_shops(roster, platform), codes, 10, lines_a_post=(5, 2)))


def test_wrong_codes_are_wrong_in_the_way_they_should_be(codes: dict[str, str]) -> None:
    randomness = random.Random(3).randrange  # noqa: S311 - these codes are for the test only
    issued = frozenset(codes.values())
    for code in list(issued)[:200]:
        with pytest.raises(MalformedCode):
            parse_code(mistype(code, randomness))
        assert parse_code(unknown_code(issued, randomness)) not in issued
