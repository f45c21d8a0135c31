"""One process that hosts the house against two, on order lines, 1,000 a request, and on single orders.

On two cores a second process takes from PostgreSQL and from the load what it gains; what comes of it is measured here.
"""

from benchmarks.house import Ground, House, house
from benchmarks.load import drive, request
from benchmarks.orders import LINES_A_REQUEST, OrderBook
from benchmarks.province import read_province
from benchmarks.rounds import Contest, Options, Row, Unit, take_turns

CONNECTIONS = {LINES_A_REQUEST: 4, 1: 32}


async def measure(ground: Ground, options: Options) -> list[Row]:
    """The two rows; the consumers are paused."""
    with (
        ground.copy() as data,
        ground.copy() as other_data,
        house(data, consumers=False) as one,
        house(other_data, consumers=False, workers=2) as two,
    ):
        contests = {"one": _Contestant(one, options), "two": _Contestant(two, options)}
        for contestant in contests.values():
            for contest in (contestant.lines, contestant.single):
                await contest(-1)  # both are warm
        rounds = options.size(1, min(5, options.rounds))
        lines = await take_turns(_of(contests, "lines"), rounds)
        single = await take_turns(_of(contests, "single"), rounds)
    return [
        Row("order lines, 1,000 a request, two worker processes", "one", Unit.LINES, lines["two"], lines["one"]),
        Row("single-order requests, two worker processes", "one", Unit.REQUESTS, single["two"], single["one"]),
    ]


def _of(contests: "dict[str, _Contestant]", name: str) -> dict[str, Contest]:
    return {key: getattr(contestant, name) for key, contestant in contests.items()}


class _Contestant:
    """A house and its orders."""

    def __init__(self, server: House, options: Options) -> None:
        self._server = server
        self._options = options
        self._book = OrderBook(read_province(server.data), name="workers")

    async def lines(self, _round: int) -> float:
        """Lines a second."""
        return await self._post(LINES_A_REQUEST, self._options.size(4, 24)) * LINES_A_REQUEST

    async def single(self, _round: int) -> float:
        """Requests a second."""
        return await self._post(1, self._options.size(64, 1_500))

    async def _post(self, lines: int, count: int) -> float:
        address, token = self._server.address, self._server.token("platform")
        sent = [
            request("POST", address, "/v1/orders", token=token, body=batch.body)
            for batch in self._book.batches(count, lines=lines)
        ]
        expected = b'"accepted":%d' % lines
        return (await drive(address, sent, connections=CONNECTIONS[lines], expected=expected)).per_second
