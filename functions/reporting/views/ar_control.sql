-- The proof of the open items: they add up to the receivables in the ledger.
--
-- as_of
-- loaded_at
-- entity
-- currency
-- invoiced_minor INTEGER: Invoices, with VAT.
-- credited_minor INTEGER: Credit notes, with VAT.
-- paid_minor INTEGER: Payments matched, less matches taken back.
-- written_off_minor INTEGER: Given up, less what is claimed again.
-- open_minor INTEGER: What is still owed: invoices less credit notes, payments and what was given up.
-- ledger_minor INTEGER: Balance of the receivables account.
-- difference_minor INTEGER: Open items less ledger: 0 when all is well.
-- overpaid_items INTEGER: Invoices with more credited and paid than billed: 0 when all is well.

WITH items AS (
  SELECT
    entity, currency, invoice_id,
    SUM(CASE WHEN kind = 'invoiced' THEN amount_minor ELSE 0 END) AS invoiced_minor,
    SUM(CASE WHEN kind = 'credited' THEN -amount_minor ELSE 0 END) AS credited_minor,
    SUM(CASE WHEN kind IN ('matched', 'unmatched') THEN -amount_minor ELSE 0 END) AS paid_minor,
    SUM(CASE WHEN kind IN ('written_off', 'claimed') THEN -amount_minor ELSE 0 END) AS written_off_minor,
    SUM(amount_minor) AS open_minor
  FROM billing_core.ar_moves
  GROUP BY entity, currency, invoice_id
),
totals AS (
  SELECT
    entity, currency,
    SUM(invoiced_minor) AS invoiced_minor,
    SUM(credited_minor) AS credited_minor,
    SUM(paid_minor) AS paid_minor,
    SUM(written_off_minor) AS written_off_minor,
    SUM(open_minor) AS open_minor,
    COUNTIF(open_minor < 0) AS overpaid_items
  FROM items
  GROUP BY entity, currency
),
ledger AS (
  SELECT entity, currency, SUM(balance_minor) AS ledger_minor
  FROM billing_core.ledger
  WHERE word = 'receivables'
  GROUP BY entity, currency
),
books AS (
  SELECT entity, currency FROM totals
  UNION DISTINCT
  SELECT entity, currency FROM ledger
)
SELECT
  newest.as_of AS as_of,
  newest.loaded_at AS loaded_at,
  books.entity AS entity,
  books.currency AS currency,
  COALESCE(totals.invoiced_minor, 0) AS invoiced_minor,
  COALESCE(totals.credited_minor, 0) AS credited_minor,
  COALESCE(totals.paid_minor, 0) AS paid_minor,
  COALESCE(totals.written_off_minor, 0) AS written_off_minor,
  COALESCE(totals.open_minor, 0) AS open_minor,
  COALESCE(ledger.ledger_minor, 0) AS ledger_minor,
  COALESCE(totals.open_minor, 0) - COALESCE(ledger.ledger_minor, 0) AS difference_minor,
  COALESCE(totals.overpaid_items, 0) AS overpaid_items
FROM books
CROSS JOIN billing_core.freshness AS newest
LEFT JOIN totals ON totals.entity = books.entity AND totals.currency = books.currency
LEFT JOIN ledger ON ledger.entity = books.entity AND ledger.currency = books.currency
