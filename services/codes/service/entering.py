"""The one way in which new subjects enter the registry, from a request or from a roster."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.purpose import Purpose
from services.codes.queries import batches, codes, subjects
from services.codes.queries.codes import FirstCode
from services.codes.subject import NewSubject
from services.kit.clock import start_of_day


async def enter_subjects(connection: AsyncConnection, batch_id: int, rows: Sequence[NewSubject]) -> None:
    """Write new subjects with their codes, in force from the day of registration on.

    Raises ``IntegrityError`` when a number, or a code, was taken by somebody else in the meantime.
    """
    await batches.say_purpose(connection, Purpose.REGISTRATION)
    await subjects.insert_subjects(connection, batch_id, rows)
    issued = [
        FirstCode(row.code, row.subject_id, said.kind, said.region, start_of_day(said.registered_on))
        for row in rows
        for said in (row.registration,)
    ]
    await codes.issue_first_codes(connection, batch_id, issued)
