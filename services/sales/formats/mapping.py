"""``mapping``: any other table, by a mapping file (TOML or JSON) that says what its columns mean.

See ``docs/api/imports.md``. A mapping names columns, and the words of the status column; what it does not name is not
read. ``amount`` is the sum of the columns under ``amount`` less those under ``less``.
"""

import json
import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.sales.errors import UnreadableFile
from services.sales.formats.cells import (
    column_name,
    read_amount,
    read_key,
    read_money,
    read_quantity,
    read_time,
    text_or_none,
)
from services.sales.formats.layout import ROLES, Layout, Row, first_cell
from services.sales.formats.own import buyer_region, within
from services.sales.formats.row import WHOLE_ORDER_LINE, Grain, Skipped, SoldLine, UnreadableRow
from services.sales.formats.status import Status, read_status

MAX_MAPPING_LENGTH: Final = 8_000


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Name = Annotated[str, Field(min_length=1, max_length=64)]
Names = Annotated[list[Name], BeforeValidator(_as_list), Field(min_length=1, max_length=8)]
"""Columns; the first that has something in it counts (of amounts: all are added)."""


class Columns(BaseModel):
    """Which columns hold what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order_no: Names
    occurred_at: Names
    amount: Names
    less: Names | None = None
    """Columns to be taken off the amount, such as the shop's discount."""
    line_no: Names | None = None
    refunded: Names | None = None
    status: Name | None = None
    quantity: Names | None = None
    sku: Names | None = None
    title: Names | None = None
    category: Names | None = None
    unit: Names | None = None
    code: Names | None = None
    shop: Names | None = None
    station: Names | None = None
    campaign: Names | None = None
    buyer_region: Names | None = None
    """A division code, or an address of which only the province is read."""


class Mapped(BaseModel):
    """A mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")] = "mapping"
    columns: Columns
    status: dict[Literal["unpaid", "paid", "closed", "refunded"], Names] | None = None
    """Words of the status column; the first that a cell contains counts. Without them every row is a sale."""


def read_mapping(text: str) -> Layout:
    """The layout that a mapping file describes. Raises UnreadableFile with what is wrong with it."""
    if len(text) > MAX_MAPPING_LENGTH:
        raise UnreadableFile(
            f"映射文件超过 {MAX_MAPPING_LENGTH} 字符 / the mapping is over {MAX_MAPPING_LENGTH} characters"
        )
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
        mapped = Mapped.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnreadableFile(f"映射文件有误:{place} / the mapping is wrong at {place}: {first['msg']}") from error
    except ValueError as error:
        raise UnreadableFile(f"映射文件既非TOML也非JSON / the mapping is neither TOML nor JSON: {error}") from error
    if (mapped.columns.status is None) != (mapped.status is None):
        detail = (
            "映射文件须同时给出 columns.status 与 [status] / a mapping has both columns.status and [status], or neither"
        )
        raise UnreadableFile(detail)
    return _layout(mapped)


def _layout(mapped: Mapped) -> Layout:
    columns: dict[str, tuple[str, ...]] = {
        field: tuple(column_name(name) for name in _as_list(names))
        for field, names in mapped.columns.model_dump(exclude_none=True).items()
    }
    words = {word: Status(status) for status, found in (mapped.status or {}).items() for word in found}
    required = [columns["order_no"], columns["occurred_at"], *((name,) for name in columns["amount"])]
    required += [columns[field] for field in ("line_no", "status") if field in columns]

    def read_row(row: Row) -> SoldLine | Skipped:
        return _read_row(row, columns, words)

    roles = {str(role): columns[role] for role in ROLES if role in columns}
    return Layout(mapped.name, "按映射文件 / by a mapping file", tuple(required), roles, read_row)


def _read_row(row: Row, columns: Mapping[str, tuple[str, ...]], words: Mapping[str, Status]) -> SoldLine | Skipped:
    def cell(field: str) -> tuple[str, str]:
        """The column of a field that has something in it, and that."""
        names = columns.get(field, ())
        name = next((name for name in names if row.get(name)), names[0] if names else field)
        return name, row.get(name, "")

    order_no = read_key(*cell("order_no"))
    status = read_status(*cell("status"), words) if words else Status.PAID
    occurred_at = read_time(*cell("occurred_at"))
    if status is Status.UNPAID or (status is Status.CLOSED and occurred_at is None):
        return Skipped(str(status))
    if occurred_at is None:
        if words:
            raise UnreadableRow(cell("occurred_at")[0], "missing", "已付款的订单没有时间 / a paid order without a time")
        return Skipped(str(Status.UNPAID))
    amount_fen = sum(read_amount(name, row[name]) for name in columns["amount"])
    amount_fen -= sum(read_money(name, row.get(name, "")) or 0 for name in columns.get("less", ()))
    if amount_fen < 0:
        raise UnreadableRow(columns["less"][0], "not_an_amount", "减项大于金额 / what is taken off exceeds the amount")
    texts: dict[str, Any] = {field: text_or_none(first_cell(row, *columns.get(field, ()))) for field in _TEXTS}
    given_back = status in (Status.CLOSED, Status.REFUNDED)
    refunded_fen = amount_fen if given_back else _refunded(row, columns)
    return SoldLine(
        order_no,
        occurred_at,
        amount_fen,
        within(refunded_fen, amount_fen, cell("refunded")[0]),
        grain=Grain.ITEMS if "line_no" in columns else Grain.ORDER,
        line_no=read_key(*cell("line_no")) if "line_no" in columns else WHOLE_ORDER_LINE,
        buyer_region=buyer_region(cell("buyer_region")[1]),
        quantity=read_quantity(*cell("quantity")),
        title=text_or_none(cell("title")[1], 200),
        **texts,
    )


_TEXTS: Final = ("code", "sku", "category", "unit", "shop", "station", "campaign")


def _refunded(row: Row, columns: Mapping[str, tuple[str, ...]]) -> int | None:
    """What the file says has been refunded: an empty cell of a column that is there is nothing."""
    names = [name for name in columns.get("refunded", ()) if name in row]
    return sum(read_money(name, row[name]) or 0 for name in names) if names else None
