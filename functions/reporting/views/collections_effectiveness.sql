-- How much of what could be collected in a month was: the collections effectiveness index.
--
-- as_of
-- loaded_at
-- month
-- entity
-- currency
-- opening_minor INTEGER: Open at the end of the month before.
-- billed_minor INTEGER: Invoices less credit notes of the month, with VAT.
-- closing_minor INTEGER: Open at the month's end.
-- not_due_minor INTEGER: Of it, what is not due yet.
-- cei_basis_points INTEGER: (opening + billed - closing) by (opening + billed - not due), in ten-thousandths: 10000 is all.

WITH not_due AS (
  SELECT month, entity, currency, SUM(open_minor) AS not_due_minor
  FROM billing_reporting.ar_ageing_month_ends
  WHERE bucket = 'not due'
  GROUP BY month, entity, currency
),
months AS (
  SELECT
    rolled.as_of AS as_of, rolled.loaded_at AS loaded_at, rolled.month AS month, rolled.entity AS entity,
    rolled.currency AS currency, rolled.opening_minor AS opening_minor,
    rolled.invoiced_minor - rolled.credited_minor AS billed_minor,
    rolled.closing_minor AS closing_minor,
    COALESCE(not_due.not_due_minor, 0) AS not_due_minor
  FROM billing_reporting.ar_rollforward AS rolled
  LEFT JOIN not_due
    ON not_due.month = rolled.month AND not_due.entity = rolled.entity AND not_due.currency = rolled.currency
)
SELECT
  as_of, loaded_at, month, entity, currency, opening_minor, billed_minor, closing_minor, not_due_minor,
  CAST(ROUND(SAFE_DIVIDE(
    CAST(opening_minor + billed_minor - closing_minor AS NUMERIC) * NUMERIC '10000',
    CAST(opening_minor + billed_minor - not_due_minor AS NUMERIC))) AS INT64) AS cei_basis_points
FROM months
