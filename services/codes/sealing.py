"""Subjects on their way into the registry: person data encrypted, a code drawn. No database, only keys."""

from collections.abc import Callable, Mapping

import msgspec

from services.codes.code import Kind
from services.codes.privacy import PersonKeys
from services.codes.subject import NewSubject, Registration

encode_details = msgspec.json.Encoder(order="sorted").encode


def likeness_of(keys: PersonKeys, name: str | None, region: str | None, phone: str | None) -> bytes | None:
    """The keyed index by which two households of one name, village and phone are noticed; None without a phone."""
    if not (name and region and phone):
        return None
    digits = phone if phone.isdigit() else "".join(filter(str.isdigit, phone))
    return keys.index("likeness", f"{name}\0{region}\0{digits}")


def seal_person(
    keys: PersonKeys,
    subject_id: int,
    *,
    name: str,
    id_card: str | None,
    phone: str | None,
    details: Mapping[str, str],
) -> dict[str, bytes]:
    """The person data of a household's head, encrypted for its row, by field."""
    contents = {"name": name.encode()}
    if id_card is not None:
        contents["id_card"] = id_card.encode()
    if phone is not None:
        contents["phone"] = phone.encode()
    if details:
        contents["details"] = encode_details(details)
    return keys.seal_row(subject_id, contents)


def prepare_subject(
    keys: PersonKeys,
    subject_id: int,
    said: Registration,
    indexes: dict[str, bytes],
    *,
    draw: Callable[[Kind], str],
    details: Mapping[str, str] | None = None,
    likeness_index: bytes | None = None,
) -> NewSubject:
    """A subject to be entered, its code drawn and its person data encrypted; ``indexes`` are its numbers' by field."""
    if said.kind is not Kind.HOUSEHOLD:
        return NewSubject(subject_id, draw(said.kind), said, indexes)
    ciphers = seal_person(
        keys,
        subject_id,
        name=said.name,
        id_card=said.numbers.get("id_card"),
        phone=said.phone,
        details=details or {},
    )
    likeness = likeness_index or likeness_of(keys, said.name, said.region, said.phone)
    return NewSubject(subject_id, draw(said.kind), said, indexes, ciphers, likeness)
