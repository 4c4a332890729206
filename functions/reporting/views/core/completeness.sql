-- Whether every fact that Pub/Sub wrote down is loaded, by day and kind of event: what a second landing, which no code of
-- ours writes, says against what our loading did.
--
-- day DATE: Day of the commits, in UTC.
-- name STRING: The event.
-- told_count INTEGER: Facts in the messages that Pub/Sub wrote itself.
-- loaded_count INTEGER: Facts among the loaded rows.
-- not_loaded INTEGER: Told but not loaded: 0 when all is well, but for what is on its way.
-- not_told INTEGER: Loaded but in no message: 0 when all is well, but for what was made anew from commit records.
-- complete BOOLEAN: Whether nothing is missing on either side.

WITH told AS (
  SELECT DISTINCT
    JSON_VALUE(data, '$.name') AS name,
    DATE(CAST(JSON_VALUE(data, '$.at') AS TIMESTAMP)) AS day,
    event_id
  FROM billing_raw.messages
  CROSS JOIN UNNEST(JSON_VALUE_ARRAY(data, '$.ids')) AS event_id
  WHERE publish_time >= TIMESTAMP '2000-01-01 00:00:00+00'
),
loaded AS (
  SELECT DISTINCT name, DATE(occurred_at) AS day, event_id
  FROM billing_raw.events
  WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00+00'
),
facts AS (
  SELECT
    COALESCE(told.day, loaded.day) AS day,
    COALESCE(told.name, loaded.name) AS name,
    told.event_id IS NOT NULL AS was_told,
    loaded.event_id IS NOT NULL AS was_loaded
  FROM told
  FULL JOIN loaded ON told.event_id = loaded.event_id
)
SELECT
  day,
  name,
  COUNTIF(was_told) AS told_count,
  COUNTIF(was_loaded) AS loaded_count,
  COUNTIF(was_told AND NOT was_loaded) AS not_loaded,
  COUNTIF(was_loaded AND NOT was_told) AS not_told,
  LOGICAL_AND(was_told AND was_loaded) AS complete
FROM facts
GROUP BY day, name
