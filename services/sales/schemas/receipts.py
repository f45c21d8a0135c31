"""The wire of receipts."""

from datetime import datetime

from pydantic import Field

from services.sales.schemas.fields import Outgoing


class ReceiptOut(Outgoing):
    """A receipt, and in plain what it states."""

    batch_id: int
    platform: str | None
    kind: str
    recorded_at: datetime
    counts: dict[str, int]
    accepted: str
    parked: str
    digest: str
    import_id: int | None = Field(description="The import of whose file the batch is a piece.")
    receipt: str = Field(description="The same as the answer to the request had; signing is deterministic.")


class ReceiptsPage(Outgoing):
    """A page of receipts, the oldest first; ``next`` is the ``after`` of the next page, null on the last."""

    receipts: list[ReceiptOut]
    next: str | None
