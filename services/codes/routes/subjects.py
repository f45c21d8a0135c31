"""``/v1/subjects``."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.codes.code import Kind
from services.codes.errors import UnknownSubject
from services.codes.routes.callers import Keys, Officer, Reader, Storage
from services.codes.routes.items import count, fill_in, read_items, status_of
from services.codes.schemas.base import RegionCode
from services.codes.schemas.subjects import (
    SUBJECT_IN,
    RegisteredOut,
    RegistrationResult,
    RegistrationsOut,
    SubjectBody,
    SubjectOut,
    SubjectSearchIn,
    SubjectsIn,
    SubjectsOut,
)
from services.codes.service.registration import Outcome, Registered, register_subjects
from services.codes.service.searching import Search, search_subjects
from services.codes.service.subjects import Subject, list_subjects, read_subject
from services.kit import clock
from services.kit.errors import Problem
from services.kit.money import format_yuan

router = APIRouter(prefix="/v1/subjects", tags=["subjects"])

LARGEST_ID = 2**63 - 1


@router.post("", status_code=201)
async def register(
    body: SubjectBody, caller: Officer, database: Storage, keys: Keys, response: Response
) -> RegisteredOut | RegistrationsOut:
    """Register a household, a cooperative or an enterprise, and draw its code; or up to 1,000 at once.

    One: 201, or 200 with ``already_registered`` when it was sent before with the same content, or 409 with the names
    of the fields that differ. Several: 200, and each has its own result. ``region`` must be a village.
    """
    today = clock.business_day(clock.now())
    if isinstance(body, SubjectsIn):
        read = read_items(SUBJECT_IN, body.subjects)
        registrations = [one.registration() for one in read if not isinstance(one, Problem)]
        outcomes = await register_subjects(database, keys, caller, registrations, today=today)
        response.status_code = 200
        results = [_result(index, outcome) for index, outcome in enumerate(fill_in(read, outcomes))]
        statuses = (result.status for result in results)
        counts = count(statuses, recorded="registered", repeated="already_registered")
        return RegistrationsOut(counts=counts, results=results)
    (outcome,) = await register_subjects(database, keys, caller, [body.registration()], today=today)
    if isinstance(outcome, Problem):
        raise outcome
    if outcome.already:
        response.status_code = 200
    return _registered(outcome)


def _result(index: int, outcome: Outcome) -> RegistrationResult:
    if isinstance(outcome, Problem):
        return RegistrationResult(index=index, status=status_of(outcome), problem=outcome.document())
    status = "already_registered" if outcome.already else "registered"
    return RegistrationResult(index=index, status=status, subject=_registered(outcome))


def _registered(outcome: Registered) -> RegisteredOut:
    return RegisteredOut(
        subject_id=str(outcome.subject_id),
        code=outcome.code,
        kind=outcome.registration.kind,
        region=outcome.registration.region,
        status=outcome.registration.status,
        already_registered=outcome.already,
    )


@router.get("", response_model_exclude_unset=True)
async def subjects(
    *,
    caller: Reader,
    database: Storage,
    keys: Keys,
    region: RegionCode | None = None,
    kind: Kind | None = None,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> SubjectsOut:
    """Subjects of a region (by default of all the caller's regions), page by page by ascending id."""
    page = await list_subjects(
        database,
        keys,
        caller,
        region=region,
        kind=kind,
        after=after,
        limit=limit,
        today=clock.business_day(clock.now()),
    )
    last = str(page.subjects[-1].subject_id) if page.more else None
    return SubjectsOut(subjects=[_subject(one) for one in page.subjects], next=last)


@router.post("/search", response_model_exclude_unset=True)
async def search(body: SubjectSearchIn, caller: Reader, database: Storage, keys: Keys) -> SubjectsOut:
    """Find a subject by code, by 户编号 (``external_id``), or by name; with ``codes:person`` a household by the name,
    ID card or phone of its head. In the body, because none of that belongs into an address.
    """
    wanted = Search(
        code=body.code,
        external_id=body.external_id,
        id_card=body.id_card,
        name=body.name,
        phone=body.phone,
        kind=body.kind,
        region=body.region,
        after=int(body.after),
        limit=body.limit,
    )
    page = await search_subjects(database, keys, caller, wanted, today=clock.business_day(clock.now()))
    return SubjectsOut(subjects=[_subject(one) for one in page.subjects], next=page.next and str(page.next))


@router.get("/{subject_id}", response_model_exclude_unset=True)
async def subject(subject_id: str, caller: Reader, database: Storage, keys: Keys) -> SubjectOut:
    """One subject as it is known to be today."""
    today = clock.business_day(clock.now())
    return _subject(await read_subject(database, keys, caller, subject_id_of(subject_id), today=today))


def subject_id_of(text: str) -> int:
    """The number in a subject's path. Raises :class:`UnknownSubject` if it is none that a subject can have."""
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST_ID):
        raise UnknownSubject
    return int(text)


def _subject(one: Subject) -> SubjectOut:
    shown = SubjectOut(
        subject_id=str(one.subject_id),
        code=one.code,
        kind=one.kind,
        region=one.region,
        name=one.name,
        registered_on=one.registered_on,
    )
    if one.joined is not None:
        shown = shown.model_copy(update={"joined": str(one.joined[0]), "joined_on": one.joined[1]})
    if one.kind is not Kind.HOUSEHOLD:
        return shown.model_copy(update={"uscc": one.uscc, "members_bp": one.members_bp})
    baseline = one.baseline
    of_household = {
        "status": one.status,
        "persons": one.persons,
        "baseline_income": None if baseline is None else format_yuan(baseline.per_head_fen),
        "baseline_year": None if baseline is None else baseline.year,
    }
    of_person = {"id_card": one.id_card, "phone": one.phone} if one.may_see_person else {}
    return shown.model_copy(update=of_household | of_person)
