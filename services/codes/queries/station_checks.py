"""What ``onecode verify`` asks of cards, devices, scans and opened statements: what must not be."""

from sqlalchemy import text

WRONG_CARDS = text("""
    SELECT card.card_no, CASE
        WHEN issued.code IS NULL THEN 'of no issued code'
        WHEN key.key_id IS NULL THEN 'of no published key'
        WHEN card.issued_on < key.valid_from OR card.issued_on >= key.valid_to THEN 'issued when its key did not sign'
        WHEN card.revoked_in IS NULL THEN 'in use for a code that was replaced'
        ELSE 'revoked in no batch'
    END AS finding
    FROM codes.cards AS card
    LEFT JOIN codes.codes AS issued USING (code)
    LEFT JOIN codes.card_keys AS key USING (key_id)
    LEFT JOIN codes.batches AS revoked ON revoked.batch_id = card.revoked_in
    LEFT JOIN codes.code_replacements AS replaced ON replaced.code = card.code
    WHERE issued.code IS NULL OR key.key_id IS NULL OR card.issued_on < key.valid_from
        OR card.issued_on >= key.valid_to OR (card.revoked_in IS NOT NULL AND revoked.batch_id IS NULL)
        OR (card.revoked_in IS NULL AND replaced.code IS NOT NULL)
    ORDER BY card.card_no LIMIT :limit
    """)

WRONG_DEVICE_SCANS = text("""
    SELECT scan.station, scan.source, scan.scan_id, CASE
        WHEN device.device IS NULL THEN 'of no device of the station'
        WHEN scan.scanned_at < least(device.enrolled_at, batch.recorded_at) THEN 'before its device was enrolled'
        ELSE 'after it was received'
    END AS finding
    FROM codes.scan_records AS scan
    LEFT JOIN codes.batches AS batch ON batch.batch_id = scan.recorded_in
    LEFT JOIN codes.devices AS device
        ON scan.source = 'device:' || device.device AND scan.station = device.station
    WHERE scan.source LIKE 'device:%' AND (
        device.device IS NULL OR scan.scanned_at < least(device.enrolled_at, batch.recorded_at)
        OR scan.scanned_at > batch.recorded_at + interval '2 minutes'
    )
    LIMIT :limit
    """)

SCANS = text("""
    SELECT station, source, scan_id, purpose, code, card_no, verdict, kind, device_time, offline, category,
           quantity_milli, unit, unit_price_fen, amount_paid_fen, waybill, order_no, operator, voids_source,
           voids_scan_id, content_hash,
           EXISTS (
               SELECT FROM codes.purchases AS purchase
               WHERE purchase.station = scan.station AND purchase.source = scan.source
                   AND purchase.scan_id = scan.scan_id
           ) AS is_purchase
    FROM codes.scan_records AS scan
    """)

# Tries at one PIN that were not granted, in a row: the sixth should not have been looked at.
WRONG_OPENINGS = text("""
    WITH tried AS (
        SELECT attempt.code, attempt.attempt_id, granted.attempt_id AS granted,
               count(granted.attempt_id) OVER (PARTITION BY attempt.code ORDER BY attempt.attempt_id) AS run,
               (SELECT max(set_at) FROM codes.pins WHERE code = attempt.code AND set_at <= attempt.attempted_at) AS pin
        FROM codes.pin_attempts AS attempt LEFT JOIN codes.statement_grants AS granted USING (attempt_id)
    )
    SELECT code, NULL::bigint AS attempt_id, 'more wrong PINs in a row than may be' AS finding FROM tried
    WHERE granted IS NULL AND pin IS NOT NULL GROUP BY code, run, pin HAVING count(*) > :most
    UNION ALL
    SELECT NULL, granted.attempt_id, CASE
        WHEN attempt.attempt_id IS NULL THEN 'granted without an attempt' ELSE 'open for too long' END
    FROM codes.statement_grants AS granted LEFT JOIN codes.pin_attempts AS attempt USING (attempt_id)
    WHERE attempt.attempt_id IS NULL OR granted.expires_at > attempt.attempted_at + interval '11 minutes'
    LIMIT :limit
    """)
