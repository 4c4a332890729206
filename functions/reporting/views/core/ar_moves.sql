-- Everything that moves what members owe, one row a move: plus is owed more. Open items are its sums.
--
-- event_id
-- kind STRING: invoiced, credited, matched (money put on it), unmatched (that taken back), written_off or claimed (again).
-- invoice_id
-- receipt_id STRING: The money, for a match; empty otherwise.
-- entity
-- currency
-- amount_minor INTEGER: Signed: plus is owed more.
-- happened_on DATE: The day it counts for in business: of issue, of the match.
-- occurred_at

SELECT
  event_id, 'invoiced' AS kind, invoice_id, '' AS receipt_id, entity, currency, total_minor AS amount_minor,
  issued_on AS happened_on, occurred_at
FROM billing_core.invoice_issued
UNION ALL
SELECT event_id, 'credited', invoice_id, '', entity, currency, -total_minor, issued_on, occurred_at
FROM billing_core.credit_note_issued
UNION ALL
SELECT event_id, 'matched', invoice_id, receipt_id, entity, currency, -amount_minor, matched_on, occurred_at
FROM billing_core.payment_matched
UNION ALL
SELECT event_id, 'unmatched', invoice_id, receipt_id, entity, currency, amount_minor, unmatched_on, occurred_at
FROM billing_core.payment_unmatched
UNION ALL
SELECT event_id, 'written_off', invoice_id, '', entity, currency, -amount_minor, decided_on, occurred_at
FROM billing_core.write_off_decided
UNION ALL
SELECT event_id, 'claimed', invoice_id, '', entity, currency, amount_minor, withdrawn_on, occurred_at
FROM billing_core.write_off_withdrawn
