"""Group commit: who arrives together goes together, and each has its own answer."""

import asyncio

import pytest

from services.kit.errors import Conflict, Problem, Unavailable
from services.sales.grouping import MAX_GROUP_WEIGHT, MAX_WAITING_WEIGHT, WORTH_OVERLAPPING_WEIGHT, GroupCommit


class Recording:
    """A database that takes its time: every group waits until the test lets it go."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.begun: asyncio.Queue[None] = asyncio.Queue()
        self.go_on = asyncio.Semaphore(0)

    async def record(self, items: list[str]) -> list[str | Problem]:
        """An answer for each; ``bad`` has a problem of its own, ``broken`` takes its group along."""
        self.groups.append(items)
        self.begun.put_nowait(None)
        await self.go_on.acquire()
        if "broken" in items:
            raise RuntimeError("the database went away")
        return [Conflict("冲突 / Conflict") if item == "bad" else item.upper() for item in items]

    async def release(self, groups: int = 1) -> None:
        """Let groups finish."""
        for _ in range(groups):
            self.go_on.release()


async def _hand_in(group: GroupCommit[str, str], *items: str, weight: int = 1) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(group.submit(item, weight)) for item in items]
    await asyncio.sleep(0)
    return tasks


async def test_the_first_goes_at_once_and_those_that_arrive_meanwhile_go_together() -> None:
    """Nobody waits for company."""
    recording = Recording()
    group = GroupCommit(recording.record, concurrent=1)
    (first,) = await _hand_in(group, "a")
    await recording.begun.get()
    others = await _hand_in(group, "b", "c", "d")
    await recording.release(2)
    assert [await task for task in (first, *others)] == ["A", "B", "C", "D"]
    assert recording.groups == [["a"], ["b", "c", "d"]]


async def test_each_has_its_own_problem() -> None:
    """What is wrong with one is told to that one."""
    recording = Recording()
    group = GroupCommit(recording.record, concurrent=1)
    first, good, bad, also_good = await _hand_in(group, "a", "b", "bad", "c")
    await recording.release(2)
    assert [await first, await good, await also_good] == ["A", "B", "C"]
    with pytest.raises(Conflict):
        await bad
    assert recording.groups == [["a"], ["b", "bad", "c"]]


async def test_whoever_waits_hears_of_a_failure() -> None:
    """A group that breaks is told to all in it, and the next group goes on."""
    recording = Recording()
    group = GroupCommit(recording.record, concurrent=1)
    first, broken, companion = await _hand_in(group, "a", "broken", "b")
    await recording.begun.get()
    await recording.release(1)
    assert await first == "A"
    await recording.begun.get()
    (later,) = await _hand_in(group, "c")
    await recording.release(2)
    for task in (broken, companion):
        with pytest.raises(RuntimeError, match="went away"):
            await task
    assert await later == "C"


async def test_a_caller_who_goes_away_takes_nobody_along() -> None:
    """What was handed in is recorded, waiting or under way; the others have their answers."""
    recording = Recording()
    group = GroupCommit(recording.record, concurrent=1)
    under_way, waiting, other = await _hand_in(group, "a", "b", "c")
    await recording.begun.get()
    under_way.cancel()
    waiting.cancel()
    await recording.release(2)
    assert await other == "C"
    assert recording.groups == [["a"], ["b", "c"]]
    assert [under_way.cancelled(), waiting.cancelled()] == [True, True]


async def test_only_so_many_groups_run_at_once() -> None:
    """As many as there are connections for; the rest waits and goes together."""
    recording = Recording()
    group = GroupCommit(recording.record, concurrent=2)
    tasks = await _hand_in(group, *"ab", weight=WORTH_OVERLAPPING_WEIGHT)
    tasks += await _hand_in(group, *"cdef")
    assert recording.groups == [["a"], ["b"]]
    await recording.release(3)
    assert [await task for task in tasks] == list("ABCDEF")
    assert recording.groups[2:] == [["c", "d", "e", "f"]]


async def test_few_lines_wait_for_the_transaction_that_runs_but_not_for_long() -> None:
    """A small request takes the next transaction; when that is long in coming, it has one of its own."""
    recording = Recording()
    group = GroupCommit(recording.record, concurrent=2)
    large = await _hand_in(group, "a", weight=MAX_GROUP_WEIGHT)
    small = await _hand_in(group, "b", "c")
    assert recording.groups == [["a"]]
    for _ in range(2):
        await recording.begun.get()
    assert recording.groups == [["a"], ["b", "c"]]
    await recording.release(2)
    assert [await task for task in large + small] == ["A", "B", "C"]


async def test_groups_are_bounded() -> None:
    """A transaction never holds more than its share, but for one item that is larger by itself."""
    recording = Recording()
    group = GroupCommit(recording.record, concurrent=1)
    tasks = await _hand_in(group, "a", weight=1)
    tasks += await _hand_in(group, "b", "c", "d", weight=MAX_GROUP_WEIGHT // 2)
    tasks += await _hand_in(group, "e", weight=MAX_GROUP_WEIGHT + 1)
    tasks += await _hand_in(group, "f", weight=1)
    await recording.release(5)
    await asyncio.gather(*tasks)
    assert recording.groups == [["a"], ["b", "c"], ["d"], ["e"], ["f"]]


async def test_too_much_waiting_is_refused_and_taken_again_later() -> None:
    """503 with ``Retry-After``; what was taken is answered, and there is room again."""
    recording = Recording()
    group = GroupCommit(recording.record, concurrent=1)
    tasks = await _hand_in(group, "a")
    tasks += await _hand_in(group, *["b"] * 10, weight=MAX_WAITING_WEIGHT // 10)
    with pytest.raises(Unavailable) as caught:
        await group.submit("c", 1)
    assert caught.value.headers() == {"Retry-After": "1"}
    await recording.release(20)
    assert await asyncio.gather(*tasks) == ["A", *["B"] * 10]
    assert await group.submit("d", MAX_WAITING_WEIGHT) == "D"
