"""``/v1/links``."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.codes.errors import UnknownLink
from services.codes.routes.callers import Officer, Reader, Storage
from services.codes.routes.items import count, fill_in, read_items, status_of
from services.codes.schemas.links import (
    LINK_IN,
    LinkBody,
    LinkedOut,
    LinkEndIn,
    LinkIn,
    LinkOut,
    LinkResult,
    LinkResultsOut,
    LinksIn,
    LinksOut,
)
from services.codes.service.links import Link, Linked, Wish, end_link, list_links, record_links
from services.kit.auth import Caller
from services.kit.database import Database
from services.kit.errors import InvalidInput, Problem

router = APIRouter(prefix="/v1/links", tags=["links"])

LARGEST_ID = 2**63 - 1


@router.post("", status_code=201)
async def link(body: LinkBody, caller: Officer, database: Storage, response: Response) -> LinkedOut | LinkResultsOut:
    """Link a household to a cooperative or enterprise, or a cooperative to an enterprise; or up to 1,000 at once.

    One: 201, or 200 with ``already_linked``, or 409 when the two are linked already in a part of the period. Several:
    200, and each has its own result.
    """
    if isinstance(body, LinksIn):
        read = read_items(LINK_IN, body.links)
        outcomes = await _record(database, caller, [one for one in read if not isinstance(one, Problem)])
        response.status_code = 200
        results = [_result(index, outcome) for index, outcome in enumerate(fill_in(read, outcomes))]
        counts = count((result.status for result in results), recorded="linked", repeated="already_linked")
        return LinkResultsOut(counts=counts, results=results)
    (outcome,) = await _record(database, caller, [body])
    if isinstance(outcome, Problem):
        raise outcome
    if outcome.already:
        response.status_code = 200
    return _linked(outcome)


async def _record(database: Database, caller: Caller, sent: list[LinkIn]) -> list[Linked | Problem]:
    return await record_links(database, caller, [Wish(one.member, one.group, one.terms()) for one in sent])


def _result(index: int, outcome: Linked | Problem) -> LinkResult:
    if isinstance(outcome, Problem):
        return LinkResult(index=index, status=status_of(outcome), problem=outcome.document())
    return LinkResult(index=index, status="already_linked" if outcome.already else "linked", link=_linked(outcome))


def _linked(outcome: Linked) -> LinkedOut:
    return LinkedOut(**_link(outcome.link).model_dump(), already_linked=outcome.already)


def _link(one: Link) -> LinkOut:
    return LinkOut(
        link_id=str(one.link_id),
        member=one.member,
        group=one.group,
        weight=one.terms.weight,
        valid_from=one.terms.valid_from,
        valid_to=one.terms.valid_to,
        contract=one.terms.contract,
    )


@router.get("")
async def links(
    *,
    caller: Reader,
    database: Storage,
    member: str | None = None,
    group: str | None = None,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> LinksOut:
    """The links of a member or of a group (by code) as known now, page by page by ascending id."""
    if member is None and group is None:
        raise InvalidInput("请给出 member 或 group / Give member or group")
    page, more = await list_links(database, caller, member=member, group=group, after=after, limit=limit)
    return LinksOut(links=[_link(one) for one in page], next=str(page[-1].link_id) if more else None)


@router.post("/{link_id}/end")
async def end(link_id: str, body: LinkEndIn, caller: Officer, database: Storage) -> LinkOut:
    """Let a link end: ``valid_to`` is the first day on which it is no longer true. What was known before is kept."""
    if not (link_id.isascii() and link_id.isdigit() and int(link_id) <= LARGEST_ID):
        raise UnknownLink
    return _link(await end_link(database, caller, int(link_id), body.valid_to))
