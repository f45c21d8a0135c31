"""Single-order requests over 32 connections, against the same route with neither token nor database.

Ours as it is shipped, consumers running; and once more with consumers paused, which shows what these take.
"""

from benchmarks.house import Ground, House, house, yardstick_server
from benchmarks.load import drive, request
from benchmarks.orders import OrderBook
from benchmarks.province import read_province
from benchmarks.rounds import Options, Row, Unit, take_turns

CONNECTIONS = 32
WORK = "single-order requests, 32 connections"
BUDGET = 0.45


async def measure(ground: Ground, options: Options) -> list[Row]:
    """One row as shipped, one with consumers paused."""
    rows = []
    for consumers in (True, False):
        with (
            ground.copy() as data,
            house(data, consumers=consumers) as server,
            yardstick_server("benchmarks.bare_route:create_app") as bare,
        ):
            rows.append(await _contest(server, bare, options, consumers=consumers))
    return rows


async def _contest(server: House, bare: str, options: Options, *, consumers: bool) -> Row:
    book = OrderBook(read_province(server.data), name="single")
    token = server.token("platform")
    shares: list[float] = []

    async def post(address: str, count: int, *, token: str = "") -> float:
        bodies = [batch.body for batch in book.batches(count, lines=1)]
        sent = [request("POST", address, "/v1/orders", token=token, body=body) for body in bodies]
        done = await drive(address, sent, connections=CONNECTIONS, expected=b'"accepted":1')
        shares.append(done.load_share)
        return done.per_second

    async def ours(_round: int) -> float:
        return await post(server.address, options.size(400, 1_500), token=token)

    async def theirs(_round: int) -> float:
        return await post(bare, options.size(1_000, 6_000))

    await ours(-1)
    await theirs(-1)
    shares.clear()
    found = await take_turns({"ours": ours, "bare": theirs}, options.size(1, options.rounds))
    work = WORK if consumers else f"{WORK}, consumers paused"
    note = f"load took at most {max(shares):.0%} of one core (beside the bare route)"
    return Row(
        work, "bare FastAPI route", Unit.REQUESTS, found["ours"], found["bare"], BUDGET if consumers else None, note
    )
