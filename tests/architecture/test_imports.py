"""Who may import whom: the contracts of ``pyproject.toml`` hold, cover the house, and would catch a breach."""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter import api as linter
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract

ROOT = Path(__file__).parents[2]
KINDS: dict[str, Any] = {"layers": LayersContract, "independence": IndependenceContract, "forbidden": ForbiddenContract}
SERVICES = {"auth", "codes", "sales", "stats", "gateway", "web"}
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Every import in the project."""
    return grimp.build_graph("services", "migrations", include_external_packages=True, cache_dir=None)


def is_kept(name: str, graph: grimp.ImportGraph) -> bool:
    """Whether the contract ``name`` holds in this graph."""
    options = linter.read_configuration(str(ROOT / "pyproject.toml"))
    (contract,) = [one for one in options["contracts_options"] if one["name"] == CONTRACTS[name]["name"]]
    checked = KINDS[contract["type"]](contract["name"], options["session_options"], contract)
    return bool(checked.check(deepcopy(graph), verbose=False).kept)


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_contract_is_kept(name: str, graph: grimp.ImportGraph) -> None:
    """Each by itself, so that a breach has a name."""
    assert is_kept(name, graph)


@pytest.mark.parametrize(
    ("name", "importer", "imported"),
    [
        ("storeys", "services.kit.money", "services.sales.line"),
        ("storeys", "services.sales.app", "services.host"),
        ("published", "services.sales.line", "services.codes.tables"),
        ("published", "services.stats.cube.folding", "services.sales.queries.lines"),
        ("published", "services.gateway.routing", "services.auth.service"),
        ("no-tables", "services.web.api", "services.sales.tables"),
        ("demo", "services.demo.story", "services.sales.recording"),
        ("migrations", "migrations.publish", "services.codes.timeline"),
        ("pure", "services.sales.refund", "sqlalchemy"),
        ("pure", "services.stats.cube.split", "fastapi"),
    ],
)
def test_contract_would_catch_a_breach(name: str, importer: str, imported: str, graph: grimp.ImportGraph) -> None:
    """One forbidden import more, and the contract is broken: none of them is there for show."""
    breached = deepcopy(graph)
    for module in (importer, imported):
        assert module in breached.modules, "the example has been renamed"
    breached.add_import(importer=importer, imported=imported)
    assert not is_kept(name, breached)


def test_contracts_know_every_part_of_the_house() -> None:
    """A new package under ``services`` must be given its storey, a new service also its independence."""
    packages = {folder.parent.name for folder in (ROOT / "services").glob("*/__init__.py")}
    storeys = " ".join(CONTRACTS["storeys"]["layers"])
    assert {package for package in packages if f"services.{package}" not in storeys} == set()
    assert packages >= SERVICES
    assert set(CONTRACTS["published"]["modules"]) == {f"services.{service}" for service in SERVICES}


def _exceptions(contract: dict[str, Any]) -> set[str]:
    return {line.split("->")[1].strip() for line in contract.get("ignore_imports", [])}


def test_the_only_way_into_a_service_is_what_it_publishes(graph: grimp.ImportGraph) -> None:
    """Read off the graph itself, whatever the contracts say: ``published`` is imported, nothing else ever is."""
    assert _exceptions(CONTRACTS["published"]) == {"services.*.published"}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            home, target = module.split("."), imported.split(".")
            if home[:1] == target[:1] == ["services"] and home[1] in SERVICES and target[1] in SERVICES - {home[1]}:
                assert target[2:] == ["published"], f"{module} imports {imported}"


def test_what_is_published_brings_no_service_along(graph: grimp.ImportGraph) -> None:
    """Importing a ``published`` module loads declarations, not tables, routes or settings."""
    for service in SERVICES - {"gateway"}:
        loaded = {name for name in graph.find_upstream_modules(f"services.{service}.published") if "services" in name}
        forbidden = {f"services.{service}.{part}" for part in ("app", "tables", "routes", "service", "settings")}
        assert not loaded & forbidden
