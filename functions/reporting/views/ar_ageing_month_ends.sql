-- What was open at the end of each month by age; in the month under way, what is open now by its age at the month's end.
--
-- as_of
-- loaded_at
-- month
-- entity
-- currency
-- bucket
-- invoice_count INTEGER: Open invoices.
-- open_minor INTEGER: What was still owed.

SELECT
  MAX(as_of) AS as_of, MAX(loaded_at) AS loaded_at, month, entity, currency, bucket, COUNT(*) AS invoice_count,
  SUM(open_minor) AS open_minor
FROM billing_core.open_at_month_ends
GROUP BY month, entity, currency, bucket
