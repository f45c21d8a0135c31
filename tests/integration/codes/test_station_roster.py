"""Rosters of stations, as a county office has them."""

import asyncio
from typing import Any

from services.codes.queries import stations
from tests.integration.codes.conftest import OFFICER, QIANNAN, VILLAGE, Registry

COUNTY = "522701000000"
HEADER = "站点编号,站点名称,站点类型,行政区划代码,设立日期,备注\n"


async def send(registry: Registry, text: str, *, regions: tuple[str, ...] = (), **terms: Any) -> dict[str, Any]:
    query = {"kind": "station", "region": COUNTY, "as_of": "2020-06-01", "mode": "delta", "commit": True, **terms}
    response = await registry.client.post(
        "/v1/rosters", params=query, content=text.encode("gb18030"), headers=registry.token(OFFICER, *regions)
    )
    answer: dict[str, Any] = response.json()
    return answer


def told(answer: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [(row["station"], row["status"], [one["code"] for one in row["reasons"]]) for row in answer["rows"]]


async def test_new_stations_are_registered_what_differs_is_altered_and_twice_changes_nothing(
    registry: Registry,
) -> None:
    first = HEADER + f"S1,江洲服务站,服务站,{VILLAGE},2019-03-01,x\nS2,安置点中心,便民服务中心,{VILLAGE},,\n"
    assert (await send(registry, first, commit=False))["counts"]["new"] == 2
    assert await registry.rows("SELECT * FROM codes.station_versions") == []
    answer = await send(registry, first)
    assert (answer["counts"]["new"], answer["ignored_columns"]) == (2, ["备注"])
    shown = (await registry.get("/v1/stations/S1")).json()
    assert (shown["name"], shown["type"], shown["registered_on"]) == ("江洲服务站", "service_station", "2019-03-01")
    assert (await send(registry, first))["counts"]["unchanged"] == 2
    renamed = await send(registry, first.replace("江洲服务站", "江洲电商站"), as_of="2020-07-01")
    assert [(row["status"], row["changed"]) for row in renamed["rows"]] == [("changed", ["name"]), ("unchanged", [])]
    rows = await registry.rows(
        "SELECT name, valid_from::text FROM codes.station_versions WHERE station = 'S1' AND superseded_in IS NULL "
        "ORDER BY valid_from"
    )
    assert [tuple(row) for row in rows] == [("江洲服务站", "2019-03-01"), ("江洲电商站", "2020-07-01")]


async def test_each_row_that_cannot_be_taken_says_why_and_stops_no_other(registry: Registry) -> None:
    far = HEADER + "S9,花溪服务站,服务站,520111012201,,\n"
    await send(registry, far, region="520000000000")
    text = HEADER + (
        f"S1,江洲服务站,服务站,{VILLAGE},,\n"
        f"S 1,x,服务站,{VILLAGE},,\n"
        f"S2,,服务站,{VILLAGE},,\n"
        f"S3,x,茶馆,{VILLAGE},,\n"
        "S4,x,服务站,520111012201,,\n"
        f"S5,x,服务站,{VILLAGE},2020-06-02,\n"
        f"S1,又一站,服务站,{VILLAGE},,\n"
        f"S9,x,服务站,{VILLAGE},,\n"
        f"S6,x,服务站,{VILLAGE},1890-01-01,\n"
        f"S7,末尾一站,服务站,{VILLAGE},,\n"
    )
    answer = await send(registry, text, regions=(QIANNAN,))
    assert told(answer) == [
        ("S1", "new", []),
        ("S 1", "invalid", ["station_number_invalid"]),
        ("S2", "invalid", ["name_missing"]),
        ("S3", "invalid", ["station_type_unknown"]),
        ("S4", "invalid", ["place_outside"]),
        ("S5", "invalid", ["registered_after"]),
        ("S1", "duplicate_in_file", ["repeats_external_id"]),
        ("S9", "held", ["registered_elsewhere"]),
        ("S6", "invalid", ["place_not_then"]),
        ("S7", "new", []),
    ]
    assert (await send(registry, "甲,乙\n1,2\n"))["code"] == "unreadable_roster"
    refused = await send(registry, text, regions=("520300000000",))
    assert refused["code"] == "region_not_allowed"


async def test_a_station_that_somebody_else_registers_meanwhile_is_held_and_stops_no_other(
    registry: Registry,
) -> None:
    """The roster was judged before; when it is written, S2 is there with another name."""
    text = "".join(f"S{number},{number}号站,服务站,{VILLAGE},,\n" for number in range(1, 4))
    other = {"station": "S2", "name": "别人的站", "region": VILLAGE, "type": "other", "registered_on": "2020-01-01"}
    async with registry.database.transaction() as connection:
        await stations.lock_station(connection, "S1")  # which the roster writes first: so long it waits
        sending = asyncio.create_task(send(registry, HEADER + text))
        waits: list[Any] = []
        while not waits:
            waits = await registry.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        assert (await registry.post("/v1/stations", other)).status_code == 201
    assert told(await sending) == [("S1", "new", []), ("S2", "held", ["registry_changed"]), ("S3", "new", [])]
    assert (await registry.get("/v1/stations/S2")).json()["name"] == "别人的站"


async def test_who_is_missing_from_a_full_roster_is_listed_and_nothing_is_done(registry: Registry) -> None:
    """But not who closed, nor who is in another county, nor in an answer to a roster of some."""
    others = HEADER + f"S1,一站,服务站,{VILLAGE},,\nS2,二站,服务站,{VILLAGE},,\nS3,三站,服务站,{VILLAGE},,\n"
    await send(registry, others + "S9,花溪服务站,服务站,520111012201,,\n", region="520000000000")
    closed = {"from": "2020-06-01", "reason": "撤站", "status": "closed"}
    assert (await registry.post("/v1/stations/S3/changes", closed)).status_code == 200
    listed = HEADER + f"S1,一站,服务站,{VILLAGE},,\n"
    assert (await send(registry, listed))["missing"] == []
    answer = await send(registry, listed, mode="full")
    assert (answer["missing"], answer["counts"]["unchanged"]) == (["S2"], 1)
    assert (await registry.get("/v1/stations/S2")).json()["status"] == "active"


async def test_the_template_of_stations_is_a_roster_and_households_are_not_committed_unseen(registry: Registry) -> None:
    template = await registry.get("/v1/rosters/template", kind="station")
    query = {"kind": "station", "region": COUNTY, "as_of": "2020-06-01", "mode": "delta"}
    sent = await registry.client.post(
        "/v1/rosters", params=query, content=template.content, headers=registry.token(OFFICER)
    )
    assert (sent.status_code, sent.json()["committed"], sent.json()["ignored_columns"]) == (200, False, [])
    assert told(sent.json()) == [("DY-001", "new", [])]
    assert (await send(registry, HEADER, kind="household"))["code"] == "invalid_input"
    assert (await send(registry, HEADER, corrections="all"))["code"] == "invalid_input"
