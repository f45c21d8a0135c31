"""``/v1/rosters``: files of households, cooperatives, enterprises and stations, from upload to commit."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.codes.code import Kind
from services.codes.errors import RosterTooLarge, UnknownRoster
from services.codes.roster.columns import Layout
from services.codes.roster.reasons import Status
from services.codes.roster.verdict import DATED, Decision
from services.codes.roster.workbook import station_template, template
from services.codes.routes.callers import Keys, Officer, Reader, Storage
from services.codes.routes.roster_download import rows_as_csv
from services.codes.routes.station_rosters import reason_out, station_answer
from services.codes.schemas.base import RegionCode
from services.codes.schemas.rosters import (
    ChangeOut,
    DatedField,
    DecidedOut,
    DecisionIn,
    MissingOut,
    MissingPageOut,
    Mode,
    RosterCounts,
    RosterKind,
    RosterOut,
    RosterRowOut,
    RosterRowsOut,
    RostersOut,
    StationRosterOut,
    UploadedOut,
)
from services.codes.service import rosters as use_cases
from services.codes.service.roster_decisions import decide_row
from services.codes.service.rosters import MAX_FILE_BYTES, RosterState, RowView, Terms
from services.codes.service.station_roster import StationRoster, take_in_stations
from services.kit import clock
from services.kit.errors import InvalidInput
from services.kit.feed import Loop
from services.kit.money import format_yuan

router = APIRouter(prefix="/v1/rosters", tags=["rosters"])

LARGEST_ID = 2**63 - 1
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE = {"requestBody": {"required": True, "content": {"text/csv": _BINARY, _XLSX: _BINARY}}}
_PAGE = 1_000


@router.post("", status_code=202, openapi_extra=_FILE)
async def upload(
    *,
    request: Request,
    caller: Officer,
    database: Storage,
    keys: Keys,
    response: Response,
    kind: Annotated[RosterKind, Query(description="Whom the file lists.")],
    region: Annotated[RegionCode, Query(description="The division that it covers: usually a county.")],
    as_of: Annotated[date, Query(description="The day of which it speaks.")],
    mode: Annotated[Mode, Query(description="full: it lists everybody; delta: it lists some.")],
    corrections: Annotated[
        list[DatedField],
        Query(
            default_factory=list, description="Fields whose changed values were wrong before; else: events of as_of."
        ),
    ],
    at_once: Annotated[bool, Query(alias="commit", description="Only of stations: also write what is good.")] = False,
) -> UploadedOut | StationRosterOut:
    """Take in a roster. The body is the file: CSV (UTF-8 or GB18030) or XLSX, at most 64 MiB and 200,000 rows.

    Only the columns that a roster has are kept, encrypted; the answer names the others. The rows are validated in the
    background: ask ``GET /v1/rosters/{id}`` until ``stage`` is ``previewed``. Nothing is registered before
    ``POST /v1/rosters/{id}/commit``. The same file with the same terms, not committed yet, is answered with 200.

    Stations are few (up to 5,000 rows) and name no person: a roster of them is answered at once with 200, row by row,
    and kept nowhere; nothing is registered unless ``commit=true``.
    """
    today = clock.business_day(clock.now())
    if kind is RosterKind.STATION:
        if corrections:
            raise InvalidInput("站点名册的变更自 as_of 起生效 / What changes of a station is true from as_of on")
        listed = StationRoster(await _body(request), region, as_of, full=mode is Mode.FULL, commit=at_once)
        response.status_code = 200
        return station_answer(listed, await take_in_stations(database, caller, listed, today=today))
    if at_once:
        raise InvalidInput("请先看预览,再 POST …/commit / Look at the preview first, then POST …/commit")
    terms = Terms(Kind(kind.value), region, as_of, mode.value, _fields(corrections))
    content = await _body(request)
    taken = await use_cases.upload_roster(database, keys, caller, content, terms, today=today)
    _wake(request)
    response.status_code = 200 if taken.again else 202
    response.headers["Location"] = f"/v1/rosters/{taken.roster_id}"
    state = _state(await use_cases.read_roster(database, caller, taken.roster_id))
    return UploadedOut(
        **state.model_dump(), already_uploaded=taken.again, ignored_columns=list(taken.ignored_columns[:100])
    )


def _fields(corrections: Sequence[DatedField]) -> frozenset[str]:
    if DatedField.ALL in corrections:
        return frozenset(DATED)
    return frozenset(field.value for field in corrections)


async def _body(request: Request) -> bytes:
    """The file, held in memory: what a roster does not need of it shall never be on a disk."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > MAX_FILE_BYTES:
            raise RosterTooLarge(MAX_FILE_BYTES)
        pieces.append(piece)
    return b"".join(pieces)


def _wake(request: Request) -> None:
    loop: Loop = request.app.state.roster_loop
    loop.wake()


