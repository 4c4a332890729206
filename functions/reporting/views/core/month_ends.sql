-- The last day of every month in which something was billed, to the month of the newest event.
--
-- as_of
-- loaded_at
-- month
-- day DATE: The month's last day.

WITH bounds AS (
  SELECT
    freshness.as_of AS as_of,
    freshness.loaded_at AS loaded_at,
    DATE_TRUNC(MIN(moves.happened_on), MONTH) AS first_month,
    GREATEST(DATE(freshness.as_of), MAX(moves.happened_on)) AS last_day
  FROM billing_core.ar_moves AS moves
  CROSS JOIN billing_core.freshness AS freshness
  GROUP BY freshness.as_of, freshness.loaded_at
)
SELECT
  bounds.as_of AS as_of, bounds.loaded_at AS loaded_at, calendar.month AS month, LAST_DAY(calendar.month, MONTH) AS day
FROM bounds
JOIN billing_core.calendar_months AS calendar ON calendar.month BETWEEN bounds.first_month AND bounds.last_day
