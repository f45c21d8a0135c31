"""Cards: issued one by one and for many, revoked, and the keys by which anybody verifies them."""

import base64
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy import Row

from services.codes.card import CardKey
from services.codes.card_errors import SelectionUnclear
from services.codes.card_keys import CardSecrets
from services.codes.code import Kind
from services.codes.routes.callers import Officer, Reader, Storage
from services.codes.schemas.cards import (
    CardIn,
    CardOut,
    CardsOut,
    IssuedCardOut,
    IssuedOut,
    IssueIn,
    KeyOut,
    KeysOut,
    ReplacedOut,
    ReplaceIn,
    RevokeCardIn,
    RevokedCardOut,
    SelectionIn,
    WithdrawIn,
)
from services.codes.service import cards as use_cases
from services.codes.service.card_keys import publish_card_keys, withdraw_card_key
from services.codes.service.labels import IssuedCard, Selection, address_of_card
from services.codes.service.replacement import replace_code
from services.kit import clock
from services.kit.auth import Caller, caller_with
from services.kit.clock import SHANGHAI, business_day

router = APIRouter(tags=["cards"])

KeyKeeper = Annotated[Caller, Depends(caller_with("keys:write"))]


def _card_secrets(request: Request) -> CardSecrets:
    secrets: CardSecrets = request.app.state.card_secrets
    return secrets


Secrets = Annotated[CardSecrets, Depends(_card_secrets)]
CardNo = Annotated[int, Path(ge=1, lt=2**32)]


def selection_of(asked: SelectionIn, *, kind: Kind | None) -> Selection:
    """The selection that a request names; ``kind`` if it names none. Raises :class:`SelectionUnclear`."""
    named = [one for one in (asked.region, asked.group, asked.roster, asked.codes) if one is not None]
    if len(named) != 1:
        raise SelectionUnclear
    return Selection(
        region=asked.region,
        group=asked.group,
        roster=None if asked.roster is None else int(asked.roster),
        listed=None if asked.codes is None else tuple(asked.codes),
        kind=asked.kind or kind,
    )


@router.post("/v1/codes/{code}/cards")
async def issue(
    *,
    code: str,
    body: CardIn,
    caller: Officer,
    database: Storage,
    secrets: Secrets,
    request: Request,
    response: Response,
) -> IssuedCardOut:
    """Give a code its card: 201, or 200 with the card that it has. With ``replaces`` that card is revoked and another
    issued; the code and its labels live on. Repeating it changes nothing.
    """
    now = clock.now()
    card = await use_cases.issue_card(
        database,
        secrets,
        caller,
        code,
        replaces=None if body.replaces is None else int(body.replaces),
        reason=body.reason,
        moment=now,
        today=business_day(now),
    )
    response.status_code = 200 if card.already else 201
    printed = IssuedCard(card.card_no, card.key_id, card.issued_on)
    return IssuedCardOut(
        card_no=str(card.card_no),
        code=card.code,
        issued_on=card.issued_on,
        key_id=card.key_id,
        already=card.already,
        address=address_of_card(secrets, request.app.state.public_url, card.code, printed),
    )


@router.get("/v1/codes/{code}/cards")
async def cards(code: str, caller: Reader, database: Storage) -> CardsOut:
    """Every card that a code ever had."""
    found = await use_cases.list_cards(database, caller, code)
    return CardsOut(cards=[CardOut(**_fields(card)) for card in found])


@router.post("/v1/codes/{code}/cards/{card_no}/revoke")
async def revoke(code: str, card_no: CardNo, body: RevokeCardIn, caller: Officer, database: Storage) -> RevokedCardOut:
    """Revoke a card, without another one. The code stays in force. This is final."""
    moment = body.valid_from or clock.now()
    card, changed = await use_cases.revoke_card(database, caller, code, card_no, moment=moment, reason=body.reason)
    return RevokedCardOut(**_fields(card), changed=changed)


@router.post("/v1/codes/{code}/replace")
async def replace(code: str, body: ReplaceIn, caller: Officer, database: Storage) -> ReplacedOut:
    """Replace a compromised code by a new one of the same subject. Sales under the old one park from
    ``compromised_at`` on; those until then still reach the subject. Labels and card must be printed anew.
    """
    done = await replace_code(
        database, caller, code, compromised_at=body.compromised_at, moment=clock.now(), reason=body.reason
    )
    return ReplacedOut(
        code=done.code,
        replaced_by=done.replaced_by,
        compromised_at=done.compromised_at.astimezone(SHANGHAI),
        changed=done.changed,
    )


@router.post("/v1/cards")
async def issue_many(body: IssueIn, caller: Officer, database: Storage, secrets: Secrets) -> IssuedOut:
    """Give every code of a division, a group's members, a roster or a list a card, unless it has one. Repeat it with
    ``after`` equal to ``next`` until that is null; repeated as it was, it goes on where it was interrupted.
    """
    now = clock.now()
    done = await use_cases.issue_cards(
        database,
        secrets,
        caller,
        selection_of(body, kind=Kind.HOUSEHOLD),
        after=body.after,
        limit=body.limit,
        moment=now,
        today=business_day(now),
    )
    return IssuedOut(issued=done.issued, already=done.already, next=done.following)


@router.get("/.well-known/onecode-keys.json")
async def keys(database: Storage, secrets: Secrets, response: Response) -> KeysOut:
    """The public keys of cards and of lists of revocations. A key is here some days before it signs; one that is
    ``withdrawn_at`` makes its cards void. For everybody, to be kept for five minutes.
    """
    response.headers["Cache-Control"] = "public, max-age=300"
    return _keys(await publish_card_keys(database, secrets, today=business_day(clock.now())))


@router.post("/v1/card-keys/{key_id}/withdraw")
async def withdraw(
    key_id: Annotated[int, Path(ge=1, le=255)], body: WithdrawIn, caller: KeyKeeper, database: Storage
) -> KeysOut:
    """Withdraw a key whose secret may be known to others: none of its cards is good any more. This is final; the next
    key begins at once.
    """
    now = clock.now()
    changed = await withdraw_card_key(database, caller, key_id, moment=now, today=business_day(now), reason=body.reason)
    return _keys(changed)


def _fields(card: Row[Any]) -> dict[str, Any]:
    return {
        "card_no": str(card.card_no),
        "code": card.code,
        "issued_on": card.issued_on,
        "key_id": card.key_id,
        "revoked_at": None if card.revoked_at is None else card.revoked_at.astimezone(SHANGHAI),
        "reason": card.reason,
    }


def _keys(known: Sequence[CardKey]) -> KeysOut:
    return KeysOut(
        keys=[
            KeyOut(
                kid=str(key.key_id),
                x=base64.urlsafe_b64encode(key.public_key).decode().rstrip("="),
                valid_from=key.valid_from,
                valid_to=key.valid_to,
                withdrawn_at=None if key.withdrawn_at is None else key.withdrawn_at.astimezone(SHANGHAI),
            )
            for key in known
        ]
    )
