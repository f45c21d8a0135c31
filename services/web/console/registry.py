"""The registry as an officer's pages use it: one method per question or act, in the officer's name."""

import asyncio
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from services.web.api import PublicApi, TableFile
from services.web.console.answers import (
    Cards,
    Divisions,
    Handover,
    HeldCode,
    Issued,
    MissingPage,
    Roster,
    Rosters,
    Rows,
    Subjects,
)
from services.web.console.station_answers import Invitation, Objections, StationDetail, Stations
from services.web.divisions import level_of
from services.web.errors import ApiRefused
from services.web.schemas import Region
from services.web.visits import NOT_FOUND

UPLOAD_SECONDS = 180.0
"""How long a roster may take to be read: the largest workbooks take a minute."""
PRINT_SECONDS = 60.0
PAGE_ROWS = 100
_COUNTY = 2
_AT_ONCE = 8


class Registry:
    """What :class:`PublicApi` answers to one officer. Raises what that raises."""

    def __init__(self, api: PublicApi, token: str) -> None:
        self._api = api
        self._token = token

    async def rosters(self, *, limit: int = 20) -> list[Roster]:
        """The latest rosters of the officer's regions."""
        query = {"limit": str(limit)}
        return (await self._api.ask(Rosters, "GET", "/v1/rosters", token=self._token, query=query)).rosters

    async def upload(self, terms: Mapping[str, str | list[str]], file: AsyncIterable[bytes], size: int) -> Roster:
        """Send a file; it is validated in the background. ``terms`` are the parameters of ``POST /v1/rosters``."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        return await self._api.ask(
            Roster, "POST", "/v1/rosters", token=self._token, query=terms, headers=headers, content=file,
            timeout_seconds=UPLOAD_SECONDS,
        )  # fmt: skip

    async def roster(self, roster_id: str) -> Roster:
        """How a roster stands."""
        return await self._api.ask(Roster, "GET", _roster(roster_id), token=self._token)

    async def rows(self, roster_id: str, *, status: str, after: str) -> Rows:
        """A page of its rows."""
        query = {"limit": str(PAGE_ROWS), "after": after or "0"} | ({"status": status} if status else {})
        return await self._api.ask(Rows, "GET", f"{_roster(roster_id)}/rows", token=self._token, query=query)

    async def missing(self, roster_id: str, *, after: str) -> MissingPage:
        """Who stands in no row of it."""
        query = {"limit": str(PAGE_ROWS), "after": after or "0"}
        return await self._api.ask(MissingPage, "GET", f"{_roster(roster_id)}/missing", token=self._token, query=query)

    async def act(self, path: str, body: Mapping[str, Any] | None = None) -> None:
        """One act whose outcome the next page shows. ``path`` without ``/v1``, its segments already quoted."""
        await self._api.send("act", "POST", f"/v1{path}", token=self._token, json=body)

    async def results(self, roster_id: str) -> TableFile:
        """All rows with their verdicts as CSV, without names."""
        answer = await self._api.send(
            "results", "GET", f"{_roster(roster_id)}/rows", token=self._token, query={"format": "csv"},
            timeout_seconds=PRINT_SECONDS,
        )  # fmt: skip
        return TableFile.of(answer)

    async def template(self, kind: str, layout: str) -> TableFile:
        """A workbook to fill in."""
        query = {"kind": kind, "layout": layout}
        return TableFile.of(await self._api.send("template", "GET", "/v1/rosters/template", query=query))

    async def find(self, asked: Mapping[str, str]) -> Subjects:
        """Subjects by what is known of them, sent in the body."""
        return await self._api.ask(Subjects, "POST", "/v1/subjects/search", token=self._token, json=asked)

    async def code(self, code: str) -> HeldCode:
        """The state of a code."""
        return await self._api.ask(HeldCode, "GET", f"/v1/codes/{quote(code, safe='')}", token=self._token)

    async def cards(self, code: str) -> Cards:
        """The cards that a code ever had."""
        return await self._api.ask(Cards, "GET", f"/v1/codes/{quote(code, safe='')}/cards", token=self._token)

    async def handover(self, code: str, card_no: str) -> str:
        """The handover code of a card: it is told to the officer, and that is on record."""
        path = f"/v1/codes/{quote(code, safe='')}/cards/{quote(card_no, safe='')}/handover"
        return (await self._api.ask(Handover, "POST", path, token=self._token)).handover

    async def stations(self, *, region: str, after: str) -> Stations:
        """A page of a division's stations."""
        query = {"limit": str(PAGE_ROWS), "after": after} | ({"region": region} if region else {})
        return await self._api.ask(Stations, "GET", "/v1/stations", token=self._token, query=query)

    async def station(self, station: str) -> StationDetail:
        """One station with all that belongs to it."""
        return await self._api.ask(StationDetail, "GET", f"/v1/stations/{quote(station, safe='')}", token=self._token)

    async def invite(self, station: str, label: str) -> Invitation:
        """A code with which one device enrols at a station; told once."""
        path = f"/v1/stations/{quote(station, safe='')}/enrolments"
        return await self._api.ask(Invitation, "POST", path, token=self._token, json={"label": label})

    async def objections(self, *, after: str) -> Objections:
        """What households of the officer's regions object to, without an answer so far."""
        query = {"limit": str(PAGE_ROWS), "after": after or "0"}
        return await self._api.ask(Objections, "GET", "/v1/statements/objections", token=self._token, query=query)

    async def issue_cards(self, selection: Mapping[str, Any], *, most: int) -> bool:
        """Cards for those of the first ``most`` codes of a selection that have none; whether these are all codes."""
        body = {**selection, "limit": most}
        done = await self._api.ask(
            Issued, "POST", "/v1/cards", token=self._token, json=body, timeout_seconds=PRINT_SECONDS
        )
        return done.next is None

    async def sheets(self, what: str, selection: Mapping[str, Any], *, most: int) -> tuple[list[bytes], bool]:
        """The documents of ``labels``, ``cards`` or ``handovers``, at most ``most``; and whether these are all."""
        documents: list[bytes] = []
        after: str | None = None
        while len(documents) < most:
            body = {**selection} if after is None else {**selection, "after": after}
            answer = await self._api.send(
                what, "POST", f"/v1/{what}.pdf", token=self._token, json=body, timeout_seconds=PRINT_SECONDS
            )
            documents.append(answer.content)
            after = answer.headers.get("onecode-next")
            if after is None:
                return documents, True
        return documents, False

    async def regions_of(self, codes: Iterable[str]) -> list[Region]:
        """What an officer may choose a roster's region from: their divisions, and the counties in larger ones."""
        found: list[Region] = []
        small = []
        for code in codes:
            if level_of(code) < _COUNTY:
                query = {"parent": code, "level": "county"}
                found += (await self._api.ask(Divisions, "GET", "/v1/regions", query=query)).regions
            else:
                small.append(code)
        return found + [Region(code=code, name=name) for code, name in (await self.names(small)).items()]

    async def names(self, codes: Iterable[str]) -> dict[str, str]:
        """Names of divisions, from their county downwards; of one that there is no more, its code."""
        wanted = list(dict.fromkeys(codes))
        turn = asyncio.Semaphore(_AT_ONCE)

        async def name(code: str) -> str:
            try:
                async with turn:
                    division = await self._api.division(code)
            except ApiRefused as refused:
                if refused.status != NOT_FOUND:
                    raise
                return code
            return "".join(one.name for one in (*division.path[_COUNTY:], division))

        return dict(zip(wanted, await asyncio.gather(*map(name, wanted)), strict=True))


def _roster(roster_id: str) -> str:
    return f"/v1/rosters/{quote(roster_id, safe='')}"
