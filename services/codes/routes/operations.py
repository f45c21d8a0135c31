"""``/v1/subjects/{subject_id}/…``: households divide, join, move, change their head; what changes from year to year."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Row

from services.codes.privacy import PersonKeys
from services.codes.routes.callers import Keys, Officer, Reader, Storage
from services.codes.routes.subjects import subject_id_of
from services.codes.schemas.base import Incoming
from services.codes.schemas.operations import (
    AlteredOut,
    ChangeHeadIn,
    CountOut,
    HeadOut,
    HistoryOut,
    IncomeOut,
    MergeIn,
    MergeOut,
    MoveIn,
    OperationOut,
    ReviseIn,
    SplitIn,
    SplitOut,
    SuccessionOut,
    SuccessorOut,
    UndoIn,
    UndoOut,
    VersionOut,
)
from services.codes.service.changing import Altered, Wanted, alter_subject
from services.codes.service.histories import FormerHead, History, read_history
from services.codes.service.merging import Merger, merge_households
from services.codes.service.splitting import Split, split_household
from services.codes.service.undoing import undo_operation
from services.codes.subject import Baseline
from services.codes.versions import Values
from services.kit import clock
from services.kit.clock import SHANGHAI
from services.kit.money import format_yuan, parse_yuan

router = APIRouter(prefix="/v1/subjects/{subject_id}", tags=["subjects"])


def _content_index(keys: PersonKeys, path: str, body: Incoming) -> bytes:
    """By which the same request is recognised, without keeping what it says. What it leaves to the default was not
    asked of those who sent theirs earlier.
    """
    told = body.model_dump_json(exclude=None if "later_counts" in body.model_fields_set else {"later_counts"})
    return keys.index("operation", f"{path}\0{told}")


def _counts(counts: Sequence[tuple[date, int]]) -> list[CountOut]:
    return [CountOut(since=since, persons=persons) for since, persons in counts]


@router.post("/split")
async def split(subject_id: str, body: SplitIn, caller: Officer, database: Storage, keys: Keys) -> SplitOut:
    """A household divides (分户): one part keeps subject, code and card, each other is a household with a new code.

    Persons of the parts sum to the household's on that day; links divide as said. Sales before the day stay where they
    are; the registered income per head is every part's. The same request again changes nothing.
    """
    keeper = body.parts[body.keeper()]
    others = [part.part() for part in body.parts if part is not keeper]
    divided = await split_household(
        database,
        keys,
        caller,
        subject_id_of(subject_id),
        Split(body.on, body.reason, keeper.part(), others, body.divisions(), body.later_counts),
        content_index=_content_index(keys, "split", body),
        today=clock.business_day(clock.now()),
    )
    successors = [
        SuccessorOut(subject_id=str(one.subject_id), code=one.code, persons=one.persons) for one in divided.successors
    ]
    return SplitOut(
        subject_id=str(divided.subject_id),
        on=body.on,
        successors=successors,
        counts=_counts(divided.counts),
        already_recorded=divided.already,
    )


@router.post("/merge")
async def merge(subject_id: str, body: MergeIn, caller: Officer, database: Storage, keys: Keys) -> MergeOut:
    """Households join this one (并户): from that day on their codes, links and persons are its own.

    Sales under any of the codes from that day on are its sales; those before stay where they are. The same request
    again changes nothing.
    """
    joined = await merge_households(
        database,
        caller,
        subject_id_of(subject_id),
        Merger(body.on, body.reason, [int(one) for one in body.merged], body.later_counts),
        content_index=_content_index(keys, "merge", body),
        today=clock.business_day(clock.now()),
    )
    return MergeOut(
        subject_id=str(joined.subject_id),
        on=body.on,
        merged=[str(one) for one in joined.merged],
        persons=joined.counts[0][1] if joined.counts else 0,
        counts=_counts(joined.counts),
        codes=list(joined.codes),
        already_recorded=joined.already,
    )


@router.post("/undo")
async def undo(subject_id: str, body: UndoIn, caller: Officer, database: Storage) -> UndoOut:
    """A split or merge was recorded by mistake (撤销误录): everything becomes what it was, and on the record clock it
    stays that it was once thought true. Only while nothing was recorded since of the households concerned (``later``
    lists it). The same request again changes nothing.
    """
    undone = await undo_operation(
        database, caller, subject_id_of(subject_id), int(body.operation_id), reason=body.reason
    )
    return UndoOut(
        subject_id=subject_id,
        operation_id=body.operation_id,
        operation=undone.operation,
        on=undone.on,
        concerned=[str(one) for one in undone.concerned],
        already_undone=undone.already,
    )


@router.post("/move")
async def move(subject_id: str, body: MoveIn, caller: Officer, database: Storage, keys: Keys) -> AlteredOut:
    """A household moves to another village (易地搬迁), or a group's seat does. What was sold before stays there."""
    operation = "resettle" if body.resettlement else "move"
    wanted = Wanted(operation, body.on, body.reason, events={"region": body.region})
    return await _alter(subject_id, wanted, caller, database, keys)


