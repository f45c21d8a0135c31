"""Recording order lines that are all new: one statement, whose answer says that it is committed.

Nearly every group of requests is of lines that nobody has sent before and that lack nothing. Then results and control
totals are known beforehand, and lines and batches go together: one round trip instead of four, between which the
database waits for this process and this process for the database. Otherwise nothing is written, and the group goes
through a transaction that answers line by line.
"""

from collections.abc import Sequence
from typing import Any

from services.kit.database import Database
from services.sales.queries import lines
from services.sales.queries.incoming import as_columns
from services.sales.recording import LineSubmission, row_of
from services.sales.submission import batch_columns
from services.sales.wire import Result

MOST_PASSED_OVER = 64


class AllNew:
    """Records groups of lines that are all new. Where one was not, it lets more and more groups pass before it tries
    again: a platform whose lines often lack something loses next to nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._to_pass_over = 0
        self._passed_over_before = 0

    async def record(self, submissions: Sequence[LineSubmission]) -> bool:
        """Record the submissions, and decide every result; or answer False, and nothing is recorded nor decided for
        good. Raises DBAPIError (23505) if somebody else records one of the lines at this moment.
        """
        if self._to_pass_over:
            self._to_pass_over -= 1
            return False
        rows = _rows(submissions)
        if rows is None:
            return False
        for submission in submissions:
            for index, line in enumerate(submission.items):
                submission.decide(index, Result(line.order_no, line.line_no, "accepted"))
        parameters = as_columns(rows) | batch_columns(submissions, "added_")
        added = await self._database.fetch(lines.RECORD_ALL_NEW, parameters)
        if not added:
            self._passed_over_before = min(MOST_PASSED_OVER, 2 * self._passed_over_before or 1)
            self._to_pass_over = self._passed_over_before
            return False
        self._passed_over_before = 0
        recorded = {row["batch_id"]: row["recorded_at"] for row in added}
        for submission in submissions:
            submission.recorded_at = recorded[submission.batch_id]
        return True


def _rows(submissions: Sequence[LineSubmission]) -> list[tuple[Any, ...]] | None:
    """The lines as rows of CONTENT, unless one is there twice or is shared by several codes."""
    rows: list[tuple[Any, ...]] = []
    keys: set[tuple[str, str, str]] = set()
    for submission in submissions:
        for line in submission.items:
            if line.codes is not None:
                return None
            keys.add((line.order_no, submission.platform, line.line_no))
            rows.append(row_of(submission, line))
    return rows if rows and len(keys) == len(rows) else None
