-- Everything that moves members' money not yet used, one row a move: plus is more of it. Unapplied money is its sums.
--
-- event_id
-- kind STRING: received, matched, unmatched, returned, set_aside (to be paid back) or withdrawn (not to be, after all).
-- receipt_id STRING: The money.
-- entity
-- currency
-- amount_minor INTEGER: Signed: plus is more unapplied money.
-- happened_on DATE: The day it counts for in business.
-- occurred_at

SELECT
  event_id, 'received' AS kind, receipt_id, entity, currency, amount_minor, received_on AS happened_on, occurred_at
FROM billing_core.payment_received
UNION ALL
SELECT event_id, 'matched', receipt_id, entity, currency, -amount_minor, matched_on, occurred_at
FROM billing_core.payment_matched
UNION ALL
SELECT event_id, 'unmatched', receipt_id, entity, currency, amount_minor, unmatched_on, occurred_at
FROM billing_core.payment_unmatched
UNION ALL
SELECT event_id, 'returned', receipt_id, entity, currency, -amount_minor, returned_on, occurred_at
FROM billing_core.payment_returned
UNION ALL
SELECT event_id, 'set_aside', receipt_id, entity, currency, -amount_minor, requested_on, occurred_at
FROM billing_core.refund_requested
UNION ALL
SELECT event_id, 'withdrawn', receipt_id, entity, currency, amount_minor, withdrawn_on, occurred_at
FROM billing_core.refund_withdrawn
