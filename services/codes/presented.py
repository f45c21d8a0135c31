"""Whether a card that is shown at a station is good: signed by us for its code, issued, and not revoked then. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.codes.card import CardKey, CardVerdict, MalformedToken, judge_token, read_token
from services.codes.scan import Verdict


@dataclass(frozen=True, slots=True)
class Presented:
    """A code, with the card's token if a card was read."""

    code: str = field(repr=False)
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """What is on record of a card."""

    code: str
    revoked_at: datetime | None


def card_no_of(token: str | None) -> int | None:
    """The number that a token gives for its card; ``None`` if it is no token."""
    if token is None:
        return None
    try:
        return read_token(token).card_no
    except MalformedToken:
        return None


def verdict_of_card(
    presented: Presented, moment: datetime, keys: Mapping[int, CardKey], issued: Mapping[int, IssuedCard]
) -> Verdict:
    """What a card was good for at ``moment``, whatever its code was good for.

    A station that was offline could only check the signature; here it is also asked whether the card was ever issued,
    so a forger who has got hold of a key still fails.
    """
    try:
        token = read_token(presented.token or "")
    except MalformedToken:
        return Verdict.BAD_SIGNATURE
    card, key = issued.get(token.card_no), keys.get(token.key_id)
    said = judge_token(presented.code, token, keys)
    if said not in {CardVerdict.VALID, CardVerdict.KEY_WITHDRAWN} or card is None or card.code != presented.code:
        return Verdict.BAD_SIGNATURE
    withdrawn_at = None if key is None else key.withdrawn_at
    over = [end for end in (card.revoked_at, withdrawn_at) if end is not None and end <= moment]
    return Verdict.REVOKED if over else Verdict.VALID
