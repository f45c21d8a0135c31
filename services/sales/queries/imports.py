"""Imports: their rows, their errors, and what is recorded of the orders that a file states."""

from sqlalchemy import text

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('import ' || :platform, 20200221))")
"""Let one piece of a file of a platform be recorded at a time: what it states is compared with what is recorded."""

BESIDE_FILES = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('import ' || :platform, 20200221))")
"""Let no piece of a file of a platform be recorded until this transaction has ended; requests do not wait for each
other."""

FIRST_IMPORT = text("""
SELECT NOT EXISTS (SELECT FROM sales.imports WHERE platform = :platform AND import_id < :import_id AND state = 'done')
""")
"""Whether no other import of the platform has come to its end before this one."""

TRANSACTIONS = text("""
SELECT virtualtransaction FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'virtualxid' AND mode = 'ExclusiveLock' AND pid <> pg_backend_pid()
  AND datname = current_database() AND usename = current_user
""")
"""The transactions of this service that have not ended, from before their first snapshot on. (Not only those with a
transaction id: a statement has none until it writes, which is after it has looked.)"""

LOCK_LINES = text("""
SELECT order_no, line_no, amount_fen, refunded_fen, cancelled
FROM sales.order_lines WHERE order_no = ANY(CAST(:order_no AS text[])) AND platform = :platform
ORDER BY order_no, platform, line_no
FOR UPDATE
""")
"""The accepted lines of orders, locked in the order of their keys."""

LOCK_PARKED = text("""
SELECT order_no, line_no, amount_fen
FROM sales.parked_lines WHERE order_no = ANY(CAST(:order_no AS text[])) AND platform = :platform
ORDER BY order_no, platform, line_no
FOR UPDATE
""")
"""The parked lines of orders, locked."""

GRAINS = text("""
SELECT order_no, grain FROM sales.imported_orders
WHERE order_no = ANY(CAST(:order_no AS text[])) AND platform = :platform AND grain <> 'api'
""")
"""How finely files told orders."""

TOLD_BY_API = text("""
UPDATE sales.imported_orders SET grain = 'api'
WHERE order_no = ANY(CAST(:order_no AS text[])) AND platform = :platform
""")
"""Say that the API has told orders, more finely than the file had."""

SET_GRAINS = text("""
INSERT INTO sales.imported_orders AS known (order_no, platform, grain, import_id)
SELECT order_no, :platform, grain, :import_id
FROM unnest(CAST(:order_no AS text[]), CAST(:grain AS text[])) AS stated (order_no, grain)
ORDER BY order_no
ON CONFLICT (order_no, platform) DO UPDATE SET grain = excluded.grain, import_id = excluded.import_id
WHERE known.grain <> excluded.grain
""")
"""Say how finely orders are known, and by which import."""

DROP_PARKED = text("""
DELETE FROM sales.parked_lines
WHERE (order_no, platform, line_no) IN (
    SELECT order_no, CAST(:platform AS text), line_no
    FROM unnest(CAST(:order_no AS text[]), CAST(:line_no AS text[])) AS replaced (order_no, line_no))
""")
"""Take out parked lines that finer ones replace: they were counted nowhere."""

OPEN_IMPORT = text("""
INSERT INTO sales.imports (platform, shop, format, file_name, client_id, exported_at, stated_sha256, counts)
VALUES (:platform, :shop, :format, :file_name, :client_id, :exported_at, :stated_sha256, CAST(:counts AS jsonb))
RETURNING import_id, exported_at, watermark_row
""")
"""Give an import its number."""

RESUME_IMPORT = text("""
UPDATE sales.imports SET state = 'running', changed_at = now(), problem = NULL
WHERE import_id = (
    SELECT import_id FROM sales.imports
    WHERE platform = :platform AND shop = :shop AND client_id = :client_id AND stated_sha256 = :stated_sha256
      AND state IN ('running', 'interrupted') AND watermark_row > 0
    ORDER BY import_id DESC LIMIT 1)
RETURNING import_id, exported_at, watermark_row, row_count, error_count, first_day, last_day, counts
""")
"""Go on with the newest import of the same file that did not come to its end."""

ADVANCE_IMPORT = text("""
UPDATE sales.imports
SET state = 'running', changed_at = now(), format = :format, watermark_row = :watermark_row, row_count = :row_count,
    error_count = :error_count, first_day = :first_day, last_day = :last_day, counts = CAST(:counts AS jsonb)
WHERE import_id = :import_id AND watermark_row = :before AND state IN ('running', 'interrupted')
RETURNING import_id
""")
"""Say how far an import is, in the transaction of what it did; no row if another request went on with it."""

END_IMPORT = text("""
UPDATE sales.imports SET changed_at = now(), state = :state, sha256 = :sha256, problem = :problem
WHERE import_id = :import_id AND watermark_row = :watermark_row AND state = 'running'
""")
"""Say how an import ended, unless another request went on with it."""

ADD_ERRORS = text("""
INSERT INTO sales.import_errors (import_id, row_no, error_no, column_name, reason, detail, cells)
SELECT :import_id, row_no, error_no, column_name, reason, detail, CAST(cells AS jsonb)
FROM unnest(
    CAST(:row_no AS bigint[]), CAST(:error_no AS smallint[]), CAST(:column_name AS text[]), CAST(:reason AS text[]),
    CAST(:detail AS text[]), CAST(:cells AS text[]))
    AS error (row_no, error_no, column_name, reason, detail, cells)
""")
"""Keep rows that were not taken."""

_IN_SIGHT = """
(CAST(:own_platform AS text) IS NULL OR platform = :own_platform) AND (:sees_all OR client_id = :client_id)"""

IMPORTS_PAGE = text(f"""
SELECT * FROM sales.imports
WHERE {_IN_SIGHT} AND import_id < :before
  AND (CAST(:platform AS text) IS NULL OR platform = :platform) AND (CAST(:state AS text) IS NULL OR state = :state)
ORDER BY import_id DESC LIMIT :limit
""")
"""A page of imports, the newest first."""

ONE_IMPORT = text(f"SELECT * FROM sales.imports WHERE {_IN_SIGHT} AND import_id = :import_id")
"""An import, if the caller may see it."""

ERRORS_PAGE = text("""
SELECT row_no, error_no, column_name, reason, detail, cells FROM sales.import_errors
WHERE import_id = :import_id AND (row_no, error_no) > (:after_row, :after_error)
ORDER BY row_no, error_no LIMIT :limit
""")
"""Rows of an import that were not taken, in the order of the file."""
