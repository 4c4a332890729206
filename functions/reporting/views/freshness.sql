-- How far the data go and how fresh they are, for every view to say.
SELECT
  MAX(occurred_at) AS as_of,
  MAX(loaded_at) AS loaded_at
FROM billing_core.events
