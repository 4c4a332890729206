-- How far the data go and how fresh they are: one row.
--
-- as_of
-- loaded_at

-- Over the raw rows: a fact that came twice is not newer for it, and two columns are all that is read.
SELECT
  MAX(occurred_at) AS as_of,
  MAX(loaded_at) AS loaded_at
FROM billing_raw.events
WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00+00'
