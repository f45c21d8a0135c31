"""The yardstick of small requests: the same FastAPI route with the same body model, no token, no database.

What is read is read as ours is, and what is answered has the shape of ours, but nothing is judged, kept or signed.
"""

from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response

from services.kit.money import format_yuan
from services.sales.wire import Amounts, Answer, Counts, Result, encode, read_orders


def create_app() -> FastAPI:
    """The bare route."""
    app = FastAPI()

    @app.post("/v1/orders", response_class=Response)
    async def post_orders(request: Request) -> Response:
        orders, _ = read_orders(await request.body())
        results = [Result(order.order_no, line.line_no, "accepted") for order in orders for line in order.lines]
        nothing = format_yuan(0)
        counts = Counts(accepted=len(results))
        answer = Answer(1, datetime.now(UTC), counts, Amounts(nothing, nothing), results)
        return Response(encode(answer), media_type="application/json")

    return app
