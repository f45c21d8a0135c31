"""Those who come beside the platforms: an officer who changes links, shares and ratios, devices that upload their
queues, and files of orders. All of them send again what nobody acknowledged.
"""

import asyncio
import csv
import hashlib
import io
import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from services.kit import clock
from tests.nemesis.clients import PATIENCE_SECONDS
from tests.nemesis.conftest import STATION, VILLAGE, Prepared
from tests.nemesis.journal import Journal

LATER = {401, 429, 503}
"""Not now: 401 while a house that comes up does not know its keys yet."""
DEVICES = ("a", "b")


@dataclass(slots=True)
class Asking:
    """A client of the house that is away now and then."""

    address: str
    headers: dict[str, str]

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response | None:
        """The answer; ``None`` if there was none, or a request to come again."""
        headers = {**self.headers, **options.pop("headers", {})}
        try:
            async with httpx.AsyncClient(base_url=self.address, timeout=PATIENCE_SECONDS, trust_env=False) as client:
                answer = await client.request(method, path, headers=headers, **options)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            return None
        if answer.status_code in LATER:
            assert answer.status_code == httpx.codes.UNAUTHORIZED or answer.headers.get("retry-after")
            await asyncio.sleep(0.05)
            return None
        return answer


@dataclass(slots=True)
class Officer:
    """Changes who is linked to whom, what members get, and what part of sales is income; all of it may be late."""

    asking: Asking
    random: Random
    prepared: Prepared
    acknowledged: list[str] = field(default_factory=list)
    """Links that were acknowledged, by id."""

    async def run(self, stop: asyncio.Event) -> None:
        """Change something until told to stop."""
        while not stop.is_set():
            await self.step()

    async def step(self) -> None:
        """Change one thing; that it cannot be changed so (409, 422) is an answer, too."""
        what = self.random.choice((self._link, self._link, self._end_link, self._revise, self._rate))
        answer = await what()
        if answer is not None:
            assert answer.is_success or answer.status_code in {409, 422}, answer.text
            if answer.is_success and "link_id" in answer.json():
                self.acknowledged.append(answer.json()["link_id"])
        await asyncio.sleep(0.02)

    def _day(self) -> str:
        return f"2020-{self.random.randint(1, 12):02d}-{self.random.randint(1, 28):02d}"

    async def _link(self) -> httpx.Response | None:
        first, past = sorted((self._day(), self._day()))
        group = self.random.choice(self.prepared.groups)
        link = {"member": self.random.choice([*self.prepared.codes, self.prepared.groups[0]]), "group": group,
                "weight": self.random.randint(1, 5), "valid_from": first}  # fmt: skip
        if past > first:
            link["valid_to"] = past
        return await self.asking.ask("POST", "/v1/links", json=link)

    async def _end_link(self) -> httpx.Response | None:
        if not self.acknowledged:
            return None
        path = f"/v1/links/{self.random.choice(self.acknowledged)}/end"
        return await self.asking.ask("POST", path, json={"valid_to": self._day()})

    async def _revise(self) -> httpx.Response | None:
        revision = {"on": self._day(), "reason": "nemesis", "members_bp": self.random.randint(0, 10_000)}
        path = f"/v1/subjects/{self.random.choice(self.prepared.group_ids)}/revise"
        return await self.asking.ask("POST", path, json=revision)

    async def _rate(self) -> httpx.Response | None:
        region = self.random.choice((VILLAGE, VILLAGE[:6] + "000000", "520000000000"))
        ratio = {"category": self.random.choice(("*", "other")), "region": region,
                 "ratio_bp": self.random.randint(0, 10_000), "basis": self.random.choice(("contract", "imputed")),
                 "valid_from": self._day(), "source": "nemesis"}  # fmt: skip
        return await self.asking.ask("POST", "/v1/income-ratios", json=ratio)


