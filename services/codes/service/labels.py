"""Find the codes of a print job, and draw their labels and cards."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from itertools import repeat
from types import ModuleType
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.codes.card_errors import CodeNotInForce, NothingToPrint, SecretGone, WithoutCard
from services.codes.card_keys import CardSecrets, NoSuchSecret
from services.codes.code import Kind, MalformedCode, parse_code
from services.codes.divisions import Level, parent_code_of
from services.codes.errors import CodeMalformed, RegionNotAllowed, UnknownCode
from services.codes.label import card_address, label_address
from services.codes.printout import Card, Label, Printout
from services.codes.queries import codes, labels, regions
from services.codes.service.holders import holder_for
from services.codes.territory import trees_of
from services.kit.auth import Caller
from services.kit.clock import business_day
from services.kit.database import Database

_ENDINGS = {"村民委员会": "村", "社区居民委员会": "社区", "居民委员会": "居委会"}
"""How people say what the division list writes in full."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which codes are meant: those of a division, of a group's members, that a roster named, or of a list."""

    region: str | None = None
    group: str | None = None
    roster: int | None = None
    listed: tuple[str, ...] | None = None
    kind: Kind | None = None
    """Only these, of a division, a group or a roster."""
    without_pin: bool = False
    """Only those with a card in use that never had a PIN, of a division, a group or a roster."""


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """The card in use of a code."""

    card_no: int
    key_id: int
    issued_on: date


@dataclass(frozen=True, slots=True)
class Found:
    """One code to print. ``place``: prefecture, county and township."""

    code: str
    title: str
    place: Sequence[str]
    card: IssuedCard | None


@dataclass(frozen=True, slots=True)
class FoundCodes:
    """Codes to print, and after which one to go on if there are more."""

    codes: Sequence[Found]
    following: str | None = None


async def find_codes(
    database: Database, caller: Caller, selection: Selection, *, after: str | None, limit: int, moment: datetime
) -> FoundCodes:
    """The next codes of a selection that are in force, by division and code; a list in its own order, and whole.

    Raises :class:`RegionNotAllowed`, :class:`CodeMalformed`, :class:`UnknownCode` (``group``, ``after``) and, for a
    list, :class:`CodeNotInForce`, which names those that cannot be printed.
    """
    today = business_day(moment)
    trees = trees_of(caller.regions, within=selection.region)
    if not trees:
        raise RegionNotAllowed
    listed = [_read(code) for code in selection.listed or ()]
    async with database.snapshot() as connection:
        if selection.listed is not None:
            found = await labels.codes_listed(connection, listed, trees=trees, moment=moment, today=today)
            unfit = [code for code in dict.fromkeys(listed) if code not in found]
            if unfit:
                raise CodeNotInForce(unfit)
            rows: Sequence[Row[Any]] = [found[code] for code in listed]
            following = None
        else:
            rows = await labels.codes_to_print(
                connection,
                trees=trees,
                group_id=None if selection.group is None else await _group(connection, caller, selection.group),
                roster_id=selection.roster,
                kind=selection.kind,
                without_pin=selection.without_pin,
                after=("", "") if after is None else await _place_of(connection, _read(after)),
                moment=moment,
                today=today,
                limit=limit + 1,
            )
            following = rows[limit - 1].code if len(rows) > limit else None
            rows = rows[:limit]
        names = await _names(connection, {row.region for row in rows}, today=today)
    return FoundCodes([_found(row, names) for row in rows], following)


async def print_labels(
    found: Sequence[Found], *, public_url: str, copies: int, skip: int, cut_lines: bool, moment: datetime
) -> Printout:
    """Labels of ``found``, each ``copies`` times. Raises :class:`NothingToPrint`, and ``HostUnfit``."""
    if not found:
        raise NothingToPrint
    pieces = [
        label
        for one in found
        for label in repeat(Label(label_address(public_url, one.code), one.code, one.title, one.place), copies)
    ]
    return await asyncio.to_thread(_sheet().draw_labels, pieces, printed_at=moment, skip=skip, cut_lines=cut_lines)


async def print_cards(
    found: Sequence[Found], secrets: CardSecrets, *, public_url: str, skip: int, cut_lines: bool, moment: datetime
) -> Printout:
    """The cards in use of ``found``. Raises :class:`NothingToPrint`, :class:`WithoutCard`, :class:`SecretGone` and
    ``HostUnfit``.
    """
    if not found:
        raise NothingToPrint
    lacking = [one.code for one in found if one.card is None]
    if lacking:
        raise WithoutCard(lacking)
    pieces = [
        Card(
            address_of_card(secrets, public_url, one.code, one.card),
            one.code,
            one.card.card_no,
            one.card.issued_on,
            one.title,
            one.place,
        )
        for one in found
        if one.card is not None
    ]
    return await asyncio.to_thread(_sheet().draw_cards, pieces, printed_at=moment, skip=skip, cut_lines=cut_lines)


def address_of_card(secrets: CardSecrets, public_url: str, code: str, card: IssuedCard) -> str:
    """What the symbol of a card says. Raises :class:`SecretGone`."""
    try:
        token = secrets.token(code, card.key_id, card.card_no, card.issued_on)
    except NoSuchSecret:
        raise SecretGone(card.key_id) from None
    return card_address(public_url, code, token)


def _read(text: str) -> str:
    try:
        return parse_code(text)
    except MalformedCode as error:
        raise CodeMalformed(str(error), flaw=error.reason.value) from None


async def _group(connection: AsyncConnection, caller: Caller, text: str) -> int:
    code = _read(text)
    holder = await holder_for(connection, caller, code)
    return int(holder.subject_id)


async def _place_of(connection: AsyncConnection, code: str) -> tuple[str, str]:
    holder = (await codes.holders(connection, [code])).get(code)
    if holder is None:
        raise UnknownCode
    return holder.region, code


async def _names(connection: AsyncConnection, villages: set[str], *, today: date) -> Mapping[str, str]:
    path = {parent_code_of(village, level) for village in villages for level in Level}
    return {row.code: row.name for row in await regions.regions(connection, path, today=today)}


def _found(row: Row[Any], names: Mapping[str, str]) -> Found:
    levels = (Level.PREFECTURE, Level.COUNTY, Level.TOWNSHIP)
    place = [names.get(parent_code_of(row.region, level), "") for level in levels]
    card = None if row.card_no is None else IssuedCard(row.card_no, row.key_id, row.issued_on)
    return Found(row.code, row.name or spoken_name(names.get(row.region, row.region)), place, card)


def spoken_name(village: str) -> str:
    """A village as people say it: 坪阳村村民委员会 and 坪阳村民委员会 are 坪阳村."""
    for ending, spoken in _ENDINGS.items():
        if village.endswith(ending):
            stem = village.removesuffix(ending)
            return stem if stem.endswith(spoken) else stem + spoken
    return village


def _sheet() -> ModuleType:
    """What draws sheets, loaded when the first is printed: it would cost every start a good part of its time."""
    return import_module("services.codes.sheet")
