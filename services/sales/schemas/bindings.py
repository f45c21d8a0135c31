"""The wire of bindings: whose sales a shop's or a listing's lines are."""

from typing import Annotated

from pydantic import Field, Tag

from services.sales.schemas.dated import MAX_FACTS, ChangedFact, Ending, Fact, Valid, one_or_many
from services.sales.schemas.fields import Code, Incoming, Outgoing, PlatformKey, ShopName
from services.sales.validity import Dated


class ShopIn(Valid):
    """Whose sales a shop's lines are when neither line nor listing says (一店带多户, 一店带一村)."""

    platform: PlatformKey
    shop: ShopName
    code: Code

    def facts(self) -> list[Dated]:
        """As values."""
        return [Dated((self.platform, self.shop), (self.code,), self.valid_from, self.valid_to)]


class ShopsIn(Incoming):
    """Many bindings of shops."""

    shops: list[ShopIn] = Field(min_length=1, max_length=MAX_FACTS)

    def facts(self) -> list[Dated]:
        """As values."""
        return [fact for shop in self.shops for fact in shop.facts()]


class ListingIn(Valid):
    """Whose goods a shop's SKU is."""

    platform: PlatformKey
    shop: ShopName
    sku: ShopName
    code: Code

    def facts(self) -> list[Dated]:
        """As values."""
        return [Dated((self.platform, self.shop, self.sku), (self.code,), self.valid_from, self.valid_to)]


class ListingsIn(Incoming):
    """Many bindings of listings."""

    listings: list[ListingIn] = Field(min_length=1, max_length=MAX_FACTS)

    def facts(self) -> list[Dated]:
        """As values."""
        return [fact for listing in self.listings for fact in listing.facts()]


class ShopEnding(Ending):
    """Which binding of a shop ends."""

    platform: PlatformKey
    shop: ShopName


class ListingEnding(Ending):
    """Which binding of a listing ends."""

    platform: PlatformKey
    shop: ShopName
    sku: ShopName


class ShopOut(Fact):
    """A binding of a shop."""

    platform: str
    shop: str
    code: str


class CurrentShop(ShopOut):
    """A binding as known now, and the batch that wrote it."""

    recorded_in: int


class ChangedShop(ShopOut, ChangedFact):
    """What a request did to a binding."""


class ShopsPage(Outgoing):
    """A page of bindings; ``next`` is the ``after`` of the next page, null on the last."""

    shops: list[CurrentShop]
    next: str | None


class ListingOut(Fact):
    """A binding of a listing."""

    platform: str
    shop: str
    sku: str
    code: str


class CurrentListing(ListingOut):
    """A binding as known now, and the batch that wrote it."""

    recorded_in: int


class ChangedListing(ListingOut, ChangedFact):
    """What a request did to a binding."""


class ListingsPage(Outgoing):
    """A page of bindings; ``next`` is the ``after`` of the next page, null on the last."""

    listings: list[CurrentListing]
    next: str | None


OneOrManyShops = Annotated[Annotated[ShopIn, Tag("one")] | Annotated[ShopsIn, Tag("many")], one_or_many("shops")]
OneOrManyListings = Annotated[
    Annotated[ListingIn, Tag("one")] | Annotated[ListingsIn, Tag("many")], one_or_many("listings")
]
