-- Every event exactly once: a fact loaded twice has the same event_id.
SELECT
  event_id, name, schema_version, member_id, occurred_at, entity, currency, payload, commit_id
FROM billing_raw.events
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY occurred_at) = 1
