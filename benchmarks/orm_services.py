"""The yardstick of services: what FastAPI with the SQLAlchemy ORM gives, written as its documentation teaches.

Both record order lines, attribute them and enter them in a ledger; neither verifies a token, parks, signs a receipt or
compares a duplicate. :func:`create_bulk` looks all holders of a request up at once and inserts in bulk;
:func:`create_plain` goes row by row.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.kit.clock import SHANGHAI

DSN_VARIABLE = "BENCHMARK_ORM_DSN"
PLATFORM = "guinong"


class Base(DeclarativeBase):
    """The tables of this service."""


class Holder(Base):
    """Who is behind a code, or behind a shop (``shop:<name>``)."""

    __tablename__ = "holders"
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    subject_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)


class OrderLine(Base):
    """A recorded line."""

    __tablename__ = "orm_lines"
    order_no: Mapped[str] = mapped_column(Text, primary_key=True)
    platform: Mapped[str] = mapped_column(Text, primary_key=True)
    line_no: Mapped[str] = mapped_column(Text, primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sale_day: Mapped[date]
    shop: Mapped[str] = mapped_column(Text)
    buyer_region: Mapped[str | None] = mapped_column(Text)
    trade: Mapped[str] = mapped_column(Text)
    campaign: Mapped[str | None] = mapped_column(Text)
    buyer_code: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str | None] = mapped_column(Text)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    subject_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)


class LedgerEntry(Base):
    """An entry of a line."""

    __tablename__ = "orm_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_no", "platform", "line_no"], ["orm_lines.order_no", "orm_lines.platform", "orm_lines.line_no"]
        ),
    )
    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    order_no: Mapped[str] = mapped_column(Text)
    platform: Mapped[str] = mapped_column(Text)
    line_no: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    subject_id: Mapped[int] = mapped_column(BigInteger, index=True)
    category: Mapped[str] = mapped_column(Text)
    sale_day: Mapped[date]


class Incoming(BaseModel):
    """What is sent."""

    model_config = ConfigDict(extra="forbid")


class LineIn(Incoming):
    """A line."""

    line_no: str
    amount: Decimal
    quantity: Decimal = Decimal(1)
    code: str | None = None
    sku: str | None = None
    title: str | None = None
    category: str = "other"
    unit: str | None = None


class OrderIn(Incoming):
    """An order."""

    order_no: str
    occurred_at: datetime
    shop: str
    lines: list[LineIn]
    station: str | None = None
    buyer_region: str | None = None
    trade: str = "retail"
    campaign: str | None = None
    buyer_code: str | None = None


class OrdersIn(Incoming):
    """A request."""

    orders: list[OrderIn]


class LineOut(BaseModel):
    """What became of a line."""

    order_no: str
    line_no: str
    status: str


class OrdersOut(BaseModel):
    """An answer."""

    accepted: int
    results: list[LineOut]


def create_bulk() -> FastAPI:
    """Bulk inserts, and one look-up for each request."""
    app, sessions = _create()

    @app.post("/v1/orders")
    async def post_orders(body: OrdersIn) -> OrdersOut:
        async with sessions() as session, session.begin():
            keys = {_key(order, line) for order in body.orders for line in order.lines}
            rows = await session.scalars(select(Holder).where(Holder.key.in_(keys)))
            holders = {holder.key: holder for holder in rows}
            lines, entries = [], []
            for order in body.orders:
                for line in order.lines:
                    content = _content(order, line, holders.get(_key(order, line)))
                    lines.append(content)
                    entries.append(_entry(content))
            await session.execute(insert(OrderLine), lines)
            await session.execute(insert(LedgerEntry), entries)
        return _answer(body)

    return app


def create_plain() -> FastAPI:
    """Row by row."""
    app, sessions = _create()

    @app.post("/v1/orders")
    async def post_orders(body: OrdersIn) -> OrdersOut:
        async with sessions() as session, session.begin():
            for order in body.orders:
                for line in order.lines:
                    if await session.get(OrderLine, (order.order_no, PLATFORM, line.line_no)) is not None:
                        raise HTTPException(409, "duplicate")
                    holder = await session.scalar(select(Holder).where(Holder.key == _key(order, line)))
                    content = _content(order, line, holder)
                    session.add(OrderLine(**content))
                    await session.flush()
                    session.add(LedgerEntry(**_entry(content)))
                    await session.flush()
        return _answer(body)

    return app


def _create() -> tuple[FastAPI, Any]:
    engine = create_async_engine(os.environ[DSN_VARIABLE].replace("postgresql://", "postgresql+asyncpg://"))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    return FastAPI(lifespan=lifespan), async_sessionmaker(engine)


async def make_tables(engine: AsyncEngine) -> None:
    """Create the tables."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


def _key(order: OrderIn, line: LineIn) -> str:
    return line.code or f"shop:{order.shop}"


def _content(order: OrderIn, line: LineIn, holder: Holder | None) -> dict[str, Any]:
    if holder is None:
        raise HTTPException(422, "unknown code or shop")
    return {
        "order_no": order.order_no,
        "platform": PLATFORM,
        "line_no": line.line_no,
        "occurred_at": order.occurred_at,
        "sale_day": order.occurred_at.astimezone(SHANGHAI).date(),
        "shop": order.shop,
        "buyer_region": order.buyer_region,
        "trade": order.trade,
        "campaign": order.campaign,
        "buyer_code": order.buyer_code,
        "code": line.code,
        "sku": line.sku,
        "title": line.title,
        "category": line.category,
        "quantity_milli": int(line.quantity * 1000),
        "unit": line.unit,
        "amount_fen": int(line.amount * 100),
        "subject_id": holder.subject_id,
        "kind": holder.kind,
        "region": holder.region,
    }


def _entry(line: dict[str, Any]) -> dict[str, Any]:
    shared = ("order_no", "platform", "line_no", "amount_fen", "subject_id", "category", "sale_day")
    return {"cause": "sale", "measure": "gross", **{name: line[name] for name in shared}}


def _answer(body: OrdersIn) -> OrdersOut:
    results = [
        LineOut(order_no=order.order_no, line_no=line.line_no, status="accepted")
        for order in body.orders
        for line in order.lines
    ]
    return OrdersOut(accepted=len(results), results=results)
