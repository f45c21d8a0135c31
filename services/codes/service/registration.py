"""Register subjects: judge each, draw codes, write what is new in one transaction, all or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.code import Kind, draw_code
from services.codes.errors import NotAVillage, RegionNotAllowed, RegisteredInFuture, RegisteredOtherwise
from services.codes.privacy import PersonKeys
from services.codes.purpose import Purpose
from services.codes.queries import batches, regions, subjects
from services.codes.sealing import prepare_subject
from services.codes.service.entering import enter_subjects
from services.codes.service.numbers import register_indexes
from services.codes.subject import (
    NUMBERS,
    Content,
    NewSubject,
    Registration,
    content_of,
    county_of_number,
    differing_fields,
)
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.errors import Problem, Unavailable

ATTEMPTS = 5
"""Rounds after losing a race for a number or a code; each round but the last ends because another one succeeded."""

UNIQUE_VIOLATION = "23505"


@dataclass(frozen=True, slots=True)
class Registered:
    """A subject and its code; ``already`` if it was registered before with the same content."""

    subject_id: int
    code: str
    registration: Registration
    already: bool


Outcome = Registered | Problem


@dataclass(frozen=True, slots=True)
class _Application:
    """One registration with the blind indexes of its numbers, and its content to compare by."""

    registration: Registration
    indexes: dict[str, bytes]
    content: Content


@dataclass(frozen=True, slots=True)
class _SameAs:
    """An application that repeats an earlier one of the same request."""

    position: int


_Verdict = Registered | Problem | _SameAs | None
"""How an application is judged; None: it is new."""


async def register_subjects(
    database: Database,
    keys: PersonKeys,
    caller: Caller,
    registrations: Sequence[Registration],
    *,
    today: date,
    draw: Callable[[Kind], str] = draw_code,
) -> list[Outcome]:
    """Register what is new, and answer each registration in its place: with its subject, or with why not.

    One refused registration does not stop the others. A subject that is found by one of its numbers is answered as it
    is, if all content is the same, and else refused with the names of the fields that differ.
    """
    applications = [_application(keys, registration) for registration in registrations]
    for _ in range(ATTEMPTS):
        async with database.transaction() as connection:
            verdicts = await _judge(connection, keys, caller, applications, today=today)
            new = [position for position, verdict in enumerate(verdicts) if verdict is None]
            ids = await subjects.draw_subject_ids(connection, len(new)) if new else []
        rows = {
            position: prepare_subject(
                keys, subject_id, applications[position].registration, applications[position].indexes, draw=draw
            )
            for position, subject_id in zip(new, ids, strict=True)
        }
        if rows:
            try:
                async with database.transaction() as connection:
                    batch_id = await batches.open_batch(
                        connection, actor=caller.client_id, operation="register_subjects"
                    )
                    await enter_subjects(connection, batch_id, list(rows.values()))
            except IntegrityError as error:
                if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
                    raise
                # Somebody registered one of the numbers, or was issued one of the codes, since we looked: look again.
                continue
        return _outcomes(verdicts, rows)
    raise Unavailable("登记繁忙,请稍后重试 / Registration is busy; try again in a moment", retry_after_seconds=1)


def _application(keys: PersonKeys, registration: Registration) -> _Application:
    indexes = {field: keys.index(field, number) for field, number in registration.numbers.items()}
    return _Application(registration, indexes, content_of(registration, indexes))


async def _as_known(
    connection: AsyncConnection, keys: PersonKeys, applications: Sequence[_Application]
) -> Sequence[_Application]:
    """The applications by the indexes under which their numbers are registered, where these are not today's."""
    said = [one.registration.numbers.get("external_id") for one in applications]
    numbers = {number for number in said if number is not None and county_of_number(number)}
    if not numbers:
        return applications
    registered = await register_indexes(connection, keys, numbers)
    return [
        one if number not in registered else _with_index(one, registered[number])
        for one, number in zip(applications, said, strict=True)
    ]