@router.post("/head")
async def change_head(
    subject_id: str, body: ChangeHeadIn, caller: Officer, database: Storage, keys: Keys
) -> AlteredOut:
    """Another person heads the household (户主变更). The numbers of the former one still lead here."""
    wanted = Wanted("change_head", body.on, body.reason, head=body.head.head())
    return await _alter(subject_id, wanted, caller, database, keys)


@router.post("/revise")
async def revise(subject_id: str, body: ReviseIn, caller: Officer, database: Storage, keys: Keys) -> AlteredOut:
    """Persons, status and registered income of a household, or a group's ``members_bp``: as they became, or corrected.

    An income is that of its accounting year: recorded again, it replaces what was recorded of that year.
    """
    said = Values()
    for name in ("persons", "region", "members_bp"):
        value = getattr(body, name)
        if value is not None:
            said[name] = value
    if body.status is not None:
        said["status"] = body.status.value
    income = None
    if body.baseline_income is not None and body.baseline_year is not None:
        income = Baseline(body.baseline_year, parse_yuan(body.baseline_income))
    corrects = body.kind == "correction"
    wanted = Wanted(
        "revise",
        body.on,
        body.reason,
        events=Values() if corrects else said,
        corrections=said if corrects else Values(),
        income=income,
        income_persons=body.baseline_persons,
    )
    return await _alter(subject_id, wanted, caller, database, keys)


async def _alter(subject_id: str, wanted: Wanted, caller: Officer, database: Storage, keys: Keys) -> AlteredOut:
    today = clock.business_day(clock.now())
    altered = await alter_subject(database, keys, caller, subject_id_of(subject_id), wanted, today=today)
    return _altered(altered, wanted)


def _altered(altered: Altered, wanted: Wanted) -> AlteredOut:
    version = altered.version
    return AlteredOut(
        subject_id=str(altered.subject_id),
        on=wanted.on,
        region=version.region,
        persons=version.persons,
        status=version.status,
        members_bp=version.members_bp,
        changed=altered.changed,
        came_out_later=[str(one) for one in altered.came_out_later],
        joined_later=[str(one) for one in altered.joined_later],
    )


@router.get("/history", response_model_exclude_unset=True)
async def history(subject_id: str, caller: Reader, database: Storage, keys: Keys) -> HistoryOut:
    """Everything that was ever known of a subject, on both clocks: what was done, what was true from day to day, out of
    whom it came. Heads only with ``codes:person``.
    """
    found = await read_history(database, keys, caller, subject_id_of(subject_id))
    return _history(found)


def _history(found: History) -> HistoryOut:
    shown = HistoryOut(
        subject_id=str(found.subject_id),
        operations=[
            OperationOut(
                operation_id=str(row.batch_id),
                operation=row.operation,
                on=row.on_day,
                recorded_at=row.recorded_at.astimezone(SHANGHAI),
                actor=row.actor,
                reason=row.reason,
                others=[str(one) for one in row.others],
                undone_at=row.undone_at and row.undone_at.astimezone(SHANGHAI),
            )
            for row in found.operations
        ],
        successions=[
            SuccessionOut(
                kind=row.kind,
                on=row.on_day,
                predecessor=str(row.predecessor_id),
                successor=str(row.successor_id),
                persons=row.persons,
            )
            for row in found.successions
        ],
        versions=[
            VersionOut(
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                region=row.region,
                persons=row.persons,
                status=row.status,
                members_bp=row.members_bp,
                **_known(row),
            )
            for row in found.versions
        ],
        incomes=[
            IncomeOut(
                year=row.year,
                per_head=format_yuan(row.per_head_fen),
                persons=row.persons,
                valid_from=None if row.valid_from == row.valid_from.min else row.valid_from,
                valid_to=row.valid_to,
                **_known(row),
            )
            for row in found.incomes
        ],
    )
    if found.heads is None:
        return shown
    heads = [
        HeadOut(name=one.name, id_card=one.id_card, phone=one.phone, since=one.since, **_known(one))
        for one in found.heads
    ]
    return shown.model_copy(update={"heads": heads})


def _known(row: Row[Any] | FormerHead) -> dict[str, object]:
    until = row.superseded_at
    return {
        "known_from": row.recorded_at.astimezone(SHANGHAI),
        "known_to": None if until is None else until.astimezone(SHANGHAI),
    }
