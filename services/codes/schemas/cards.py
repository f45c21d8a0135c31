"""Cards, their keys, print jobs and revocations on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.codes.code import Kind
from services.codes.printout import CARDS_PER_SHEET, LABELS_PER_SHEET
from services.codes.schemas.base import Incoming, Moment, Outgoing, RegionCode

LABELS_LIMIT = 4_800
"""Labels that one document may hold: 200 sheets."""
CODES_LIMIT = 2_400

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
CodeText = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Number = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,17}$")]
"""A positive whole number as text."""


class CardIn(Incoming):
    """Another card for one that was lost, and why; empty for a first card."""

    replaces: Number | None = None
    """Number of the card that is revoked."""
    reason: Reason | None = None

    @model_validator(mode="after")
    def _reason_for_revoking(self) -> Self:
        if self.replaces is not None and self.reason is None:
            raise ValueError("补卡须说明原因 / say why the card is replaced")
        return self


class RevokeCardIn(Incoming):
    """Since when a card is good no more, and why."""

    valid_from: Moment | None = Field(default=None, alias="from")
    """The moment from which it holds; now, if not given."""
    reason: Reason


class CardOut(Outgoing):
    """A card of a code."""

    card_no: str
    code: str
    issued_on: date
    key_id: int
    revoked_at: datetime | None = None
    reason: str | None = None
    """Why it was revoked."""


class IssuedCardOut(CardOut):
    """The card in use of a code; ``already`` if it had it before."""

    already: bool
    address: str
    """What its symbol says: the address of the code, with the token."""


class CardsOut(Outgoing):
    """Every card of a code, the oldest first."""

    cards: list[CardOut]


class RevokedCardOut(CardOut):
    """A card after its revocation; ``changed`` is false if it was revoked already."""

    changed: bool


class SelectionIn(Incoming):
    """Which codes are meant: give one of ``region``, ``group``, ``roster`` and ``codes``."""

    region: RegionCode | None = None
    """All codes in force of a division."""
    group: CodeText | None = None
    """Those of the members of a cooperative or enterprise, by its code."""
    roster: Number | None = None
    """Those of the subjects that a roster named."""
    codes: Annotated[list[CodeText], Field(min_length=1, max_length=CODES_LIMIT)] | None = None
    """These, in this order."""
    kind: Kind | None = None
    """Only these, of a division, a group or a roster."""
    after: CodeText | None = None
    """Go on after this code: as the answer before said."""


class IssueIn(SelectionIn):
    """For which codes cards are issued; those of households only, unless ``kind`` or ``codes`` say otherwise."""

    limit: Annotated[int, Field(ge=1, le=10_000)] = 10_000
    """Codes to look at in this request."""


class IssuedOut(Outgoing):
    """How many cards were issued, how many codes had one already, and after which code to go on."""

    issued: int
    already: int
    next: str | None


class LabelsIn(SelectionIn):
    """A print job of labels."""

    copies: Annotated[int, Field(ge=1, le=LABELS_LIMIT)] = 1
    """Labels of each code, one after the other."""
    skip: Annotated[int, Field(ge=0, lt=LABELS_PER_SHEET)] = 0
    """Places of the first sheet that stay empty because they were used before."""
    cut_lines: bool = False
    """Draw lines to cut along, for plain paper."""


class CardSheetsIn(SelectionIn):
    """A print job of the cards in use."""

    skip: Annotated[int, Field(ge=0, lt=CARDS_PER_SHEET)] = 0
    """Places of the first sheet that stay empty because they were used before."""
    cut_lines: bool = True
    """Draw lines to cut along, for plain card."""


class HandoverOut(Outgoing):
    """The code by which a station sets the PIN of this card's code, once."""

    code: str
    card_no: str
    handover: str = Field(repr=False)


class ReplaceIn(Incoming):
    """Since when a code is compromised, and how."""

    compromised_at: Moment
    reason: Reason


class ReplacedOut(Outgoing):
    """The compromised code and the new one; ``changed`` is false if it was replaced before."""

    code: str
    replaced_by: str
    compromised_at: datetime
    changed: bool


class KeyOut(Outgoing):
    """A public key of cards, as a JSON Web Key (RFC 8037) with its validity."""

    kid: str
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    alg: Literal["EdDSA"] = "EdDSA"
    use: Literal["sig"] = "sig"
    x: str
    valid_from: date
    """The first day of issue on cards that it signs."""
    valid_to: date | None
    """The first day no longer; cards issued before stay good."""
    withdrawn_at: datetime | None
    """If set, none of its cards is good any more."""


class KeysOut(Outgoing):
    """The keys by which cards and lists of revocations are verified without a network."""

    keys: list[KeyOut]


class WithdrawIn(Incoming):
    """Why a key is withdrawn."""

    reason: Reason


class StateOut(Outgoing):
    """What a code is good for now."""

    code: str
    state: Literal["in_force", "suspended", "revoked"]


class RevocationsOut(Outgoing):
    """What changed between two positions, and the same compact and signed."""

    since: int
    position: int
    """Ask with ``since`` equal to this next time."""
    at: datetime
    region: str
    key_id: int
    codes: list[StateOut]
    """In force: again."""
    cards: list[str]
    """Numbers of revoked cards."""
    withdrawn_keys: list[int]
    bytes: int
    """Of the signed list: 84, 3 for each sort of entries, 5 for a code, 4 for a card, 1 for a key."""
    text: str
    """The signed list in base64url, for a text message: see services/codes/revocation.py for its form."""
