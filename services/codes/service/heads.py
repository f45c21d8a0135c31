"""Who heads a household: the person data of its present head, and what becomes of them when another one does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.privacy import PersonKeys
from services.codes.purpose import Purpose
from services.codes.queries import batches, revisions
from services.codes.service.revising import Person

_decode_details = msgspec.json.Decoder(dict[str, str]).decode
_OF_THE_HEAD = ("disability_certificate", "no_id_reason")
"""Details that are the head's own; the others are the household's, and stay."""


@dataclass(frozen=True, slots=True)
class Head:
    """Who is to head a household."""

    name: str = field(repr=False)
    id_card: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


async def present_person(connection: AsyncConnection, keys: PersonKeys, subject_id: int, region: str) -> Person:
    """The person data of a household as registered now, to be told apart by the village ``region``."""
    await batches.say_purpose(connection, Purpose.REGISTRATION)
    row = (await revisions.persons_of(connection, [subject_id]))[subject_id]
    details = row.details_cipher
    return Person(
        name=keys.open("name", subject_id, row.name_cipher),
        id_card=row.id_card_cipher and keys.open("id_card", subject_id, row.id_card_cipher),
        phone=row.phone_cipher and keys.open("phone", subject_id, row.phone_cipher),
        details=_decode_details(keys.open_bytes("details", subject_id, details)) if details else {},
        region=region,
    )


async def person_of(
    connection: AsyncConnection, keys: PersonKeys, subject_id: int, head: Head | None, region: str
) -> Person | None:
    """What is to be registered when ``head`` heads the household; None if that is so, or nothing is said."""
    if head is None:
        return None
    present = await present_person(connection, keys, subject_id, region)
    if (present.name, present.id_card) == (head.name, head.id_card) and head.phone in (None, present.phone):
        return None
    same = present.id_card is not None and present.id_card == head.id_card
    kept: Mapping[str, str] = {name: text for name, text in present.details.items() if same or name not in _OF_THE_HEAD}
    return Person(head.name, head.id_card, head.phone or (present.phone if same else None), kept, region)
