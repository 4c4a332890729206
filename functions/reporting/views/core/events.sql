-- Every event of the platform exactly once: a fact loaded twice has the same event_id.
--
-- event_id STRING: Unique id of the fact: its commit and its place in it.
-- name STRING: What happened, for instance invoice.issued.
-- schema_version INTEGER: Version of the payload's schema.
-- member_id STRING: The member it is about; empty where it is about none or many.
-- occurred_at TIMESTAMP: When it was committed, in UTC.
-- entity STRING: The legal entity's code; empty where there is none.
-- currency STRING: ISO 4217 code of the amounts in the payload; empty where there are none.
-- payload STRING: The whole fact as canonical JSON. Amounts are integers in minor units.
-- commit_id
-- loaded_at TIMESTAMP: When the row came in, in UTC.

-- The raw table demands a filter on its partitions, so that nobody reads all of it by accident; this view does on purpose.
SELECT
  event_id, name, schema_version, member_id, occurred_at, entity, currency, payload, commit_id, loaded_at
FROM billing_raw.events
WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00+00'
QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY occurred_at) = 1
