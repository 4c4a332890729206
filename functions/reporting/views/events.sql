-- Every event exactly once: a fact loaded twice has the same event_id.
-- The raw table demands a filter on its partitions, so that nobody reads all of it by accident; this view does on purpose.
SELECT
  event_id, name, schema_version, member_id, occurred_at, entity, currency, payload, commit_id, loaded_at
FROM billing_raw.events
WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00+00'
QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY occurred_at) = 1
