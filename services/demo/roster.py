"""The demo's roster: households, cooperatives and enterprises in real villages, how they are linked, what they sell.

Pure and repeatable: the same sizes and seed give the same roster, key by key, so a second demo finds what the first
registered. Amounts are plausible by the field's figures for 2018 (households of 1 to 8, on average 3.5 persons; 2,500
to 6,000 yuan net income per head), and taken from no register.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, Final

from services.codes.code import Kind
from services.codes.divisions import Division, Level, read_divisions
from services.demo.identities import DEMO_MARK, IdCards, credit_code, name_of_holder
from services.demo.products import PRODUCTS, RATIOS, Product, Ratio
from services.kit.money import format_yuan, split_by_weight

REGISTERED_ON: Final = date(2018, 12, 31)
FIRST_DAY: Final = date(2019, 1, 1)

_PERSONS_WEIGHTS: Final = (8, 19, 27, 23, 13, 6, 3, 1)
"""Of a hundred households those of 1, 2, … 8 persons: 3.49 on average."""

_STATUSES: Final = ("registered", "out_of_poverty", "monitored", "other")
_STATUS_WEIGHTS: Final = (30, 45, 5, 20)
_BASELINE_YUAN: Final = {
    "registered": (2500, 3500),
    "out_of_poverty": (3600, 5500),
    "monitored": (3000, 4200),
    "other": (4200, 6000),
}

_MEMBERS_OF_TEN_HOUSEHOLDS: Final = 8
_LINKED_OF_FOUR_COOPERATIVES: Final = 3
_HOUSEHOLDS_A_CLUSTER: Final = 20
_NEIGHBOURS_OF_TEN_HOUSEHOLDS: Final = 3
_LATE_LINK_DAYS: Final = (date(2019, 4, 1), date(2019, 7, 1))
_LATE_LINK_PERCENT: Final = 5

_VILLAGE_NAME_END: Final = re.compile(r"(?:村村民委员会|村委会|居委会|居民委员会|村民委员会|社区居委会|社区|村)$")


@dataclass(frozen=True, slots=True)
class Household:
    """A household. ``baseline_fen`` is its net income of 2018 per head."""

    key: str
    region: str
    name: str
    id_card: str
    persons: int
    status: str
    baseline_fen: int

    kind = Kind.HOUSEHOLD

    def body(self) -> dict[str, Any]:
        """The request body of ``POST /v1/subjects``."""
        return {
            "kind": self.kind.value,
            "region": self.region,
            "name": self.name,
            "id_card": self.id_card,
            "persons": self.persons,
            "status": self.status,
            "baseline_income": format_yuan(self.baseline_fen),
            "baseline_year": 2018,
            "registered_on": REGISTERED_ON.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Group:
    """A cooperative or enterprise, and the product it lives on. ``members_bp`` of its income base is its members'."""

    key: str
    kind: Kind
    region: str
    name: str
    uscc: str
    members_bp: int
    product: Product

    def body(self) -> dict[str, Any]:
        """The request body of ``POST /v1/subjects``."""
        return {
            "kind": self.kind.value,
            "region": self.region,
            "name": self.name,
            "uscc": self.uscc,
            "members_bp": self.members_bp,
            "registered_on": REGISTERED_ON.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Link:
    """A household in a cooperative, or a cooperative in an enterprise (利益联结), by their keys."""

    member: str
    group: str
    weight: int
    valid_from: date

    def body(self, codes: Mapping[str, str]) -> dict[str, Any]:
        """The request body of ``POST /v1/links``; ``codes`` are the codes issued, by key."""
        return {
            "member": codes[self.member],
            "group": codes[self.group],
            "weight": self.weight,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": None,
        }


@dataclass(frozen=True, slots=True)
class Cluster:
    """Households without a cooperative in one township, which sell the same product under their own codes."""

    product: Product
    households: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """All of the demo's subjects, links and ratios. ``members`` lists each group's members by the group's key."""

    households: tuple[Household, ...]
    cooperatives: tuple[Group, ...]
    enterprises: tuple[Group, ...]
    links: tuple[Link, ...]
    clusters: tuple[Cluster, ...]
    ratios: tuple[Ratio, ...]
    neighbours: tuple[Household, ...] = ()
    """Households in the members' villages that neither sell nor are members: those whom the others compare with."""

    @property
    def subjects(self) -> tuple[Household | Group, ...]:
        """Everyone who gets a code, groups before households."""
        return (*self.enterprises, *self.cooperatives, *self.households, *self.neighbours)

    def members_of(self) -> dict[str, list[str]]:
        """The keys of each group's members, by the group's key."""
        members: dict[str, list[str]] = {group.key: [] for group in (*self.cooperatives, *self.enterprises)}
        for link in self.links:
            members[link.group].append(link.member)
        return members


def generate_roster(
    *,
    households: int = 2000,
    cooperatives: int = 40,
    enterprises: int = 10,
    seed: int = 2019,
    divisions: Sequence[Division] | None = None,
) -> Roster:
    """The roster of the given sizes: at least one of each; ``ValueError`` otherwise.

    Four in five households are members of a cooperative of their township, three in four cooperatives are linked to an
    enterprise; the other households sell by themselves. Three more for each ten households live
    beside them and do neither.
    """
    if min(households, cooperatives, enterprises) < 1:
        raise ValueError("演示名册每类至少一个 / the demo needs at least one household, cooperative and enterprise")
    builder = _Builder(Random(f"roster-{seed}"), divisions or read_divisions())  # noqa: S311 - to come out the same
    groups = tuple(builder.found_cooperative(turn) for turn in range(cooperatives))
    companies, company_links = builder.found_enterprises(groups, enterprises)
    member_count = max(1, households * _MEMBERS_OF_TEN_HOUSEHOLDS // 10)
    members, member_links = builder.settle_members(groups, member_count)
    others, clusters = builder.settle_clusters(households - member_count)
    neighbours = builder.settle_neighbours(members, households * _NEIGHBOURS_OF_TEN_HOUSEHOLDS // 10)
    return Roster(
        households=(*members, *others),
        cooperatives=groups,
        enterprises=companies,
        links=(*member_links, *company_links),
        clusters=clusters,
        ratios=RATIOS,
        neighbours=neighbours,
    )


class _Builder:
    """Draws the roster's parts, in a fixed order, from one source of randomness."""

    def __init__(self, source: Random, divisions: Sequence[Division]) -> None:
        self._source = source
        self._by_code = {division.code: division for division in divisions}
        self._villages: dict[str, list[str]] = {}
        for division in divisions:
            if division.level is Level.VILLAGE and division.parent_code:
                self._villages.setdefault(division.parent_code, []).append(division.code)
        self._id_cards = IdCards()
        self._households = 0

    def found_cooperative(self, turn: int) -> Group:
        """Cooperative number ``turn``, in the place of a product; products come round again after the last."""
        product = PRODUCTS[turn % len(PRODUCTS)]
        region = self._source.choice(self._villages[self._choose_township(product)])
        return Group(
            key=f"cooperative-{turn + 1:03d}",
            kind=Kind.COOPERATIVE,
            region=region,
            name=f"{self._short_name(region)}{product.name}农民专业合作社{DEMO_MARK}",
            uscc=credit_code("93", region, turn + 1),
            members_bp=self._source.choice((10_000, 10_000, 9_000, 8_000)),
            product=product,
        )

    def found_enterprises(
        self, cooperatives: Sequence[Group], count: int
    ) -> tuple[tuple[Group, ...], tuple[Link, ...]]:
        """The enterprises, each where one of its cooperatives is, and the links of neighbouring cooperatives."""
        nearby = sorted(cooperatives, key=lambda group: group.region)
        linked = [group for turn, group in enumerate(nearby) if turn % 4 < _LINKED_OF_FOUR_COOPERATIVES]
        enterprises: list[Group] = []
        for turn in range(count):
            home = linked[turn * len(linked) // count]
            name = f"贵州{self._short_name(home.region)}{home.product.name}农业发展有限公司{DEMO_MARK}"
            enterprises.append(
                Group(
                    key=f"enterprise-{turn + 1:02d}",
                    kind=Kind.ENTERPRISE,
                    region=home.region,
                    name=name,
                    uscc=credit_code("91", home.region, 50_000 + turn),
                    members_bp=self._source.choice((3_000, 4_000, 5_000, 6_000)),
                    product=home.product,
                )
            )
        links = tuple(
            Link(group.key, enterprises[turn * count // len(linked)].key, self._source.randint(1, 5), FIRST_DAY)
            for turn, group in enumerate(linked)
        )
        return tuple(enterprises), links

    def settle_members(
        self, cooperatives: Sequence[Group], count: int
    ) -> tuple[tuple[Household, ...], tuple[Link, ...]]:
        """``count`` households in the townships of the cooperatives, three to six villages each, and their links."""
        sizes = split_by_weight(count, [self._source.randint(50, 150) for _ in cooperatives])
        members: list[Household] = []
        links: list[Link] = []
        for group, size in zip(cooperatives, sizes, strict=True):
            villages = self._choose_villages(self._by_code[group.region].parent_code or "")
            for _ in range(size):
                household = self._settle(self._source.choice(villages))
                late = self._source.randrange(100) < _LATE_LINK_PERCENT
                valid_from = self._source.choice(_LATE_LINK_DAYS) if late else FIRST_DAY
                members.append(household)
                links.append(Link(household.key, group.key, self._source.randint(1, 5), valid_from))
        return tuple(members), tuple(links)

    def settle_clusters(self, count: int) -> tuple[tuple[Household, ...], tuple[Cluster, ...]]:
        """``count`` households on their own, about twenty to a village of a product's place."""
        households: list[Household] = []
        clusters: list[Cluster] = []
        while len(households) < count:
            product = PRODUCTS[len(clusters) * 7 % len(PRODUCTS)]
            village = self._source.choice(self._villages[self._choose_township(product)])
            settled = [self._settle(village) for _ in range(min(_HOUSEHOLDS_A_CLUSTER, count - len(households)))]
            clusters.append(Cluster(product, tuple(household.key for household in settled)))
            households += settled
        return tuple(households), tuple(clusters)

    def settle_neighbours(self, members: Sequence[Household], count: int) -> tuple[Household, ...]:
        """``count`` households in villages of the members."""
        return tuple(self._settle(self._source.choice(members).region) for _ in range(count))

    def _settle(self, village: str) -> Household:
        self._households += 1
        id_card = self._id_cards.issue(village)
        status = self._source.choices(_STATUSES, _STATUS_WEIGHTS)[0]
        lowest, highest = _BASELINE_YUAN[status]
        return Household(
            key=f"household-{self._households:05d}",
            region=village,
            name=name_of_holder(id_card, self._source.randrange),
            id_card=id_card,
            persons=self._source.choices(range(1, 9), _PERSONS_WEIGHTS)[0],
            status=status,
            baseline_fen=self._source.randint(lowest * 10, highest * 10) * 10,
        )

    def _choose_township(self, product: Product) -> str:
        """A township of the product's place that is countryside: more villagers' than residents' committees."""
        townships = [code for code in self._villages if code.startswith(product.place)]
        rural = [code for code in townships if sum(village[9] == "2" for village in self._villages[code]) > 3]  # noqa: PLR2004
        return self._source.choice(rural or townships)

    def _choose_villages(self, township: str) -> list[str]:
        villages = self._villages[township]
        return self._source.sample(villages, min(len(villages), self._source.randint(3, 6)))

    def _short_name(self, region: str) -> str:
        return _VILLAGE_NAME_END.sub("", self._by_code[region].name)
