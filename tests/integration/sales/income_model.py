"""What income must be, as a plain model written from DESIGN.md §4 for sales of one day: no SQL, none of the services'
code.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256

from tests.integration.sales.model import Model, largest_remainders

ALL_BP = 10_000
KEPT = "kept"


@dataclass
class IncomeModel:
    """Ratios, links and payments; sales are asked of the other model. Subjects begin with H, C or E."""

    default_bp: int
    day: str
    ratios: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Category to ratio and basis, where the subjects live; else the default, imputed."""
    members_bp: dict[str, int] = field(default_factory=dict)
    links: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Group to its members on the day, with weights."""
    payments: dict[tuple[str, str], dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """(group, household) to payments of the month, by number."""

    def bases(self, sales: Model) -> dict[tuple[str, str, str], int]:
        """(source, category, basis) to its base: the floor of net sales by the ratio."""
        nets: dict[tuple[str, str], int] = defaultdict(int)
        for (order_no, line_no, subject), net in sales.net_by_holder().items():
            nets[subject, sales.lines[order_no, line_no].category] += net
        found = {}
        for (subject, category), net in nets.items():
            ratio_bp, basis = self.ratios.get(category, (self.default_bp, "imputed"))
            if net * ratio_bp // ALL_BP:
                found[subject, category, "contract" if subject[0] == "H" else basis] = net * ratio_bp // ALL_BP
        return found

    def households(self, sales: Model, numbers: dict[str, int]) -> dict[str, int]:
        """What reached each household: its own, its parts of groups unless these paid it, and what they paid.
        ``numbers`` are the subjects' as ties know them.
        """
        reached: dict[str, int] = defaultdict(int)
        pooled: dict[tuple[str, str, str], int] = defaultdict(int, self.bases(sales))
        for kind in (
            "E",
            "C",
        ):  # an enterprise first: what a cooperative gets of it is divided with its own
            for (group, category, basis), base in sorted(pooled.items()):
                if group[0] != kind:
                    continue
                for member, fen in self._divide(group, category, base, numbers).items():
                    if member[0] == "C":
                        pooled[member, category, basis] += fen
                    elif not self.payments.get((group, member)):
                        reached[member] += fen
        for (subject, _, _), base in pooled.items():
            if subject[0] == "H":
                reached[subject] += base
        for (_, household), paid in self.payments.items():
            reached[household] += sum(paid.values())
        return {household: fen for household, fen in reached.items() if fen}

    def _divide(self, group: str, category: str, base: int, numbers: dict[str, int]) -> dict[str, int]:
        links, members_bp = self.links.get(group, {}), self.members_bp[group]
        if not links:
            return {}
        weights = {member: weight * members_bp for member, weight in links.items()}
        weights[KEPT] = sum(links.values()) * (ALL_BP - members_bp)
        ties = {
            member: "0" + sha256(f"{numbers[group]}|{self.day}|{category}|{numbers[member]}".encode()).hexdigest()
            for member in links
        }
        parts = largest_remainders(base, weights, {**ties, KEPT: "1"})
        del parts[KEPT]
        return parts
