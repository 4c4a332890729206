-- What became, within a month, of what was open at the end of the month before, by its age then: the same invoices.
--
-- as_of
-- loaded_at
-- month DATE: First day of the month in which it was to be collected.
-- entity
-- currency
-- from_bucket STRING: The age at the end of the month before.
-- from_minor INTEGER: What was open then.
-- to_minor INTEGER: What of these invoices is still open at this month's end, and so a month older.
-- roll_basis_points INTEGER: The second by the first, in ten-thousandths.

SELECT
  MAX(earlier.as_of) AS as_of,
  MAX(earlier.loaded_at) AS loaded_at,
  ends.month AS month,
  earlier.entity AS entity,
  earlier.currency AS currency,
  earlier.bucket AS from_bucket,
  SUM(earlier.open_minor) AS from_minor,
  SUM(COALESCE(later.open_minor, 0)) AS to_minor,
  CAST(ROUND(SAFE_DIVIDE(CAST(SUM(COALESCE(later.open_minor, 0)) AS NUMERIC) * NUMERIC '10000',
    CAST(SUM(earlier.open_minor) AS NUMERIC))) AS INT64) AS roll_basis_points
FROM billing_core.open_at_month_ends AS earlier
JOIN billing_core.month_ends AS ends ON ends.month = DATE_ADD(earlier.month, INTERVAL 1 MONTH)
LEFT JOIN billing_core.open_at_month_ends AS later
  ON later.invoice_id = earlier.invoice_id AND later.month = ends.month
GROUP BY ends.month, earlier.entity, earlier.currency, earlier.bucket