@router.get("")
async def rosters(
    caller: Reader,
    database: Storage,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RostersOut:
    """The latest rosters in the caller's regions."""
    states = await use_cases.list_rosters(database, caller, before=before, limit=limit)
    last = str(states[-1].row.roster_id) if len(states) == limit else None
    return RostersOut(rosters=[_state(one) for one in states], next=last)


@router.get("/template", response_class=Response, responses={200: {"content": {_XLSX: _BINARY}}})
async def download_template(kind: RosterKind = RosterKind.HOUSEHOLD, layout: Layout = Layout.HOUSEHOLD) -> Response:
    """An XLSX file with the titles of a roster's columns, formatted as text, and an example that is made up.

    ``layout`` of households: a row for each household, or for each person.
    """
    headers = {"Content-Disposition": f'attachment; filename="roster-{kind.value}.xlsx"'}
    book = station_template() if kind is RosterKind.STATION else template(Kind(kind.value), layout)
    return Response(book, media_type=_XLSX, headers=headers)


@router.get("/{roster_id}")
async def roster(roster_id: str, caller: Reader, database: Storage) -> RosterOut:
    """How a roster stands, and how many of its rows have which status."""
    return _state(await use_cases.read_roster(database, caller, _number(roster_id)))


@router.post("/{roster_id}/commit", status_code=202)
async def commit(roster_id: str, request: Request, caller: Officer, database: Storage) -> RosterOut:
    """Write the rows that are ``new`` or ``changed`` into the registry, in the background; keep the others.

    Ask ``GET /v1/rosters/{id}`` until ``stage`` is ``committed``. May be repeated after decisions; what is committed
    stays as it is. Each part of three thousand rows is one batch.
    """
    state = await use_cases.commit_roster(database, caller, _number(roster_id))
    _wake(request)
    return _state(state)


@router.post("/{roster_id}/discard")
async def discard(roster_id: str, caller: Officer, database: Storage) -> RosterOut:
    """Give up what is not committed: what its rows say is deleted, and how they were judged stays.

    By itself this happens to every roster some months after its upload.
    """
    return _state(await use_cases.discard_roster(database, caller, _number(roster_id)))


@router.get("/{roster_id}/rows", response_model_exclude_defaults=False)
async def rows(
    *,
    roster_id: str,
    caller: Reader,
    database: Storage,
    keys: Keys,
    status: Status | None = None,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=_PAGE)] = 200,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Any:
    """The rows with their verdicts and reasons, page by page; with ``format=csv`` all of them, as a download.

    The CSV names no person: row numbers lead back to the file that was sent.
    """
    number = _number(roster_id)
    if form == "csv":
        written = await rows_as_csv(database, keys, caller, number, status=status)
        headers = {"Content-Disposition": f'attachment; filename="roster-{number}.csv"'}
        return StreamingResponse(written, media_type="text/csv; charset=utf-8", headers=headers)
    page, more = await use_cases.list_rows(database, keys, caller, number, status=status, after=after, limit=limit)
    return RosterRowsOut(rows=[_row(one) for one in page], next=page[-1].row_no if more else None)


@router.post("/{roster_id}/rows/{row_no}")
async def decide(
    *, roster_id: str, row_no: int, body: DecisionIn, caller: Officer, database: Storage, keys: Keys
) -> DecidedOut:
    """Decide about a row: ``decision`` for a suspected duplicate, ``region`` for an ambiguous place.

    ``same``: the row is about the subject it resembles, and its changes will be committed; a row that repeats an
    earlier one stays out. ``different``: it will be registered as a subject of its own, known by its number in the
    register. ``by_external_id``, ``by_id_card``: which of two subjects its numbers lead to.
    """
    decision: Decision | str | None = body.decision or body.region
    if decision is None or (body.decision and body.region):
        raise InvalidInput("请给出 decision 或 region 之一 / Give one of decision and region")
    status = await decide_row(database, keys, caller, _number(roster_id), row_no, decision=decision)
    return DecidedOut(row=row_no, status=status)


@router.get("/{roster_id}/missing")
async def missing(
    roster_id: str,
    caller: Reader,
    database: Storage,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=_PAGE)] = 500,
) -> MissingPageOut:
    """Who is registered in the region of a full roster and stands in no row of it. Nothing is done to them."""
    found, more = await use_cases.list_missing(database, caller, _number(roster_id), after=after, limit=limit)
    page = [MissingOut(subject_id=str(row.subject_id), code=row.code, region=row.region) for row in found]
    return MissingPageOut(missing=page, next=page[-1].subject_id if more else None)


def _number(roster_id: str) -> int:
    if not (roster_id.isascii() and roster_id.isdigit() and int(roster_id) <= LARGEST_ID):
        raise UnknownRoster
    return int(roster_id)


def _state(state: RosterState) -> RosterOut:
    row = state.row
    return RosterOut(
        roster_id=str(row.roster_id),
        kind=row.kind,
        region=row.region,
        as_of=row.as_of,
        mode=row.mode,
        corrections=row.corrections,
        layout=row.layout,
        stage=row.stage,
        rows=row.rows_total,
        validated=row.rows_validated,
        committed=state.committed,
        waiting=state.waiting,
        counts=RosterCounts(**state.by_status),
        uploaded_at=row.uploaded_at,
    )


def _row(view: RowView) -> RosterRowOut:
    return RosterRowOut(
        row=view.row_no,
        status=view.status,
        reasons=[reason_out(reason) for reason in view.reasons],
        changed=list(view.changed),
        changes={
            field: ChangeOut(registered=_text(field, old), said=_text(field, new))
            for field, (old, new) in view.changes.items()
        },
        decision=None if view.decision is None else Decision(view.decision),
        decisions=list(view.decisions),
        committed=view.committed,
        subject_id=None if view.subject_id is None else str(view.subject_id),
        code=view.code,
        name=view.name,
    )


def _text(field: str, value: Any) -> str | None:
    if value is None:
        return None
    return format_yuan(value) if field == "income" else str(value)
