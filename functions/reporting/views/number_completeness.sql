-- Whether every number of each series of documents is here: numbers run without a gap, so a missing one is a missing row.
--
-- as_of
-- loaded_at
-- series STRING: The numbers' common beginning: legal entity, kind and year.
-- first_number INTEGER: The lowest one here.
-- last_number INTEGER: The highest one here.
-- document_count INTEGER: How many different ones are here.
-- missing_count INTEGER: How many between the first and the last are not: 0 when all is well.
-- doubled_count INTEGER: Numbers that two documents have: 0 when all is well.

WITH numbered AS (
  SELECT
    REGEXP_REPLACE(number, '[0-9]+$', '') AS series,
    CAST(REGEXP_EXTRACT(number, '[0-9]+$') AS INT64) AS place,
    document_id
  FROM billing_core.documents
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  numbered.series AS series,
  MIN(numbered.place) AS first_number,
  MAX(numbered.place) AS last_number,
  COUNT(DISTINCT numbered.document_id) AS document_count,
  MAX(numbered.place) - MIN(numbered.place) + 1 - COUNT(DISTINCT numbered.place) AS missing_count,
  COUNT(DISTINCT numbered.document_id) - COUNT(DISTINCT numbered.place) AS doubled_count
FROM numbered
CROSS JOIN billing_core.freshness AS newest
WHERE numbered.place IS NOT NULL
GROUP BY numbered.series
