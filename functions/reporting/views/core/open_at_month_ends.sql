-- Every invoice that was open at a month's end, one row a month, by its age then.
--
-- as_of
-- loaded_at
-- month
-- invoice_id
-- entity
-- currency
-- bucket
-- open_minor INTEGER: What was still owed.

WITH steps AS (
  -- Where an item's balance changes, month by month: far fewer rows than items times months.
  SELECT invoice_id, DATE_TRUNC(happened_on, MONTH) AS month, SUM(amount_minor) AS moved_minor
  FROM billing_core.ar_moves
  GROUP BY invoice_id, DATE_TRUNC(happened_on, MONTH)
),
balances AS (
  SELECT
    invoice_id, month,
    SUM(moved_minor) OVER (PARTITION BY invoice_id ORDER BY month) AS open_minor,
    LEAD(month) OVER (PARTITION BY invoice_id ORDER BY month) AS next_month
  FROM steps
),
open_items AS (
  SELECT
    month_ends.as_of AS as_of,
    month_ends.loaded_at AS loaded_at,
    month_ends.month AS month,
    balances.invoice_id AS invoice_id,
    balances.open_minor AS open_minor,
    month_ends.day AS day
  FROM balances
  JOIN billing_core.month_ends AS month_ends
    ON month_ends.month >= balances.month
    AND (balances.next_month IS NULL OR month_ends.month < balances.next_month)
  WHERE balances.open_minor > 0
)
SELECT
  open_items.as_of AS as_of,
  open_items.loaded_at AS loaded_at,
  open_items.month AS month,
  open_items.invoice_id AS invoice_id,
  invoices.entity AS entity,
  invoices.currency AS currency,
  CASE
    WHEN open_items.day <= invoices.due_on THEN 'not due'
    WHEN DATE_DIFF(open_items.day, invoices.due_on, DAY) <= 30 THEN '1-30'
    WHEN DATE_DIFF(open_items.day, invoices.due_on, DAY) <= 60 THEN '31-60'
    WHEN DATE_DIFF(open_items.day, invoices.due_on, DAY) <= 90 THEN '61-90'
    ELSE 'over 90'
  END AS bucket,
  open_items.open_minor AS open_minor
FROM open_items
JOIN billing_core.invoice_issued AS invoices ON invoices.invoice_id = open_items.invoice_id
