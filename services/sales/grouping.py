"""Group commit: requests that arrive while the database is busy share the next transaction.

A commit costs a flush to disk whatever it holds, and a transaction some round trips. The first request goes at once;
those that arrive while it runs go together when it ends, or beside it as soon as they are many, or have waited for
``PATIENCE_SECONDS``. Each has its own batch, its own answer and its own error.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from services.kit.errors import Problem, Unavailable

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MAX_GROUP_WEIGHT = 1_000
"""More lines gain nothing by sharing a commit, and all would be answered when the last of them is recorded: the
database would rest while the house reads what those senders send next.
"""
MAX_WAITING_WEIGHT = 50_000
WORTH_OVERLAPPING_WEIGHT = 500
"""So many lines take longer to prepare than a transaction costs: they go beside the one that runs."""
PATIENCE_SECONDS = 0.02
"""A small request waits no longer for a large one that runs."""
_OVERLOADED = "入账队列已满,请稍后重试 / Too much is waiting to be recorded; try again in a moment"


class GroupCommit(Generic[Item, Answer]):
    """Gives items, in groups, to ``record``, which answers each with its answer or with its own problem."""

    def __init__(
        self, record: Callable[[list[Item]], Awaitable[list[Answer | Problem]]], *, concurrent: int = 4
    ) -> None:
        self._record = record
        self._concurrent = concurrent
        self._waiting: deque[tuple[Item, int, float, asyncio.Future[Answer]]] = deque()
        """Items with their weight, when they came (seconds of the loop's clock), and where their answer goes."""
        self._waiting_weight = 0
        self._look_again: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item, weight: int) -> Answer:
        """Record ``item`` (``weight`` lines) with whatever else is waiting. Raises its own problem, or Unavailable
        when too much is waiting. What was handed in is recorded even if the caller goes away meanwhile.
        """
        if self._waiting_weight + weight > MAX_WAITING_WEIGHT:
            raise Unavailable(_OVERLOADED, retry_after_seconds=1)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, weight, loop.time(), future))
        self._waiting_weight += weight
        self._start()
        return await future

    def _start(self) -> None:
        while self._waiting and self._may_start():
            group: list[tuple[Item, asyncio.Future[Answer]]] = []
            taken = 0
            while self._waiting and (not group or taken + self._waiting[0][1] <= MAX_GROUP_WEIGHT):
                item, weight, _, future = self._waiting.popleft()
                taken += weight
                group.append((item, future))
            self._waiting_weight -= taken
            task = asyncio.create_task(self._run(group))
            self._running.add(task)
            task.add_done_callback(self._finished)
        if self._waiting and self._look_again is None and len(self._running) < self._concurrent:
            self._look_again = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._lose_patience)

    def _may_start(self) -> bool:
        if not self._running:
            return True
        if len(self._running) >= self._concurrent:
            return False
        waited_seconds = asyncio.get_running_loop().time() - self._waiting[0][2]
        return self._waiting_weight >= WORTH_OVERLAPPING_WEIGHT or waited_seconds >= PATIENCE_SECONDS

    def _lose_patience(self) -> None:
        self._look_again = None
        self._start()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start()

    async def _run(self, group: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._record([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - every waiting request must hear of it, whatever it is
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(group, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Problem):
                future.set_exception(answer)
            else:
                future.set_result(answer)
