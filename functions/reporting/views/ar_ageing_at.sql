-- Open invoices by age at the end of any day, as it was known at any moment.
--
-- @day DATE: The business day at whose end it is looked.
-- @known_at TIMESTAMP: What was committed later is left out: so the same question has the same answer for ever.
-- as_of TIMESTAMP: The newest event known then: later ones are not in it.
-- loaded_at
-- invoice_number
-- invoice_id
-- member_id STRING: Who owes it.
-- entity
-- country
-- currency
-- issued_on
-- due_on
-- total_minor
-- paid_minor INTEGER: Payments matched, less matches taken back.
-- credited_minor INTEGER: Credit notes.
-- open_minor
-- days_overdue
-- bucket

WITH newest AS (
  SELECT MAX(occurred_at) AS as_of, MAX(loaded_at) AS loaded_at
  FROM billing_raw.events
  WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00+00' AND occurred_at <= known_at
),
moved AS (
  SELECT
    invoice_id,
    SUM(CASE WHEN kind IN ('matched', 'unmatched') THEN -amount_minor ELSE 0 END) AS paid_minor,
    SUM(CASE WHEN kind = 'credited' THEN -amount_minor ELSE 0 END) AS credited_minor,
    SUM(amount_minor) AS open_minor
  FROM billing_core.ar_moves
  WHERE happened_on <= day AND occurred_at <= known_at
  GROUP BY invoice_id
  HAVING SUM(amount_minor) > 0
),
items AS (
  SELECT
    newest.as_of AS as_of,
    newest.loaded_at AS loaded_at,
    invoices.number AS invoice_number,
    invoices.invoice_id AS invoice_id,
    invoices.member_id AS member_id,
    invoices.entity AS entity,
    invoices.buyer_address_country AS country,
    invoices.currency AS currency,
    invoices.issued_on AS issued_on,
    invoices.due_on AS due_on,
    invoices.total_minor AS total_minor,
    moved.paid_minor AS paid_minor,
    moved.credited_minor AS credited_minor,
    moved.open_minor AS open_minor,
    GREATEST(DATE_DIFF(day, invoices.due_on, DAY), 0) AS days_overdue
  FROM moved
  JOIN billing_core.invoice_issued AS invoices ON invoices.invoice_id = moved.invoice_id
  CROSS JOIN newest
)
SELECT
  as_of, loaded_at, invoice_number, invoice_id, member_id, entity, country, currency, issued_on, due_on, total_minor,
  paid_minor, credited_minor, open_minor, days_overdue,
  CASE
    WHEN days_overdue = 0 THEN 'not due'
    WHEN days_overdue <= 30 THEN '1-30'
    WHEN days_overdue <= 60 THEN '31-60'
    WHEN days_overdue <= 90 THEN '61-90'
    ELSE 'over 90'
  END AS bucket
FROM items
