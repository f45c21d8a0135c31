"""By which blind index a number of a register (户编号) leads to a subject.

A county's own running number is registered with its county in front. Requests once registered it as it came; such a
number still leads to a subject that was registered in that county under it, whichever way the number comes now.
"""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.privacy import PersonKeys
from services.codes.queries import identities, subjects
from services.codes.subject import county_of_number, former_numbers


async def register_indexes(connection: AsyncConnection, keys: PersonKeys, numbers: Collection[str]) -> dict[str, bytes]:
    """The index of each of these numbers (as :func:`~services.codes.subject.number_in` gives them) that is registered;
    of one that is not, the index under which it would be.
    """
    indexes = {number: keys.index("external_id", number) for number in numbers}
    former = {
        number: [keys.index("external_id", text) for text in former_numbers(number)]
        for number in numbers
        if county_of_number(number) is not None
    }
    if not former:
        return indexes
    asked = [(index, county_of_number(number) or "") for number, texts in former.items() for index in texts]
    known = await identities.registered_in_county(connection, asked)
    there = await subjects.holders_of_numbers(connection, [indexes[number] for number in former])
    for number, texts in former.items():
        if indexes[number] not in there:
            indexes[number] = next((index for index in texts if index in known), indexes[number])
    return indexes
