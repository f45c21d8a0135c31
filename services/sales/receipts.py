"""Reading receipts again: a batch that was lost on the way, and those that the pieces of a file became."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.errors import NotAllowed
from services.kit.money import format_yuan
from services.sales.paging import BigInt, page_of, read_cursor
from services.sales.queries.batches import RECEIPTS_PAGE
from services.sales.receipt import ReceiptSigner, Statement
from services.sales.schemas.receipts import ReceiptOut, ReceiptsPage
from services.sales.sight import sight_of

_Key = tuple[BigInt]
_KEY: TypeAdapter[_Key] = TypeAdapter(_Key)
_COUNTS = ("accepted", "parked", "duplicate", "conflict", "rejected")
_PART = "需要平台的令牌或全省权限 / Receipts need a platform's token, or the whole province"


@dataclass(frozen=True, slots=True)
class Source:
    """Where receipts come from: the batches, the key, and who signs."""

    database: Database
    signer: ReceiptSigner
    issuer: str


@dataclass(frozen=True, slots=True)
class Question:
    """Which receipts: of a batch, of an import, of a platform; or all that the caller may see."""

    batch_id: int | None = None
    import_id: int | None = None
    platform: str | None = None


async def page_of_receipts(
    source: Source, caller: Caller, question: Question, *, after: str | None, limit: int
) -> ReceiptsPage:
    """Receipts, the oldest first: a platform sees its own, who may see a whole province all; others those of an import
    that they may see (the caller has made sure of that). Raises :class:`InvalidCursor` and :class:`NotAllowed`.
    """
    (after_batch,) = (0,) if after is None else read_cursor(after, _KEY)
    sight = sight_of(caller)
    if sight.platform is None and not sight.whole_province and question.import_id is None:
        raise NotAllowed(_PART)
    parameters = {
        "own_platform": sight.platform,
        "platform": question.platform,
        "batch_id": question.batch_id,
        "import_id": question.import_id,
        "after_batch": after_batch,
        "limit": limit + 1,
    }
    async with source.database.transaction() as connection:
        rows = list((await connection.execute(RECEIPTS_PAGE, parameters)).all())
    page = page_of(rows, limit, ("batch_id",))
    return ReceiptsPage(receipts=[_out(row, source) for row in page.rows], next=page.next)


def _out(row: Any, source: Source) -> ReceiptOut:
    counts = {name: getattr(row, name) for name in _COUNTS}
    accepted, parked = format_yuan(row.accepted_fen), format_yuan(row.parked_fen)
    digest = bytes(row.digest)
    stated = Statement(row.batch_id, row.platform or "", row.kind, row.recorded_at, counts, accepted, parked, digest)
    return ReceiptOut(
        batch_id=row.batch_id,
        platform=row.platform,
        kind=row.kind,
        recorded_at=row.recorded_at,
        counts=counts,
        accepted=accepted,
        parked=parked,
        digest=digest.hex(),
        import_id=row.import_id,
        receipt=source.signer.sign(stated.payload(source.issuer)),
    )
