"""The form of the source: small files, small functions, one clock, names from the field."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
GENERATED = "migrations/versions/"
"""Written by Alembic: long by nature, and read by nobody line by line."""


def tracked(*patterns: str) -> list[str]:
    """Files under version control."""
    listing = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True)
    return [name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).exists()]


@cache
def sources() -> dict[str, str]:
    """Every Python file of ours, by name."""
    found = {name: (ROOT / name).read_text() for name in tracked("*.py") if not name.startswith(GENERATED)}
    assert len(found) > 100
    return found


def test_files_are_small() -> None:
    """Past this, something in the file wants its own name."""
    long = {name: text.count("\n") for name, text in sources().items() if text.count("\n") >= MAX_FILE_LINES}
    assert long == {}


def test_functions_fit_on_a_screen() -> None:
    """From ``def`` to the last line, docstring included."""
    long = {
        f"{name}:{node.name}": node.end_lineno - node.lineno + 1
        for name, text in sources().items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
    }
    assert long == {}


def test_no_drawer_for_odds_and_ends() -> None:
    """Files and folders are named for what is in them."""
    drawers = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "core", "base_utils"}
    assert [name for name in sources() if drawers & set(re.split(r"[/_.]", name))] == []


def test_every_module_says_what_it_is() -> None:
    """A docstring at the top of every file that is not empty."""
    assert [name for name, text in sources().items() if text.strip() and not ast.get_docstring(ast.parse(text))] == []


CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
          "time.localtime", "time.gmtime"}  # fmt: skip


def _calls(text: str) -> set[str]:
    """Names of what a module uses, dotted."""
    return {ast.unparse(node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("folder", ["services", "migrations"])
def test_only_one_module_asks_what_time_it_is(folder: str) -> None:
    """Time comes in as an argument, or from ``kit/clock.py``; a stopwatch (``monotonic``) is no clock."""
    asking = {
        name
        for name, text in sources().items()
        if name.startswith(folder) and any(call.endswith(tuple(CLOCKS)) for call in _calls(text))
    }
    assert asking == ({"services/kit/clock.py"} if folder == "services" else set())


def test_kit_names_no_noun_of_the_field() -> None:
    """The word would be the first sign of a rule in the wrong place."""
    nouns = {"household", "cooperative", "enterprise", "order", "refund", "ledger", "income", "baseline", "label"}
    for name, text in sources().items():
        if not name.startswith("services/kit/"):
            continue
        named = {
            part
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            for part in re.findall(r"[A-Z]?[a-z]+", node.name)
        }
        assert not {part.lower() for part in named} & nouns, name


def test_no_file_knows_its_developers_machine() -> None:
    """No absolute path of somebody's home, nor of the place where this was written."""
    home = re.compile(rb"(?<![\w.~-])/(?:home|Users|root|work)/[A-Za-z0-9_.-]+")
    found = {}
    for name in tracked():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content and (match := home.search(content)):
            found[name] = match[0].decode()
    assert found == {}


def test_no_secret_is_under_version_control() -> None:
    """Neither a private key nor a file of credentials."""
    marker = b"-----BEGIN " + b"PRIVATE KEY-----"
    assert [name for name in tracked() if marker in (ROOT / name).read_bytes()] == []
    assert [name for name in tracked() if Path(name).name in {"credentials.json", ".env"}] == []


def test_what_people_read_is_in_two_languages() -> None:
    """The detail and the title of an error: Chinese, a slash, English."""
    for name, text in sources().items():
        if not name.startswith("services/") or not name.endswith("errors.py"):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assign) and any("title" in ast.unparse(target) for target in node.targets):
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                title = ast.unparse(values[-1])
                assert re.search(r"[\u4e00-\u9fff].* / .*[A-Za-z]", title), f"{name}: {title}"
