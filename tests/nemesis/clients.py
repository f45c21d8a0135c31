"""Platforms that send orders and refunds, whatever becomes of the house; two of them send the same."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from tests.nemesis.journal import Journal, Key

PATIENCE_SECONDS = 60
"""No request may hang longer than this: it is answered, refused or cut off. Ours waits 5 s for a connection, and as
long again for each step; the rest is for a machine that has other things to do.
"""


@dataclass(slots=True)
class Platform:
    """Sends batches through ``client`` until ``stop``; notes each before and after."""

    random: Random
    journal: Journal
    codes: list[str]
    headers: dict[str, str]
    refused: list[tuple[int, str | None]] = field(default_factory=list)
    """Status and Retry-After of answers that were no 200."""
    hung: int = 0
    _orders: int = 0
    _recent: list[dict[str, Any]] = field(default_factory=list)
    _refundable: dict[Key, int] = field(default_factory=dict)

    async def run(self, name: str, address: str, stop: asyncio.Event) -> None:
        """Send until told to stop."""
        while not stop.is_set():
            await self.step(name, address)

    async def step(self, name: str, address: str) -> None:
        """Send one batch of orders, or of refunds; sometimes two that overlap, in opposite order, at once."""
        what = self.random.random()
        async with httpx.AsyncClient(
            base_url=address, headers=self.headers, timeout=PATIENCE_SECONDS, trust_env=False
        ) as client:
            if what < 0.2 and self._refundable:
                await self.send(client, "/v1/refunds", {"refunds": self._some_refunds(name)})
            elif what < 0.4:
                orders = self._some_orders(name)
                bodies = [{"orders": orders}, {"orders": orders[::-1]}]
                await asyncio.gather(*(self.send(client, "/v1/orders", body) for body in bodies))
            elif what < 0.5:
                await self._hang_up(client, {"orders": self._some_orders(name)})
            else:
                await self.send(client, "/v1/orders", {"orders": self._some_orders(name)})

    async def send(self, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
        """Send a request and note what comes back; a house that is away is waited for a moment."""
        await self._send_noted(client, self.journal.sending(path, body))

    async def send_the_rest(self, address: str) -> None:
        """Send everything again that nobody acknowledged, whoever sent it first, until it is."""
        async with httpx.AsyncClient(
            base_url=address, headers=self.headers, timeout=PATIENCE_SECONDS, trust_env=False
        ) as client:
            for number in self.journal.unacknowledged():
                while number not in self.journal.acknowledged:
                    await self._send_noted(client, number)

    async def _send_noted(self, client: httpx.AsyncClient, number: int) -> None:
        path, body = self.journal.batches[number]
        try:
            answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
        except httpx.TimeoutException:
            self.hung += 1
            return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            return
        if answer.status_code == httpx.codes.OK:
            self.journal.heard(number, answer.json())
        else:
            self.refused.append((answer.status_code, answer.headers.get("retry-after")))
            await asyncio.sleep(0.05)

    async def _hang_up(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        """Go away in the middle of a request, or before its answer: nobody knows what became of it."""
        number = self.journal.sending("/v1/orders", body)
        try:
            async with asyncio.timeout(self.random.uniform(0, 0.02)):
                answer = await client.post("/v1/orders", content=self.journal.batches[number][1])
                if answer.status_code == httpx.codes.OK:
                    self.journal.heard(number, answer.json())
        except (TimeoutError, httpx.TransportError):
            return

    def _some_orders(self, name: str) -> list[dict[str, Any]]:
        orders = []
        for _ in range(self.random.randint(1, 12)):
            if self._recent and self.random.random() < 0.15:
                orders.append(self.random.choice(self._recent))  # a platform that is not sure sends again
                continue
            self._orders += 1
            number = f"{name}-{self._orders}"
            lines = [
                {"line_no": str(line), "code": self.random.choice(self.codes), "category": "other",
                 "amount": f"{self.random.randint(1, 300)}.{self.random.randint(0, 99):02d}"}
                for line in range(1, self.random.randint(2, 4))
            ]  # fmt: skip
            day = f"2020-{self.random.randint(1, 12):02d}-{self.random.randint(1, 28):02d}T10:00:00+08:00"
            order = {"order_no": number, "occurred_at": day, "shop": "shop", "lines": lines}
            orders.append(order)
            self._recent = [*self._recent[-20:], order]
            for line in lines:
                self._refundable[number, line["line_no"]] = int(line["amount"].replace(".", ""))
        return list({order["order_no"]: order for order in orders}.values())

    def _some_refunds(self, name: str) -> list[dict[str, Any]]:
        """Of lines that were sent, never more than the line was worth in all: the order may not be there yet."""
        refunds = []
        for key in self.random.sample(sorted(self._refundable), min(5, len(self._refundable))):
            fen = self.random.randint(1, self._refundable.pop(key))
            refunds.append(
                {"refund_no": f"R-{name}-{key[0]}-{key[1]}", "order_no": key[0], "line_no": key[1],
                 "amount": f"{fen // 100}.{fen % 100:02d}", "occurred_at": "2021-01-05T10:00:00+08:00"}
            )  # fmt: skip
        return refunds
