-- Receivables from one month's end to the next: what was open, came, went, and is open; it ties to the items one by one.
--
-- as_of
-- loaded_at
-- month
-- entity
-- currency
-- opening_minor INTEGER: Open at the end of the month before.
-- invoiced_minor INTEGER: Invoices of the month, with VAT.
-- credited_minor INTEGER: Credit notes of the month, with VAT.
-- cash_minor INTEGER: Money put on invoices.
-- taken_back_minor INTEGER: Matches taken back, for returns, chargebacks, credit notes, refunds or mistakes.
-- written_off_minor INTEGER: Given up, less what is claimed again.
-- closing_minor INTEGER: opening + invoiced - credited - cash + taken back - written off.
-- items_minor INTEGER: The open items at the month's end, added up one by one from their documents.
-- difference_minor

WITH moved AS (
  SELECT
    DATE_TRUNC(happened_on, MONTH) AS month, entity, currency,
    SUM(CASE WHEN kind = 'invoiced' THEN amount_minor ELSE 0 END) AS invoiced_minor,
    SUM(CASE WHEN kind = 'credited' THEN -amount_minor ELSE 0 END) AS credited_minor,
    SUM(CASE WHEN kind = 'matched' THEN -amount_minor ELSE 0 END) AS cash_minor,
    SUM(CASE WHEN kind = 'unmatched' THEN amount_minor ELSE 0 END) AS taken_back_minor,
    SUM(CASE WHEN kind IN ('written_off', 'claimed') THEN -amount_minor ELSE 0 END) AS written_off_minor
  FROM billing_core.ar_moves
  GROUP BY DATE_TRUNC(happened_on, MONTH), entity, currency
),
books AS (
  SELECT DISTINCT entity, currency FROM moved
),
months AS (
  SELECT
    month_ends.as_of AS as_of, month_ends.loaded_at AS loaded_at, month_ends.month AS month,
    books.entity AS entity, books.currency AS currency,
    COALESCE(moved.invoiced_minor, 0) AS invoiced_minor,
    COALESCE(moved.credited_minor, 0) AS credited_minor,
    COALESCE(moved.cash_minor, 0) AS cash_minor,
    COALESCE(moved.taken_back_minor, 0) AS taken_back_minor,
    COALESCE(moved.written_off_minor, 0) AS written_off_minor
  FROM books
  CROSS JOIN billing_core.month_ends AS month_ends
  LEFT JOIN moved
    ON moved.month = month_ends.month AND moved.entity = books.entity AND moved.currency = books.currency
),
running AS (
  SELECT
    *,
    SUM(invoiced_minor - credited_minor - cash_minor + taken_back_minor - written_off_minor)
      OVER (PARTITION BY entity, currency ORDER BY month) AS closing_minor
  FROM months
),
items AS (
  SELECT month, entity, currency, SUM(open_minor) AS items_minor
  FROM billing_core.open_at_month_ends
  GROUP BY month, entity, currency
)
SELECT
  running.as_of AS as_of,
  running.loaded_at AS loaded_at,
  running.month AS month,
  running.entity AS entity,
  running.currency AS currency,
  running.closing_minor - running.invoiced_minor + running.credited_minor + running.cash_minor
    - running.taken_back_minor + running.written_off_minor AS opening_minor,
  running.invoiced_minor AS invoiced_minor,
  running.credited_minor AS credited_minor,
  running.cash_minor AS cash_minor,
  running.taken_back_minor AS taken_back_minor,
  running.written_off_minor AS written_off_minor,
  running.closing_minor AS closing_minor,
  COALESCE(items.items_minor, 0) AS items_minor,
  running.closing_minor - COALESCE(items.items_minor, 0) AS difference_minor
FROM running
LEFT JOIN items
  ON items.month = running.month AND items.entity = running.entity AND items.currency = running.currency