def _with_index(application: _Application, index: bytes) -> _Application:
    indexes = {**application.indexes, "external_id": index}
    return replace(application, indexes=indexes, content=content_of(application.registration, indexes))


async def _judge(
    connection: AsyncConnection,
    keys: PersonKeys,
    caller: Caller,
    applications: Sequence[_Application],
    *,
    today: date,
) -> list[_Verdict]:
    applications = await _as_known(connection, keys, applications)
    places = {(one.registration.region, one.registration.registered_on) for one in applications}
    villages = await regions.villages_on(connection, places)
    indexes = {index for one in applications for index in one.indexes.values()}
    known = await subjects.subjects_by_index(connection, indexes)
    await batches.say_purpose(connection, Purpose.REGISTRATION)
    recorded = await subjects.as_registered(connection, set(known.values()))
    verdicts: list[_Verdict] = []
    first_with: dict[bytes, int] = {}
    for position, one in enumerate(applications):
        verdict: _Verdict = _refusal(one.registration, caller, villages, today)
        if verdict is None:
            verdict = _compare_with_recorded(keys, one, known, recorded)
        if verdict is None:
            verdict = _compare_within_request(one, applications, first_with)
        if verdict is None:
            first_with.update(dict.fromkeys(one.indexes.values(), position))
        verdicts.append(verdict)
    return verdicts


def _refusal(
    registration: Registration, caller: Caller, villages: set[tuple[str, date]], today: date
) -> Problem | None:
    if not caller.may_see_region(registration.region):
        return RegionNotAllowed()
    if (registration.region, registration.registered_on) not in villages:
        return NotAVillage()
    if registration.registered_on > today:
        return RegisteredInFuture()
    return None


def _compare_with_recorded(
    keys: PersonKeys, one: _Application, known: Mapping[bytes, int], recorded: Mapping[int, Row[Any]]
) -> Registered | Problem | None:
    found = {field: known[index] for field, index in one.indexes.items() if index in known}
    if not found:
        return None
    if len(set(found.values())) > 1:
        return RegisteredOtherwise(sorted(found))
    row = recorded[next(iter(found.values()))]
    differing = differing_fields(one.content, _recorded_content(keys, row))
    if differing:
        return RegisteredOtherwise(differing)
    return Registered(row.subject_id, row.code, one.registration, already=True)


def _compare_within_request(
    one: _Application, applications: Sequence[_Application], first_with: Mapping[bytes, int]
) -> _SameAs | Problem | None:
    found = {field: first_with[index] for field, index in one.indexes.items() if index in first_with}
    if not found:
        return None
    first = next(iter(found.values()))
    differing = differing_fields(one.content, applications[first].content)
    return RegisteredOtherwise(differing) if differing else _SameAs(first)


def _recorded_content(keys: PersonKeys, row: Row[Any]) -> Content:
    numbers = dict(zip(row.fields, row.indexes, strict=True))
    return {
        "kind": row.kind,
        "region": row.region,
        "registered_on": row.registered_on,
        "name": row.name if row.name_cipher is None else keys.open("name", row.subject_id, row.name_cipher),
        "phone": None if row.phone_cipher is None else keys.open("phone", row.subject_id, row.phone_cipher),
        "persons": row.persons,
        "status": row.status,
        "baseline_income": row.per_head_fen,
        "baseline_year": row.year,
        "members_bp": row.members_bp,
        **{field: numbers.get(field) for field in NUMBERS},
    }


def _outcomes(verdicts: Sequence[_Verdict], rows: Mapping[int, NewSubject]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for position, verdict in enumerate(verdicts):
        if isinstance(verdict, _SameAs):
            first = outcomes[verdict.position]
            outcomes.append(replace(first, already=True) if isinstance(first, Registered) else first)
        elif verdict is None:
            row = rows[position]
            outcomes.append(Registered(row.subject_id, row.code, row.registration, already=False))
        else:
            outcomes.append(verdict)
    return outcomes
