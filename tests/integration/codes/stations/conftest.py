"""A station of 都匀 with a device, a household with a card, and the cooperative it belongs to."""

import itertools
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text

from services.codes.card import CardToken, signed_part, write_token
from services.kit import clock
from tests.integration.codes.conftest import PUBLIC_URL, VILLAGE, Registry, group, household

STATION = "DY-001"
ISSUED_ON = date(2019, 1, 1)
NAME, PHONE = "罗德明", "13800000000"

_numbers = itertools.count(1)


def scan(code: str | None, **fields: Any) -> dict[str, Any]:
    """A scan of a moment ago with a number of its own; ``fields`` replace parts of it (None leaves one out)."""
    body = {
        "scan_id": f"s{next(_numbers)}",
        "purpose": "verify",
        "code": code,
        "scanned_at": (clock.now() - timedelta(seconds=5)).isoformat(),
        **fields,
    }
    return {field: value for field, value in body.items() if value is not None}


def purchase(code: str, amount: str = "126.00", **fields: Any) -> dict[str, Any]:
    """Tea that is bought from a household."""
    work = {"category": "tea", "quantity": "2.5", "unit": "斤", "unit_price": "50.40", "amount_paid": amount}
    return scan(code, **{"purpose": "goods_received", "operator": "W17", **work, **fields})


@dataclass
class Station:
    """The station and those who come to it."""

    registry: Registry
    code: str
    subject_id: str
    cooperative: str
    card_key: Ed25519PrivateKey
    device: dict[str, str]
    """The header with the device's credential."""
    device_id: str

    def token(
        self, scope: str = "scans:write", *, station: str | None = STATION, regions: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """The header of a client of a station."""
        now = clock.now()
        claims: dict[str, Any] = {
            "iss": PUBLIC_URL,
            "sub": "station-client",
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": now + timedelta(minutes=10),
            "scope": scope,
            "regions": list(regions),
        }
        if station is not None:
            claims["station"] = station
        signed = jwt.encode(claims, self.registry.key, algorithm="EdDSA", headers={"kid": "test"})
        return {"Authorization": f"Bearer {signed}"}

    async def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        """POST as the device."""
        return await self.registry.client.post(path, json=body, headers=headers or self.device)

    async def report(
        self, *scans: dict[str, Any], headers: dict[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Report scans, which must be answered one by one."""
        response = await self.post("/v1/scans", {"scans": list(scans), **more}, headers)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        assert len(answer["results"]) == len(scans)
        return answer

    async def report_one(self, one: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Report one scan; answers its result."""
        (result,) = (await self.report(one, **more))["results"]
        found: dict[str, Any] = result
        return found

    async def stored(self, columns: str = "*", where: str = "true") -> list[Any]:
        """Rows of scans on record."""
        return await self.registry.rows(
            f"SELECT {columns} FROM codes.scan_records WHERE {where} ORDER BY source, scan_id"
        )

    async def issue_card(self, code: str | None = None) -> tuple[str, int]:
        """Sign a card; answers its address and number."""
        code = code or self.code
        async with self.registry.database.transaction() as connection:
            card_no = await connection.scalar(
                text(
                    "INSERT INTO codes.cards (code, key_id, issued_on, recorded_in) "
                    "VALUES (:code, 1, :day, 1) RETURNING card_no"
                ),
                {"code": code, "day": ISSUED_ON},
            )
        return f"{PUBLIC_URL.upper()}/C/{code}/{self.sign(code, card_no)}", card_no

    def sign(self, code: str, card_no: int, key: Ed25519PrivateKey | None = None) -> str:
        """A token, by default with the true key."""
        signature = (key or self.card_key).sign(signed_part(code, 1, card_no, ISSUED_ON))
        return write_token(CardToken(1, card_no, ISSUED_ON, signature))

    async def revoke_card(self, card_no: int, revoked_at: datetime) -> None:
        """Let a card be lost."""
        async with self.registry.database.transaction() as connection:
            await connection.execute(
                text("UPDATE codes.cards SET revoked_at = :at, revoked_in = 1 WHERE card_no = :card_no"),
                {"at": revoked_at, "card_no": card_no},
            )


async def register_station(registry: Registry, station: str = STATION, **fields: Any) -> httpx.Response:
    """Register a station of the village."""
    body = {"station": station, "name": "桃花村服务站", "region": VILLAGE, "registered_on": "2019-01-01", **fields}
    return await registry.post("/v1/stations", body)


async def enrol(registry: Registry, station: str = STATION, label: str = "柜台手机") -> dict[str, Any]:
    """Enrol a device; answers its credential."""
    invited = await registry.post(f"/v1/stations/{station}/enrolments", {"label": label})
    assert invited.status_code == 201, invited.text
    body = {"code": invited.json()["code"], "request_id": secrets.token_urlsafe(16)}
    enrolled = await registry.client.post("/v1/stations/enrol", json=body)
    assert enrolled.status_code == 201, enrolled.text
    answer: dict[str, Any] = enrolled.json()
    return answer


def device_header(enrolled: dict[str, Any]) -> dict[str, str]:
    """How a device authenticates."""
    return {"Authorization": f"Device {enrolled['device']}:{enrolled['secret']}"}


@pytest.fixture
async def station(registry: Registry) -> Station:
    """The station, with all that belongs to it; the device was enrolled a month ago."""
    assert (await register_station(registry)).status_code == 201
    member = await registry.register(household(name=NAME, phone=PHONE))
    cooperative = group(name="都匀毛尖合作社")
    joined = await registry.register(cooperative)
    link = {"member": member["code"], "group": joined["code"], "weight": 1, "valid_from": "2019-01-01"}
    assert (await registry.post("/v1/links", link)).status_code == 201
    enrolled = await enrol(registry)
    key = Ed25519PrivateKey.generate()
    async with registry.database.transaction() as connection:
        await connection.execute(
            text(
                "INSERT INTO codes.card_keys (key_id, public_key, valid_from, recorded_in) "
                "VALUES (1, :public_key, :day, 1) ON CONFLICT (key_id) DO NOTHING"
            ),
            {"public_key": key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), "day": ISSUED_ON},
        )
    return Station(
        registry, member["code"], member["subject_id"], joined["code"], key, device_header(enrolled), enrolled["device"]
    )