@dataclass(slots=True)
class Devices:
    """Two devices that number their scans alike, buy from households, and upload their queues in overlapping pieces."""

    asking: Asking
    random: Random
    prepared: Prepared
    logins: dict[str, dict[str, str]] = field(default_factory=dict)
    queues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    """How many scans of a device's queue are known to be recorded."""

    async def enrol(self) -> None:
        """Before anything is broken: a device keeps its credential."""
        for device in DEVICES:
            path = f"/v1/stations/{STATION}/enrolments"
            invitation = await self.asking.ask("POST", path, json={"label": device})
            assert invitation is not None
            body = {"code": invitation.json()["code"], "request_id": uuid.UUID(int=self.random.getrandbits(128)).hex}
            enrolled = await self.asking.ask("POST", "/v1/stations/enrol", json=body)
            assert enrolled is not None
            known = enrolled.json()
            self.logins[device] = {"Authorization": f"Device {known['device']}:{known['secret']}"}
            self.queues[device], self.told[device] = [], 0

    async def run(self, stop: asyncio.Event) -> None:
        """Scan and upload until told to stop."""
        while not stop.is_set():
            device = self.random.choice(DEVICES)
            self._scan(device)
            await self.upload(device)
            await asyncio.sleep(0.02)

    def _scan(self, device: str) -> None:
        queue = self.queues[device]
        for number in range(len(queue) + 1, len(queue) + self.random.randint(1, 5)):
            queue.append(
                {"scan_id": str(number), "sequence": number, "purpose": "goods_received",
                 "code": self.random.choice(self.prepared.codes), "scanned_at": clock.now().isoformat(),
                 "category": "other", "quantity": "1", "unit": "kg", "amount_paid": f"{number}.00"}
            )  # fmt: skip

    async def upload(self, device: str) -> None:
        """Send what is not known to be recorded, and a part of what is; one connection may overtake another."""
        queue, end = self.queues[device], len(self.queues[device])
        first = max(0, self.told[device] - self.random.randint(0, 5))
        pieces = [queue[first:end]] * self.random.randint(1, 2)
        answers = await asyncio.gather(*(self._send(device, piece[:1000]) for piece in pieces if piece))
        if any(answers):
            self.told[device] = max(self.told[device], min(end, first + 1000))

    async def _send(self, device: str, piece: list[dict[str, Any]]) -> bool:
        body = {"sent_at": clock.now().isoformat(), "scans": piece}
        answer = await self.asking.ask("POST", "/v1/scans", json=body, headers=self.logins[device])
        if answer is None:
            return False
        assert answer.status_code == httpx.codes.OK, answer.text
        counts = answer.json()["counts"]
        assert counts["accepted"] + counts["duplicate"] == len(piece), counts
        return True

    async def send_the_rest(self) -> None:
        """Until all is acknowledged; and the whole queue once more."""
        for device in DEVICES:
            while self.told[device] < len(self.queues[device]):
                await self.upload(device)
            self.told[device] = 0
            while self.told[device] < len(self.queues[device]):
                await self.upload(device)


@dataclass(slots=True)
class Files:
    """Files of orders; one that was cut is sent again, from its beginning, until it is acknowledged."""

    asking: Asking
    random: Random
    prepared: Prepared
    journal: Journal
    waiting: list[bytes] = field(default_factory=list)
    files: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Send file after file until told to stop."""
        while not stop.is_set():
            if not self.waiting:
                self.waiting.append(self._file())
            await self.send()

    def _file(self) -> bytes:
        self.files += 1
        rows = [
            {"order_no": f"F{self.files}-{number}", "line_no": "1", "category": "other",
             "occurred_at": f"2020-{self.random.randint(1, 12):02d}-15 10:00:00",
             "code": self.random.choice([*self.prepared.codes, *self.prepared.groups]),
             "amount": f"{self.random.randint(1, 300)}.50"}
            for number in range(self.random.choice((20, 200, 1_100)))
        ]  # fmt: skip
        self.journal.noting({(row["order_no"], "1"): row["amount"] for row in rows})
        return as_csv(rows)

    async def send(self) -> None:
        """Send the file that waits; it waits no longer when it is acknowledged."""
        content = self.waiting[0]
        query = {"platform": "guinong", "shop": "shop", "format": "onecode-csv", "file_name": "f.csv",
                 "sha256": hashlib.sha256(content).hexdigest()}  # fmt: skip
        answer = await self.asking.ask("POST", "/v1/imports", params=query, content=content)
        if answer is None:
            return
        if answer.status_code == httpx.codes.CONFLICT:  # the one that was cut has not been given up yet
            await asyncio.sleep(0.1)
            return
        assert answer.is_success, answer.text
        self.waiting.pop(0)

    async def send_the_rest(self) -> None:
        """Until all is acknowledged."""
        while self.waiting:
            await self.send()


def as_csv(rows: list[dict[str, str]]) -> bytes:
    """A file with a heading, as a spreadsheet writes it."""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode("utf-8-sig")
