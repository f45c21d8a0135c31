"""A made-up registry and the incomes of some years, and the figures of the uplift worked out in plain Python."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from services.codes.divisions import read_divisions
from services.kit.money import round_ratio
from services.stats.period import Period
from tests.integration.stats.history import History

YEAR = 2019
BASES = ("paid", "contract", "imputed")
WAYS = ("own", "cooperative", "enterprise")


@dataclass
class Household:
    """A household, with what was registered and what reached it."""

    subject_id: int
    village: str
    persons: int
    status: str
    status_before: str
    registered: dict[int, int]
    """Fen per head by year."""
    incomes: dict[tuple[int, str, str], dict[str, int]] = field(default_factory=dict)
    """Fen by (year, way, category), then basis."""
    is_linked: bool = False

    def income(self, year: int) -> int:
        """All of a year."""
        return sum(sum(bases.values()) for (of, _, _), bases in self.incomes.items() if of == year)

    def has_by(self, way: str) -> bool:
        """Whether it has income of this year by a way."""
        return any(any(amounts.values()) for key, amounts in self.incomes.items() if key[:2] == (YEAR, way))

    @property
    def first_year(self) -> int | None:
        """The first year with income."""
        return min((year for year, _, _ in self.incomes if self.income(year) > 0), default=None)

    def baseline(self) -> tuple[int, int] | None:
        """Year and fen per head of the last registered year before the first income, and before this year."""
        before = [year for year in self.registered if year < min(self.first_year or YEAR, YEAR)]
        return (max(before), self.registered[max(before)]) if before else None


def make(seed: int, villages: list[str], size: int) -> list[Household]:
    """A world of ``size`` households."""
    source = random.Random(seed)  # noqa: S311 - to come out the same
    found = []
    for subject_id in range(1, size + 1):
        reached = source.random() < 0.5
        level = source.randint(150_000, 900_000)
        years = [year for year in (2017, 2018, 2019) if source.random() < 0.9]
        registered = {year: level + source.randint(-40_000, 60_000) * (year - 2016) for year in years}
        if source.random() < 0.05:
            registered[2016] = 0
        household = Household(
            subject_id, source.choice(villages), source.randint(1, 6), source.choice(["registered", "out_of_poverty"]),
            source.choice(["registered", "monitored"]), registered, is_linked=reached or source.random() < 0.2,
        )  # fmt: skip
        for year in (2018, 2019) if source.random() < 0.3 else (2019,):
            for way in source.sample(WAYS, source.randint(1, 3)) if reached else ():
                amounts = {basis: source.choice([0, 30, 5_000, source.randint(1, 900_000)]) for basis in BASES}
                household.incomes[year, way, source.choice(["tea", "rice"])] = amounts
        found.append(household)
    return found


async def write(history: History, households: list[Household]) -> None:
    """The registry and the part of the cube that the uplift is read from."""
    batch = await history.codes_batch()
    for one in households:
        await history.run(
            "INSERT INTO codes.subject_versions "
            "(subject_id, valid_from, valid_to, recorded_in, region, persons, status) "
            "VALUES (:id, '2015-01-01', '2019-06-01', :batch, :village, :persons, :before),"
            " (:id, '2019-06-01', NULL, :batch, :village, :persons, :status)",
            id=one.subject_id, batch=batch, village=one.village, persons=one.persons, before=one.status_before,
            status=one.status,
        )  # fmt: skip
        await history.run(
            "INSERT INTO codes.directory_entries (code, valid_from, recorded_in, state, subject_id, kind, region) "
            "VALUES (:code, '2015-01-01', :batch, 'in_force', :id, 'household', :village)",
            code=f"H{one.subject_id:09d}", batch=batch, id=one.subject_id, village=one.village,
        )  # fmt: skip
        for year, fen in one.registered.items():
            await history.run(
                "INSERT INTO codes.income_records (subject_id, year, recorded_in, per_head_fen, persons) "
                "VALUES (:id, :year, :batch, :fen, :persons)",
                id=one.subject_id, year=year, batch=batch, fen=fen, persons=one.persons,
            )  # fmt: skip
        if one.is_linked:
            await history.run(
                "INSERT INTO codes.links "
                "(member_id, member_kind, group_id, group_kind, weight, valid_from, recorded_in) "
                "VALUES (:id, 'household', 900, 'cooperative', 1, '2017-01-01', :batch)",
                id=one.subject_id, batch=batch,
            )  # fmt: skip
        for (year, way, category), amounts in one.incomes.items():
            await history.run(
                "INSERT INTO stats.household_years VALUES (:id, :year, :way, :category, :contract, :imputed, :paid)",
                id=one.subject_id, year=year, way=way, category=category, **amounts,
            )  # fmt: skip


def villages_of(count: int) -> list[str]:
    """Villages of a few townships of Guizhou, five of each, in several counties."""
    by_township: dict[str, list[str]] = defaultdict(list)
    for division in read_divisions():
        if division.level == "village" and division.parent_code:
            by_township[division.parent_code].append(division.code)
    townships = [codes for _, codes in sorted(by_township.items()) if len(codes) >= 5]
    step = len(townships) // count
    return [code for codes in townships[::step][:count] for code in codes[:5]]


def figures(households: list[Household], lines: dict[int, int]) -> dict[str, Any]:
    """The same figures by definition, person by person where they are about people."""
    people: list[Fraction] = []
    found: Counter[str] = Counter()
    rates, before, after = [], [], []
    for one in households:
        income, baseline = one.income(YEAR), one.baseline()
        found["income_fen"] += income
        if income >= 100:
            found["households_reached"] += 1
            people += [Fraction(income, one.persons)] * one.persons
        found["people_with_increase"] += one.persons * (income > one.income(YEAR - 1))
        exits = one.status == "out_of_poverty" and one.status_before == "registered"
        found["registry_exits"] += exits
        if baseline and baseline[1] > 0:
            before += [Fraction(baseline[1])] * one.persons
            after += [baseline[1] + Fraction(income, one.persons)] * one.persons
            if income > 0:
                rates.append(Fraction(income, baseline[1] * one.persons))
                found["baseline_fen"] += baseline[1] * one.persons
                found["income_with_baseline_fen"] += income
        if income > 0 and baseline and baseline[0] in lines and baseline[1] < lines[baseline[0]]:
            grown = Fraction(baseline[1] * lines[YEAR], lines[baseline[0]]) + Fraction(income, one.persons)
            found["households_below_line"] += 1
            found["households_closed"] += grown >= lines[YEAR]
            found["households_in_both"] += exits and grown >= lines[YEAR]
    people.sort()
    mean_rate = sum(rates, Fraction(0)) / len(rates)
    return {
        **found,
        "people_reached": len(people),
        "quantile": lambda percent: people[-(-len(people) * percent // 100) - 1],
        "mean_rate_bp": round_ratio(mean_rate.numerator * 10_000, mean_rate.denominator),
        "gini_before": _gini(before),
        "gini_after": _gini(after),
    }


def _gini(people: list[Fraction]) -> int:
    ordered = sorted(people)
    moment = sum((2 * place - len(ordered) - 1) * value for place, value in enumerate(ordered, 1))
    exact = Fraction(moment) / (len(ordered) * sum(ordered))
    return round_ratio(exact.numerator * 10_000, exact.denominator)


THE_YEAR = Period(str(YEAR), date(YEAR, 1, 1), date(YEAR + 1, 1, 1))
