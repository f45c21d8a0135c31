"""Who sells where: two simulated platforms, their shops, and what each shop offers under whose code.

Four kinds of shop, so that each way of attribution is walked: a cooperative's own shop (bound as a shop), an
enterprise's shop with the goods of its cooperatives (bound as a shop and by listing), a village's shop in which each
household has its listing (一店带多户, bound by listing only), and resellers whom nobody has bound to anyone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from services.demo.identities import DEMO_MARK
from services.demo.products import PRODUCTS, Product
from services.demo.roster import FIRST_DAY, Cluster, Group, Roster
from services.demo.stations import station_name


class ShopKind(StrEnum):
    """Whose shop it is."""

    COOPERATIVE = "cooperative"
    ENTERPRISE = "enterprise"
    VILLAGE = "village"
    RESELLER = "reseller"


@dataclass(frozen=True, slots=True)
class Platform:
    """A simulated platform. ``order_prefix`` begins its order numbers; ``share`` is its weight among the platforms."""

    key: str
    name: str
    order_prefix: str
    share: int


PLATFORMS: Final = (
    Platform("guinong", f"贵农网{DEMO_MARK}", "G", 45),
    Platform("tmall", f"天猫{DEMO_MARK}", "T", 55),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """Goods offered in a shop. ``producer`` is the key of whose code they bear; ``bound`` if by a listing binding."""

    sku: str
    title: str
    category: str
    unit: str
    price_fen: int
    producer: str | None
    bound: bool


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop on a platform with what it offers. ``owner`` is the key of the subject it is bound to, if it is."""

    platform: str
    shop: str
    name: str
    kind: ShopKind
    owner: str | None
    listings: tuple[Listing, ...]
    station: str | None = None
    """The station that the shop's orders go through, for shops of villages."""

    def binding(self, codes: Mapping[str, str]) -> dict[str, Any] | None:
        """The request body of ``POST /v1/shops``, or None for a shop that is bound to nobody."""
        if self.owner is None:
            return None
        return {
            "platform": self.platform,
            "shop": self.shop,
            "code": codes[self.owner],
            "valid_from": FIRST_DAY.isoformat(),
        }

    def listing_bindings(self, codes: Mapping[str, str]) -> list[dict[str, Any]]:
        """The request bodies of ``POST /v1/listings`` for what this shop has bound."""
        return [
            {
                "platform": self.platform,
                "shop": self.shop,
                "sku": listing.sku,
                "code": codes[listing.producer],
                "valid_from": FIRST_DAY.isoformat(),
            }
            for listing in self.listings
            if listing.bound and listing.producer is not None
        ]


_MEMBERS_WITH_THEIR_OWN_GOODS: Final = 5
_RESELLERS: Final = 3
_RESELLER_GOODS: Final = 8


def open_shops(roster: Roster, platform: Platform) -> tuple[Shop, ...]:
    """The shops of ``platform``: every cooperative and reseller is on both platforms, every other cluster and all
    enterprises are on Tmall, the other clusters on Guinongwang.
    """
    on_tmall = platform.key == "tmall"
    members = roster.members_of()
    by_key = {group.key: group for group in roster.cooperatives}
    shops = [_cooperatives_shop(platform, group, members[group.key]) for group in roster.cooperatives]
    if on_tmall:
        shops += [
            _enterprises_shop(platform, enterprise, [by_key[key] for key in members[enterprise.key]])
            for enterprise in roster.enterprises
        ]
    shops += [
        _villages_shop(platform, number, cluster, station_name(number % len(roster.cooperatives)))
        for number, cluster in enumerate(roster.clusters, start=1)
        if (number % 2 == 0) == on_tmall
    ]
    shops += [_resellers_shop(platform, number) for number in range(1, _RESELLERS + 1)]
    return tuple(shops)


def _cooperatives_shop(platform: Platform, group: Group, members: list[str]) -> Shop:
    """Three packages of the cooperative's, and the goods of a few members, which bear the members' own codes."""
    number = group.key.rpartition("-")[2]
    product = group.product
    own = [_listing(f"HZS{number}-{size}", product, times=size, producer=group.key, bound=False) for size in (1, 2, 3)]
    of_members = [
        _listing(f"HZS{number}-H{place}", product, note="农户直供", producer=member, bound=False)
        for place, member in enumerate(members[:_MEMBERS_WITH_THEIR_OWN_GOODS], start=1)
    ]
    return Shop(
        platform.key,
        f"hezuoshe-{number}",
        f"{product.name}合作社店{DEMO_MARK}",
        ShopKind.COOPERATIVE,
        group.key,
        (*own, *of_members),
    )


def _enterprises_shop(platform: Platform, enterprise: Group, cooperatives: list[Group]) -> Shop:
    number = enterprise.key.rpartition("-")[2]
    listings = [
        _listing(
            f"QY{number}-{group.key.rpartition('-')[2]}-{size}",
            group.product,
            times=size,
            producer=group.key,
            bound=True,
        )
        for group in cooperatives
        for size in (1, 2)
    ]
    listings.append(_listing(f"QY{number}-0", enterprise.product, producer=enterprise.key, bound=False))
    return Shop(
        platform.key,
        f"qiye-{number}",
        f"{enterprise.product.name}旗舰店{DEMO_MARK}",
        ShopKind.ENTERPRISE,
        enterprise.key,
        tuple(listings),
    )


def _villages_shop(platform: Platform, number: int, cluster: Cluster, station: str) -> Shop:
    product, households = cluster.product, cluster.households
    listings = [
        _listing(f"CD{number:03d}-{place:02d}", product, note="一户一品", producer=household, bound=True)
        for place, household in enumerate(households, start=1)
    ]
    name = f"{product.name}村店{DEMO_MARK}"
    return Shop(platform.key, f"cundian-{number:03d}", name, ShopKind.VILLAGE, None, tuple(listings), station)


def _resellers_shop(platform: Platform, number: int) -> Shop:
    goods = [PRODUCTS[(number * 11 + step * 5) % len(PRODUCTS)] for step in range(_RESELLER_GOODS)]
    listings = [
        _listing(f"FX{number}-{place}", product, producer=None, bound=False)
        for place, product in enumerate(goods, start=1)
    ]
    name = f"黔货优选{number}店{DEMO_MARK}"
    return Shop(platform.key, f"fenxiao-{number}", name, ShopKind.RESELLER, None, tuple(listings))


def _listing(
    sku: str, product: Product, *, producer: str | None, bound: bool, times: int = 1, note: str = ""
) -> Listing:
    size = product.package if times == 1 else f"{product.package}×{times}"
    title = " ".join(filter(None, (product.name, size, note)))
    return Listing(sku, title, product.category, product.unit, product.price_fen * times, producer, bound)
