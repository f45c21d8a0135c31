"""Attributing a period again on request: what a shop's bindings say now becomes corrections of its lines."""

from collections import Counter

from services.kit.database import Database
from services.sales.correction import Action, JudgedCorrection, judge_correction
from services.sales.queries import corrections as queries
from services.sales.recorder import Recorder
from services.sales.schemas.reattribution import ReattributionIn, ReattributionOut
from services.sales.submission import Submission
from services.sales.wire import Correction

_CHUNK_LINES = 1_000


async def attribute_again(
    database: Database, recorder: Recorder, asked: ReattributionIn, *, client_id: str
) -> ReattributionOut:
    """Correct every line of the period whose binding names another code now, in batches of 1,000."""
    counts: Counter[str] = Counter()
    batch_ids: list[int] = []
    after = ("", "")
    while True:
        async with database.transaction() as connection:
            parameters = {
                "platform": asked.platform,
                "shop": asked.shop,
                "from_day": asked.from_day,
                "to_day": asked.to_day,
                "after_order": after[0],
                "after_line": after[1],
                "limit": _CHUNK_LINES,
            }
            due = (await connection.execute(queries.LINES_TO_ATTRIBUTE_AGAIN, parameters)).all()
        if not due:
            break
        batch_id = await recorder.next_batch_id()
        submission: Submission[JudgedCorrection] = Submission(asked.platform, client_id, "api", "corrections", batch_id)
        for row in due:
            correction = Correction(
                correction_no=f"reattribution-{batch_id}",
                platform=asked.platform,
                order_no=row.order_no,
                line_no=row.line_no,
                action=str(Action.REASSIGN),
                reason=asked.reason,
                code=row.code,
            )
            submission.take(judge_correction(correction))
        await recorder.record_alone(submission, idempotency_key=None, body=b"")
        counts.update(result.status for result in submission.decided())
        batch_ids.append(batch_id)
        after = (due[-1].order_no, due[-1].line_no)
    return ReattributionOut(batch_ids=batch_ids, moved=counts["accepted"], refused=counts["rejected"])
