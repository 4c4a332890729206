-- Do the open items agree with the ledger? What was billed less credited less paid has to be the receivables' balance.
WITH newest AS (
  SELECT as_of, loaded_at FROM billing_core.freshness
),
facts AS (
  SELECT
    entity, currency, name,
    JSON_VALUE(payload, '$.invoice_id') AS invoice_id,
    CASE
      WHEN name IN ('invoice.issued', 'credit_note.issued') THEN CAST(JSON_VALUE(payload, '$.total_minor') AS INT64)
      WHEN name = 'payment.unmatched' THEN -CAST(JSON_VALUE(payload, '$.amount_minor') AS INT64)
      ELSE CAST(JSON_VALUE(payload, '$.amount_minor') AS INT64)
    END AS amount_minor
  FROM billing_core.events
  WHERE name IN ('invoice.issued', 'credit_note.issued', 'payment.matched', 'payment.unmatched')
),
items AS (
  SELECT
    entity, currency, invoice_id,
    SUM(CASE WHEN name = 'invoice.issued' THEN amount_minor ELSE 0 END) AS invoiced_minor,
    SUM(CASE WHEN name = 'credit_note.issued' THEN amount_minor ELSE 0 END) AS credited_minor,
    SUM(CASE WHEN name IN ('payment.matched', 'payment.unmatched') THEN amount_minor ELSE 0 END) AS paid_minor
  FROM facts
  GROUP BY entity, currency, invoice_id
),
ledger AS (
  SELECT entity, currency, SUM(balance_minor) AS ledger_minor
  FROM billing_reporting.journal_by_day_account
  WHERE account = '1400'
  GROUP BY entity, currency
),
totals AS (
  SELECT
    entity, currency,
    SUM(invoiced_minor) AS invoiced_minor,
    SUM(credited_minor) AS credited_minor,
    SUM(paid_minor) AS paid_minor,
    SUM(invoiced_minor - credited_minor - paid_minor) AS open_minor,
    SUM(CASE WHEN invoiced_minor - credited_minor - paid_minor < 0 THEN 1 ELSE 0 END) AS overpaid_items
  FROM items
  GROUP BY entity, currency
),
keys AS (
  SELECT entity, currency FROM totals
  UNION DISTINCT
  SELECT entity, currency FROM ledger
)
SELECT
  newest.as_of AS as_of,
  newest.loaded_at AS loaded_at,
  keys.entity AS entity,
  keys.currency AS currency,
  COALESCE(totals.invoiced_minor, 0) AS invoiced_minor,
  COALESCE(totals.credited_minor, 0) AS credited_minor,
  COALESCE(totals.paid_minor, 0) AS paid_minor,
  COALESCE(totals.open_minor, 0) AS open_minor,
  COALESCE(ledger.ledger_minor, 0) AS ledger_minor,
  COALESCE(totals.open_minor, 0) - COALESCE(ledger.ledger_minor, 0) AS difference_minor,
  COALESCE(totals.overpaid_items, 0) AS overpaid_items
FROM keys
CROSS JOIN newest
LEFT JOIN totals ON totals.entity = keys.entity AND totals.currency = keys.currency
LEFT JOIN ledger ON ledger.entity = keys.entity AND ledger.currency = keys.currency
