"""Replace a code that was compromised: the subject gets another, and what was sold until then stays where it is."""

from dataclasses import dataclass
from datetime import datetime

from services.codes.card_errors import CompromisedInFuture
from services.codes.code import Kind, draw_code
from services.codes.errors import StateConflict
from services.codes.queries import batches, cards, codes
from services.codes.service.codes import NOT_YET, read_code
from services.codes.service.holders import holder_for
from services.codes.timeline import Change, ImpossibleChange, Interval, State, apply_change
from services.kit.auth import Caller
from services.kit.database import Database


@dataclass(frozen=True, slots=True)
class Replaced:
    """The compromised code and the new one; ``changed`` is False if it was replaced before."""

    code: str
    replaced_by: str
    compromised_at: datetime
    changed: bool


async def replace_code(
    database: Database, caller: Caller, text: str, *, compromised_at: datetime, moment: datetime, reason: str
) -> Replaced:
    """Revoke a code from ``compromised_at`` on and give its subject a new one, in force from then; repeating it changes
    nothing. Sales under the old code from then on park, those until then still reach the subject. The card bears the
    old code: it is revoked too.

    Raises :class:`CodeMalformed`, :class:`UnknownCode`, :class:`RegionNotAllowed`, :class:`CompromisedInFuture` and
    :class:`StateConflict` (not yet in force then, or revoked already).
    """
    if compromised_at > moment:
        raise CompromisedInFuture
    code = await read_code(database, text)
    async with database.transaction() as connection:
        holder = await holder_for(connection, caller, code)
        await batches.lock_subjects(connection, [holder.subject_id])
        earlier = await cards.replacement_of(connection, code)
        if earlier is not None:
            return Replaced(code, earlier.replaced_by, earlier.compromised_at, changed=False)
        before = await codes.current_states(connection, code)
        try:
            after = apply_change(before, Change.REVOKE, compromised_at)
        except ImpossibleChange:
            raise StateConflict(NOT_YET, before[0].valid_from) from None
        if after == before:
            raise StateConflict(before[-1].state.value, before[-1].valid_from)
        new = draw_code(Kind(holder.kind))
        while await codes.issued_among(connection, [new]):
            new = draw_code(Kind(holder.kind))
        batch_id = await batches.open_batch(connection, actor=caller.client_id, operation="replace_code", reason=reason)
        await cards.record_replacement(connection, batch_id, code, replaced_by=new, compromised_at=compromised_at)
        wrong = [interval for interval in before if interval not in after]
        right = [interval for interval in after if interval not in before]
        await codes.replace_states(connection, batch_id, code, wrong=wrong, right=right)
        in_force = Interval(State.IN_FORCE, compromised_at, None)
        await codes.replace_states(connection, batch_id, new, wrong=[], right=[in_force])
        await codes.derive_directory(connection, batch_id, [code, new])
        for card in (await cards.cards_in_use(connection, [code])).values():
            await cards.revoke_card(connection, batch_id, card.card_no, compromised_at)
    return Replaced(code, new, compromised_at, changed=True)
