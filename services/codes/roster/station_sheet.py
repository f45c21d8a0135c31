"""Reads a roster of stations: a file as a county office has it, row by row, with what speaks against a row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final

from services.codes.roster.columns import UnfitHeader, normalise_header
from services.codes.roster.entry import NAME_LENGTH, read_date
from services.codes.roster.places import Places, Written
from services.codes.roster.reasons import Reason
from services.codes.roster.sheet import HEADER_WITHIN, Row, read_rows
from services.codes.station import StationType

MAX_STATIONS: Final = 5_000
_STATION: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "station": ("站点编号", "编号", "站点编码", "服务站编号", "station"),
    "name": ("站点名称", "名称", "服务站名称", "name"),
    "type": ("站点类型", "类型", "type"),
    "prefecture": ("市（州）", "市", "州", "市州", "所在市州"),
    "county": ("县（市、区）", "县", "区县", "县市区", "所在县"),
    "township": ("乡镇", "乡镇街道", "所在乡镇"),
    "village": ("行政村", "村", "村（社区）", "所在村"),
    "region": ("行政区划代码", "区划代码", "村代码", "region"),
    "registered_on": ("设立日期", "建站日期", "登记日期", "registered_on"),
}
"""The columns by field, with the names they go by; the first is the usual one."""
_FIELDS: Final = {normalise_header(title): name for name, titles in TITLES.items() for title in titles}
_TYPES: Final = {
    "服务站": StationType.SERVICE_STATION,
    "电商服务站": StationType.SERVICE_STATION,
    "村级电商服务站": StationType.SERVICE_STATION,
    "便民服务中心": StationType.CONVENIENCE_CENTRE,
    "物流网点": StationType.LOGISTICS_POINT,
    "县级运营中心": StationType.COUNTY_CENTRE,
    "其他": StationType.OTHER,
    **{kind.value: kind for kind in StationType},
}


@dataclass(slots=True)
class StationEntry:
    """What a row says of a station; None for what it does not say."""

    row_no: int
    station: str = ""
    name: str | None = None
    type: StationType | None = None
    region: str | None = None
    registered_on: date | None = None
    reasons: list[Reason] = field(default_factory=list)


def read_stations(content: bytes, places: Places) -> tuple[list[StationEntry], tuple[str, ...]]:
    """The stations of a file, and the titles of columns that are not read.

    Raises :class:`UnfitHeader` and :class:`~services.codes.roster.sheet.UnreadableSheet`.
    """
    rows = read_rows(content)
    first = list(islice(rows, HEADER_WITHIN))
    known = [sum(normalise_header(cell) in _FIELDS for cell in cells) for _, cells in first]
    if not first or not max(known):
        raise UnfitHeader("前10行中没有可识别的表头 / none of the first ten rows has the titles of stations")
    at = known.index(max(known))
    titles = first[at][1]
    fields = [_FIELDS.get(normalise_header(title)) for title in titles]
    if "station" not in fields:
        raise UnfitHeader("缺少列:站点编号 / a column is missing: 站点编号")
    rest = [*first[at + 1 :], *islice(rows, MAX_STATIONS + 1)]
    if len(rest) > MAX_STATIONS:
        raise UnfitHeader(f"超过 {MAX_STATIONS} 行,请分开上传 / more than {MAX_STATIONS} rows; send several files")
    ignored = tuple(title.strip() for title, name in zip(titles, fields, strict=True) if name is None and title.strip())
    return [_read(row, fields, places) for row in rest], ignored


def _read(row: Row, fields: Sequence[str | None], places: Places) -> StationEntry:
    row_no, cells = row
    said = {name: cell.strip() for name, cell in zip(fields, cells, strict=False) if name and cell.strip()}
    entry = StationEntry(row_no, said.get("station", ""), said.get("name"))
    if _STATION.fullmatch(entry.station) is None:
        entry.reasons.append(Reason("station_number_invalid", "station"))
    if entry.name is not None and len(entry.name) > NAME_LENGTH:
        entry.reasons.append(Reason("name_length", "name"))
    if "type" in said:
        entry.type = _TYPES.get(said["type"])
        if entry.type is None:
            entry.reasons.append(Reason("station_type_unknown", "type"))
    if "region" in said or "village" in said:
        names = (said.get(name, "") for name in ("region", "prefecture", "county", "township", "village"))
        place = places.find(Written(*names))
        entry.region = place.village
        if place.reason is not None:
            entry.reasons.append(Reason(place.reason, "place", regions=place.candidates))
    if "registered_on" in said:
        entry.registered_on = read_date(said["registered_on"], entry.reasons)
    return entry
