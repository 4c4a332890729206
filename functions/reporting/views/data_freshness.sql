-- How fresh and how complete: the newest fact of each kind, and how often facts were loaded more than once.
WITH newest AS (
  SELECT as_of, loaded_at FROM billing_core.freshness
),
loaded AS (
  SELECT name, COUNT(*) AS row_count
  FROM billing_raw.events
  WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00+00'
  GROUP BY name
),
facts AS (
  SELECT
    name,
    COUNT(*) AS event_count,
    COUNT(DISTINCT member_id) AS member_count,
    MIN(occurred_at) AS first_at,
    MAX(occurred_at) AS last_at
  FROM billing_core.events
  GROUP BY name
)
SELECT
  newest.as_of AS as_of,
  newest.loaded_at AS loaded_at,
  facts.name AS name,
  facts.event_count AS event_count,
  facts.member_count AS member_count,
  facts.first_at AS first_at,
  facts.last_at AS last_at,
  loaded.row_count - facts.event_count AS repeated_rows
FROM facts
CROSS JOIN newest
JOIN loaded ON loaded.name = facts.name
