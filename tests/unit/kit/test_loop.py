"""Background loops: they go on while there is work, survive failures, and stop when told to."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.kit.feed import WINDOW_BATCHES, Loop, running

NEVER = 3_600.0
"""A rest that no test outlives: whatever happens in it was not waited for."""


class Stopped(Exception):
    """Ends a test from within a step."""


def steps(*outcomes: int | Exception) -> tuple[Callable[[], Awaitable[int]], asyncio.Event]:
    """A step with these outcomes, one a call, and an event that is set when they are used up (then it answers 0)."""
    left = list(outcomes)
    used_up = asyncio.Event()

    async def step() -> int:
        if not left:
            used_up.set()
            return 0
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return step, used_up


async def test_it_goes_on_at_once_while_there_is_work() -> None:
    """A step that did something is repeated without a rest."""
    step, used_up = steps(5, 1, 1)
    async with running(Loop("busy", step, rest_seconds=NEVER)):
        await used_up.wait()


async def test_it_rests_until_it_is_woken() -> None:
    """Nothing to do: it waits, and looks again when told to, not before."""
    looks = asyncio.Queue[None]()

    async def step() -> int:
        looks.put_nowait(None)
        return 0

    loop = Loop("resting", step, rest_seconds=NEVER)
    async with running(loop):
        await looks.get()
        assert looks.empty()
        loop.wake()
        await looks.get()


async def test_a_wake_during_a_step_is_not_lost() -> None:
    """What arrives while the loop looks elsewhere is looked for afterwards."""
    looks = 0
    second_look = asyncio.Event()

    async def step() -> int:
        nonlocal looks
        looks += 1
        if looks == 1:
            loop.wake()
        else:
            second_look.set()
        return 0

    loop = Loop("woken", step, rest_seconds=NEVER)
    async with running(loop):
        await second_look.wait()


async def test_it_looks_again_after_a_rest() -> None:
    """Without anybody waking it."""
    step, _ = steps()
    looks = asyncio.Queue[None]()

    async def noted_step() -> int:
        looks.put_nowait(None)
        return await step()

    async with running(Loop("patient", noted_step, rest_seconds=0.001)):
        await looks.get()
        await looks.get()


async def test_failures_are_tried_again_with_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 0.2 s up to 5 s; after a success it begins anew."""
    pauses: list[float] = []
    pass_control = asyncio.sleep

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await pass_control(0)

    monkeypatch.setattr("services.kit.feed.asyncio.sleep", sleep)
    step, used_up = steps(*[ValueError("gone")] * 8, 1, ValueError("gone again"))
    async with running(Loop("failing", step, rest_seconds=NEVER)):
        await used_up.wait()
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0, 0.2]


async def test_who_follows_is_woken_by_work_and_by_nothing_else() -> None:
    """The sealer wakes the consumers when it has sealed something."""
    follower = Loop("follower", steps()[0])
    idle, idle_used_up = steps(0)
    leader = Loop("idle leader", idle, rest_seconds=0.001)
    leader.followers = [follower]
    async with running(leader):
        await idle_used_up.wait()
    assert not follower.woken.is_set()
    busy, busy_used_up = steps(1)
    leader = Loop("busy leader", busy, rest_seconds=NEVER)
    leader.followers = [follower]
    async with running(leader):
        await busy_used_up.wait()
    assert follower.woken.is_set()


def test_under_load_steps_take_their_share_of_the_time() -> None:
    """However long they are; but a step begins a second after the last one at the latest, or when that one ends."""
    loop = Loop("sharing", steps()[0], share=0.1, cycle_seconds=1.0)
    moment, worked = 0.0, 0.0
    for taken in [0.03] * 500:
        moment += taken
        worked += taken
        moment += loop.spend(moment - taken, moment)
    assert 0.09 < worked / moment < 0.13
    for taken, pause in [(0.4, 0.6), (0.999, 0.001), (1.0, 0.0), (30.0, 0.0), (0.4, 0.6)]:
        moment += taken
        assert loop.spend(moment - taken, moment) == pytest.approx(pause)
        moment += pause


def test_with_little_to_do_nothing_is_waited_for() -> None:
    """A short step now and then, and a few at once after a rest, are paid for by what was saved up meanwhile."""
    loop = Loop("saving", steps()[0], share=0.1, cycle_seconds=1.0)
    for second in range(100):
        for step in range(3):
            began = second + step * 0.03
            assert loop.spend(began, began + 0.03) == 0.0
    bursting = Loop("bursting", steps()[0], share=0.1, cycle_seconds=1.0)
    pauses = [bursting.spend(began * 0.03, began * 0.03 + 0.03) for began in range(12)]
    assert pauses[:10] == [0.0] * 10
    assert pauses[-1] > 0


async def test_a_pause_ends_for_what_is_quickly_done() -> None:
    """What has gathered need not wait for more where it costs nothing."""
    step, used_up = steps(1, 1, 1)
    looks = 0

    async def is_quick() -> bool:
        nonlocal looks
        looks += 1
        return looks > 2

    loop = Loop("quick", step, rest_seconds=0.001, share=1e-12, cycle_seconds=NEVER, is_quick=is_quick)
    async with running(loop):
        await used_up.wait()


async def test_a_full_window_is_followed_by_the_next_at_once() -> None:
    """It left more behind than it could take, so nothing is gained by letting still more gather."""
    step, used_up = steps(WINDOW_BATCHES, WINDOW_BATCHES + 200)
    async with running(Loop("full", step, rest_seconds=NEVER, share=1e-12, cycle_seconds=NEVER)):
        await used_up.wait()


async def test_leaving_the_block_stops_every_loop() -> None:
    """In the middle of a step, at rest, and when the block ends with an error."""
    in_step, ended = asyncio.Event(), asyncio.Event()

    async def long_step() -> int:
        in_step.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 0

    async def leave_in_trouble() -> None:
        async with running(Loop("working", long_step), Loop("resting", steps()[0], rest_seconds=NEVER)):
            await in_step.wait()
            raise Stopped

    with pytest.raises(Stopped):
        await leave_in_trouble()
    assert ended.is_set()
    assert not [task for task in asyncio.all_tasks() if task.get_name() in ("working", "resting")]
