-- How long members take to pay, at each month's end: days sales outstanding, the best possible, and by counting back.
--
-- as_of
-- loaded_at
-- month
-- entity
-- currency
-- open_minor INTEGER: Receivables at the month's end.
-- not_due_minor INTEGER: Those of them that are not due yet.
-- billed_minor INTEGER: Invoices less credit notes of the last three months, this one included, with VAT.
-- billed_days INTEGER: Days of these three months.
-- dso_days NUMERIC: open x days by billed, to a tenth of a day; none where nothing was billed.
-- best_possible_days NUMERIC: The same with what is not due alone: what it would be if everybody paid on time.
-- countback_days NUMERIC: Days of the newest months whose billing makes up what is open (count-back method).

WITH billed AS (
  SELECT month, entity, currency, invoiced_minor - credited_minor AS billed_minor,
    closing_minor AS open_minor, DATE_DIFF(LAST_DAY(month, MONTH), month, DAY) + 1 AS month_days, as_of, loaded_at
  FROM billing_reporting.ar_rollforward
),
not_due AS (
  SELECT month, entity, currency, SUM(open_minor) AS not_due_minor
  FROM billing_reporting.ar_ageing_month_ends
  WHERE bucket = 'not due'
  GROUP BY month, entity, currency
),
recent AS (
  SELECT
    *,
    SUM(billed_minor) OVER (PARTITION BY entity, currency ORDER BY month ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
      AS recent_minor,
    SUM(month_days) OVER (PARTITION BY entity, currency ORDER BY month ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
      AS recent_days
  FROM billed
),
pairs AS (
  -- What is left of a month's open sum when the billing of all months newer than `earlier` is taken off.
  SELECT
    ends.month AS month, ends.entity AS entity, ends.currency AS currency,
    earlier.month_days AS month_days,
    GREATEST(earlier.billed_minor, 0) AS billed_minor,
    ends.open_minor - COALESCE(SUM(GREATEST(earlier.billed_minor, 0)) OVER (
      PARTITION BY ends.month, ends.entity, ends.currency ORDER BY earlier.month DESC
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS left_minor
  FROM billed AS ends
  JOIN billed AS earlier
    ON earlier.entity = ends.entity AND earlier.currency = ends.currency AND earlier.month <= ends.month
),
counted AS (
  SELECT
    month, entity, currency,
    SUM(CASE
      WHEN left_minor <= 0 THEN NUMERIC '0'
      WHEN left_minor >= billed_minor THEN CAST(month_days AS NUMERIC)
      ELSE SAFE_DIVIDE(CAST(left_minor AS NUMERIC) * CAST(month_days AS NUMERIC), CAST(billed_minor AS NUMERIC))
    END) AS countback_days
  FROM pairs
  GROUP BY month, entity, currency
)
SELECT
  recent.as_of AS as_of,
  recent.loaded_at AS loaded_at,
  recent.month AS month,
  recent.entity AS entity,
  recent.currency AS currency,
  recent.open_minor AS open_minor,
  COALESCE(not_due.not_due_minor, 0) AS not_due_minor,
  recent.recent_minor AS billed_minor,
  recent.recent_days AS billed_days,
  CASE WHEN recent.recent_minor > 0 THEN ROUND(SAFE_DIVIDE(
    CAST(recent.open_minor AS NUMERIC) * CAST(recent.recent_days AS NUMERIC), CAST(recent.recent_minor AS NUMERIC)), 1)
  END AS dso_days,
  CASE WHEN recent.recent_minor > 0 THEN ROUND(SAFE_DIVIDE(
    CAST(COALESCE(not_due.not_due_minor, 0) AS NUMERIC) * CAST(recent.recent_days AS NUMERIC),
    CAST(recent.recent_minor AS NUMERIC)), 1)
  END AS best_possible_days,
  ROUND(counted.countback_days, 1) AS countback_days
FROM recent
JOIN counted
  ON counted.month = recent.month AND counted.entity = recent.entity AND counted.currency = recent.currency
LEFT JOIN not_due
  ON not_due.month = recent.month AND not_due.entity = recent.entity AND not_due.currency = recent.currency
