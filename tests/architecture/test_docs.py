"""What the documents name exists: files, links, commands, paths of the interface, variables."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer

from services.cli import build
from services.gateway.routing import PUBLIC_PATHS, RouteTable

ROOT = Path(__file__).parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
DOCUMENTS = tuple(sorted([*READMES, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]))
LARGEST_IMAGE_BYTES = 200_000
MADE_BY_USERS = ("var/", "deploy/.env")

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands_in(text: str) -> set[str]:
    """What is said to be run as ``make …`` or ``onecode …``, in a line of code or in a block."""
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE))
    in_line = re.findall(r"`((?:make|onecode) [^`\n]+)`", text)
    return {*in_line, *re.findall(r"^((?:make|onecode) .+?)(?: +#.*)?$", blocks, flags=re.MULTILINE)}


@documents
def test_every_link_leads_somewhere(document: Path) -> None:
    """To a file of ours, and to a heading of it if it names one; pictures too."""
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@documents
def test_every_file_that_is_named_is_there(document: Path) -> None:
    """Words that look like a path of this repository are one."""
    folders = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
    for name in re.findall(rf"`((?:{folders})/[\w./*-]*)`", document.read_text()):
        if not name.startswith(MADE_BY_USERS):
            assert list(ROOT.glob(name.rstrip("/"))), name


@documents
def test_every_command_exists(document: Path) -> None:
    """Targets of the Makefile; commands of ``onecode`` with their options, as the command line reads them."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    group = typer.main.get_command(build())
    for said in commands_in(document.read_text()):
        program, *words = shlex.split(said)
        if program == "make":
            assert {word for word in words if "=" not in word} <= targets, said
            continue
        command = group
        while words and hasattr(command, "commands"):
            assert words[0] in command.commands, said
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, said


@documents
def test_every_path_of_the_interface_belongs_to_a_service(document: Path) -> None:
    table = RouteTable(PUBLIC_PATHS)
    for path in re.findall(r"`(?:[A-Z]+ )?(/v1/[\w/-]+(?:\.\w+)?)", document.read_text()):
        assert table.service_of(path) is not None, path


@documents
def test_every_variable_is_read_somewhere(document: Path) -> None:
    """By a field of a settings class, by the command line, or by the compose file."""
    sources = [*(ROOT / "services").rglob("settings.py"), *(ROOT / "services/cli").glob("*.py")]
    code = "".join(source.read_text() for source in sources)
    compose = (ROOT / "deploy/compose.yaml").read_text()
    for name in set(re.findall(r"\bONECODE_[A-Z_]+[A-Z]\b", document.read_text())):
        field = name.removeprefix("ONECODE_").lower()
        assert name in code or f"{field}:" in code or f"${{{name}:-" in compose, name


def test_both_readmes_say_the_same_in_the_same_order() -> None:
    """As many sections, and in each the same commands, links (but for a picture's language), paths and table rows."""
    english, chinese = (re.split(r"^## ", readme.read_text(), flags=re.MULTILINE) for readme in READMES)
    assert len(english) == len(chinese)
    for one, other in zip(english[1:], chinese[1:], strict=True):
        facts = []
        for section in (one, other):
            code = sorted(set(re.findall(r"`([\w/. =-]*(?:/v1|make|onecode|services|docs)[\w/. =-]*)`", section)))
            links = {link.replace(".zh.", ".en.") for link in re.findall(r"\]\(([^)]+)\)", section)}
            facts.append((code, links, len(re.findall(r"^\|", section, flags=re.MULTILINE))))
        assert facts[0] == facts[1]


def test_images_are_small_and_used() -> None:
    for image in (ROOT / "docs/images").iterdir():
        assert image.stat().st_size < LARGEST_IMAGE_BYTES, image.name
        assert any(f"images/{image.name})" in document.read_text() for document in DOCUMENTS), image.name


def test_decisions_are_numbered_once_and_have_the_three_parts() -> None:
    """Context, decision, consequences, on a page."""
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [decision.name[:4] for decision in decisions]
    assert len(set(numbers)) == len(numbers)
    for number, decision in zip(numbers, decisions, strict=True):
        text = decision.read_text()
        assert text.startswith(f"# {number} — ")
        assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_documents_are_about_the_project_alone() -> None:
    """Nothing of the machine they were written on: what is tracked names no folder outside of it."""
    tracked = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.split():
        text = (ROOT / name).read_text() if (ROOT / name).exists() else ""
        assert not re.search(r"(?<![\w.])/(?:work|root|tmp/brief|home/\w+)/", text), name
