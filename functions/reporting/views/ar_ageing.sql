-- Open invoices by age. As of the newest event loaded, so that it agrees with the other views; the day of that event
-- is the legal entity's, as due dates are.
WITH newest AS (
  SELECT as_of, loaded_at FROM billing_core.freshness
),
invoices AS (
  SELECT
    JSON_VALUE(payload, '$.invoice_id') AS invoice_id,
    JSON_VALUE(payload, '$.number') AS invoice_number,
    JSON_VALUE(payload, '$.buyer.address.country') AS country,
    member_id,
    entity,
    currency,
    CAST(JSON_VALUE(payload, '$.issued_on') AS DATE) AS issued_on,
    CAST(JSON_VALUE(payload, '$.due_on') AS DATE) AS due_on,
    CAST(JSON_VALUE(payload, '$.total_minor') AS INT64) AS total_minor
  FROM billing_core.events
  WHERE name = 'invoice.issued'
),
moves AS (
  SELECT
    JSON_VALUE(payload, '$.invoice_id') AS invoice_id,
    SUM(CASE name
      WHEN 'payment.matched' THEN CAST(JSON_VALUE(payload, '$.amount_minor') AS INT64)
      WHEN 'payment.unmatched' THEN -CAST(JSON_VALUE(payload, '$.amount_minor') AS INT64)
      ELSE 0
    END) AS paid_minor,
    SUM(CASE name
      WHEN 'credit_note.issued' THEN CAST(JSON_VALUE(payload, '$.total_minor') AS INT64)
      ELSE 0
    END) AS credited_minor
  FROM billing_core.events
  WHERE name IN ('payment.matched', 'payment.unmatched', 'credit_note.issued')
  GROUP BY invoice_id
),
items AS (
  SELECT
    newest.as_of AS as_of,
    newest.loaded_at AS loaded_at,
    invoices.invoice_number AS invoice_number,
    invoices.invoice_id AS invoice_id,
    invoices.member_id AS member_id,
    invoices.entity AS entity,
    invoices.country AS country,
    invoices.currency AS currency,
    invoices.issued_on AS issued_on,
    invoices.due_on AS due_on,
    invoices.total_minor AS total_minor,
    COALESCE(moves.paid_minor, 0) AS paid_minor,
    COALESCE(moves.credited_minor, 0) AS credited_minor,
    invoices.total_minor - COALESCE(moves.paid_minor, 0) - COALESCE(moves.credited_minor, 0) AS open_minor,
    GREATEST(DATE_DIFF(DATE(newest.as_of, CASE invoices.entity
      WHEN 'MB' THEN 'Europe/Brussels'
      WHEN 'MS' THEN 'Europe/Zurich'
      ELSE 'Europe/Berlin'
    END), invoices.due_on, DAY), 0) AS days_overdue
  FROM invoices
  CROSS JOIN newest
  LEFT JOIN moves ON moves.invoice_id = invoices.invoice_id
)
SELECT
  as_of, loaded_at, invoice_number, invoice_id, member_id, entity, country, currency, issued_on, due_on,
  total_minor, paid_minor, credited_minor, open_minor, days_overdue,
  CASE
    WHEN days_overdue = 0 THEN 'not due'
    WHEN days_overdue <= 30 THEN '1-30'
    WHEN days_overdue <= 60 THEN '31-60'
    WHEN days_overdue <= 90 THEN '61-90'
    ELSE 'over 90'
  END AS bucket
FROM items
WHERE open_minor > 0
