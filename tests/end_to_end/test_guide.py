"""docs/api.md is a story that can be run: its commands, in order, give the answers it shows."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import IN_ONE_PROCESS, ROOT, RunningHouse

ANY = "…"
END_OF_BLOCK = "===== end of block ====="


def blocks() -> list[tuple[str, Any]]:
    """Each command block of the guide, with the answer that is shown right after it (``None``: none is)."""
    guide = (ROOT / "docs/api.md").read_text()
    found = re.findall(r"```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?", guide, flags=re.DOTALL)
    return [(commands, json.loads(answer) if answer else None) for commands, answer in found]


def fits(shown: Any, said: Any) -> bool:
    """Whether ``said`` is what is shown: a dash of dots stands for any value, or for any more members or items."""
    if shown == ANY:
        return True
    if isinstance(shown, dict) and isinstance(said, dict):
        named = shown.keys() - {ANY}
        complete = named == said.keys() if ANY not in shown else named <= said.keys()
        return complete and all(fits(shown[name], said[name]) for name in named)
    if isinstance(shown, list) and isinstance(said, list):
        open_ended = shown[-1:] == [ANY]
        wanted = shown[:-1] if open_ended else shown
        long_enough = len(said) >= len(wanted) if open_ended else len(said) == len(wanted)
        return long_enough and all(fits(item, there) for item, there in zip(wanted, said, strict=False))
    return bool(shown == said and type(shown) is type(said))


@pytest.mark.parametrize(
    ("shown", "said", "verdict"),
    [
        ({"a": ANY}, {"a": 7}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, ANY: ANY}, {"a": 1, "b": 2}, True),
        ([1, ANY], [1, 2, 3], True),
        ([1], [1, 2], False),
        ({"a": "1.00"}, {"a": "1.10"}, False),
    ],
)
def test_the_comparison_can_fail(shown: Any, said: Any, verdict: bool) -> None:  # noqa: FBT001
    assert fits(shown, said) is verdict


@IN_ONE_PROCESS
def test_every_command_of_the_guide_gives_the_answer_it_shows(running_house: RunningHouse, tmp_path: Path) -> None:
    """Run as one session in a fresh folder, on a house in one process and on one in six."""
    told = blocks()
    script = f"\necho; echo '{END_OF_BLOCK}'\n".join(commands for commands, _ in told)
    script = script.replace("http://127.0.0.1:8000", running_house.base_url)
    script = script.replace("var/credentials.json", str(running_house.data / "credentials.json"))
    run = subprocess.run(
        ["bash", "-eu", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    said = run.stdout.split(END_OF_BLOCK)
    assert len(said) == len(told)
    for (commands, shown), answer in zip(told, said, strict=True):
        if shown is not None:
            assert fits(shown, json.loads(answer)), f"{commands}\nshown: {shown}\n said: {answer}"
