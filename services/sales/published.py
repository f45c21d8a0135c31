"""What ``sales`` offers to other services: its public paths and its views. Nothing here names a buyer.

This is the only module of ``sales`` that another service may import.
"""

from services.kit.feed import feed_view, pending_view
from services.kit.tables import PublishedView

PATHS = (
    "/v1/orders",
    "/v1/refunds",
    "/v1/corrections",
    "/v1/payments",
    "/v1/reattributions",
    "/v1/shops",
    "/v1/listings",
    "/v1/platforms",
    "/v1/categories",
    "/v1/income-ratios",
    "/v1/imports",
    "/v1/parked",
    "/v1/ledger",
    "/v1/receipts",
    "/v1/reconciliation",
)
"""Every public path of this service is one of these or lies below one."""

_READERS = ("stats",)


def _view(name: str, table: str, *columns: str) -> PublishedView:
    query = f"SELECT {', '.join(columns)} FROM sales.{table}"  # noqa: S608
    return PublishedView("sales", name, query, _READERS, {table: columns})


VIEWS = (
    _view(
        "entries", "ledger_entries",
        "batch_id", "order_no", "platform", "line_no", "entry_no", "cause", "measure", "amount_fen",
        "subject_id", "kind", "region", "category", "sale_day", "event_day", "reference", "internal",
    ),
    _view(
        "lines", "order_lines",
        "order_no", "platform", "line_no", "occurred_at", "sale_day", "shop", "station", "buyer_region", "trade",
        "campaign", "internal",
        "sku", "title", "category", "quantity_milli", "unit", "amount_fen", "refunded_fen",
        "attributed_code", "method", "subject_id", "kind", "region", "batch_id",
    ),
    # Of a line that several share, attributed_code, subject_id, kind and region are NULL in `lines`, which has a row
    # for each line; who they are, and by which weights, is here. What each has of it stands in `entries`.
    _view(
        "line_shares", "line_parts",
        "order_no", "platform", "line_no", "split_no", "part_no", "code", "weight", "subject_id", "kind", "region",
        "batch_id",
    ),
    _view(
        "parked", "parked_lines",
        "order_no", "platform", "line_no", "occurred_at", "category", "amount_fen", "reason", "batch_id", "parked_at",
    ),
    _view(
        "incomes", "income_entries",
        "batch_id", "subject_id", "kind", "region", "sale_day", "category", "entry_no",
        "net_fen", "base_fen", "ratio_id", "basis", "list_position",
    ),
    _view(
        "ratios", "income_ratios",
        "ratio_id", "category", "region", "ratio_bp", "basis", "valid_from", "valid_to", "source",
        "recorded_in", "superseded_in",
    ),
    _view(
        "bound_shops", "shop_bindings",
        "platform", "shop", "code", "valid_from", "valid_to", "recorded_in", "superseded_in",
    ),
    _view(
        "bound_listings", "listing_bindings",
        "platform", "shop", "sku", "code", "valid_from", "valid_to", "recorded_in", "superseded_in",
    ),
    # Whose each payment is, a row for each time that the registry knew better: the one with superseded_in NULL counts,
    # and none of a payment that is voided. group_id is NULL where no coded group paid.
    PublishedView(
        "sales", "payments",
        "SELECT holder.group_code, holder.payment_no, holder.group_id, holder.group_kind, holder.group_region, "
        "holder.member_id, holder.member_kind, holder.member_region, payment.method, payment.amount_fen, "
        "payment.paid_on, holder.for_month, payment.confirmation, holder.recorded_in, holder.superseded_in "
        "FROM sales.payment_holders AS holder JOIN sales.payment_records AS payment "
        "ON payment.group_code = holder.group_code AND payment.payment_no = holder.payment_no",
        _READERS,
        {
            "payment_holders": (
                "group_code", "payment_no", "group_id", "group_kind", "group_region", "member_id", "member_kind",
                "member_region", "for_month", "recorded_in", "superseded_in",
            ),
            "payment_records": ("group_code", "payment_no", "method", "amount_fen", "paid_on", "confirmation"),
        },
    ),
    _view("batch_totals", "batches", "batch_id", "recorded_at", "platform", "channel", "kind", "accepted", "parked",
          "accepted_fen", "parked_fen"),
    _view("product_categories", "categories", "category", "name", "name_en"),
    _view("progress", "cursors", "consumer", "position"),
    feed_view("sales", *_READERS),
    pending_view("sales", "stats"),
)  # fmt: skip
