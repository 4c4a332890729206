-- How fresh and how complete the data are, by kind of event.
--
-- as_of
-- loaded_at
-- name STRING: The event.
-- event_count INTEGER: How many happened.
-- member_count INTEGER: How many members they are about.
-- first_at TIMESTAMP: The first one.
-- last_at TIMESTAMP: The newest one.
-- lag_seconds INTEGER: The longest that one of the newest day's took from its commit to this warehouse.
-- repeated_rows INTEGER: Rows loaded more than once, which the views leave out.

WITH loaded AS (
  SELECT
    event_id, name, MIN(member_id) AS member_id, MIN(occurred_at) AS occurred_at, MIN(loaded_at) AS loaded_at,
    COUNT(*) AS row_count
  FROM billing_raw.events
  WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00+00'
  GROUP BY event_id, name
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  loaded.name AS name,
  COUNT(*) AS event_count,
  COUNT(DISTINCT loaded.member_id) AS member_count,
  MIN(loaded.occurred_at) AS first_at,
  MAX(loaded.occurred_at) AS last_at,
  MAX(CASE WHEN DATE(loaded.occurred_at) = DATE(newest.as_of)
    THEN TIMESTAMP_DIFF(loaded.loaded_at, loaded.occurred_at, SECOND) END) AS lag_seconds,
  SUM(loaded.row_count) - COUNT(*) AS repeated_rows
FROM loaded
CROSS JOIN billing_core.freshness AS newest
GROUP BY loaded.name
