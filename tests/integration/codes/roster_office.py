"""A county office that sends rosters of households that do not exist, and lets the background work be done."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from services.codes.service.roster_work import work_on_rosters
from tests.integration.codes.conftest import OFFICER, VILLAGE, Registry

COUNTY = "522701000000"
AS_OF = "2019-12-31"
TITLES = (
    "户编号",
    "户主姓名",
    "证件号码",
    "联系电话",
    "家庭人口",
    "人均纯收入（元）",
    "核算年度",
    "户属性",
    "行政区划代码",
)

Row = dict[str, str]


def row(id_card: str, **cells: str) -> Row:
    """A household of a roster; ``cells`` by title replace parts of it."""
    usual = {
        "户编号": f"52270100{id_card[6:17]}",
        "户主姓名": "蒙正华（演示）",
        "证件号码": id_card,
        "联系电话": f"138{id_card[-9:-1]}",
        "家庭人口": "4",
        "人均纯收入（元）": "3120.00",
        "核算年度": "2018",
        "户属性": "建档立卡",
        "行政区划代码": VILLAGE,
    }
    return usual | cells


def csv_file(rows: Sequence[Row], *, encoding: str = "utf-8-sig") -> bytes:
    """The rows as a CSV file, with the columns of the first."""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode(encoding)


class Office:
    """What an officer does with rosters over HTTP."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    async def send(
        self, content: bytes, *, regions: tuple[str, ...] = (), **terms: str | list[str]
    ) -> tuple[int, dict[str, Any]]:
        """POST a file; answers status and body."""
        query: dict[str, Any] = {"kind": "household", "region": COUNTY, "as_of": AS_OF, "mode": "delta"} | terms
        headers = self.registry.token(OFFICER, *regions)
        response = await self.registry.client.post("/v1/rosters", params=query, content=content, headers=headers)
        return response.status_code, response.json()

    async def work(self) -> None:
        """Do what waits in the background."""
        while await work_on_rosters(self.registry.database, self.registry.app.state.person_keys):
            pass

    async def preview(self, rows: Sequence[Row] | bytes, **terms: Any) -> dict[str, Any]:
        """Upload and validate; answers how the roster stands."""
        content = rows if isinstance(rows, bytes) else csv_file(rows)
        status, answer = await self.send(content, **terms)
        assert status in (200, 202), answer
        await self.work()
        return await self.state(answer["roster_id"])

    async def take_in(self, rows: Sequence[Row] | bytes, **terms: Any) -> dict[str, Any]:
        """Upload, validate and commit; answers how the roster stands."""
        previewed = await self.preview(rows, **terms)
        return await self.commit(previewed["roster_id"])

    async def commit(self, roster_id: str) -> dict[str, Any]:
        """Commit and wait."""
        response = await self.registry.post(f"/v1/rosters/{roster_id}/commit", {})
        assert response.status_code == 202, response.text
        await self.work()
        return await self.state(roster_id)

    async def state(self, roster_id: str) -> dict[str, Any]:
        """How a roster stands."""
        answer: dict[str, Any] = (await self.registry.get(f"/v1/rosters/{roster_id}")).json()
        return answer

    async def rows(self, roster_id: str, *, scope: str = "registry:read", **query: Any) -> list[dict[str, Any]]:
        """The rows with their verdicts."""
        response = await self.registry.get(f"/v1/rosters/{roster_id}/rows", scope=scope, **query)
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = response.json()["rows"]
        return rows

    async def decide(self, roster_id: str, row_no: int, **decision: str) -> tuple[int, dict[str, Any]]:
        """Decide a row; answers status and body."""
        response = await self.registry.post(f"/v1/rosters/{roster_id}/rows/{row_no}", decision)
        return response.status_code, response.json()


def counted(state: dict[str, Any]) -> dict[str, int]:
    """The statuses that some rows have."""
    return {status: count for status, count in state["counts"].items() if count}


def codes_of(one: dict[str, Any]) -> list[str]:
    """The names of a row's reasons."""
    return [reason["code"] for reason in one["reasons"]]
