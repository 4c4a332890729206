-- The net revenue of one month as it was reported at any moment: documents that were committed later are left out.
--
-- @of_month DATE: Any day of the month asked for.
-- @known_at TIMESTAMP: What was committed later is left out: so the same question has the same answer for ever.
-- as_of TIMESTAMP: The newest event known then: later ones are not in it.
-- loaded_at
-- month DATE: First day of the month of issue.
-- entity
-- country
-- kind STRING: Kind of fee, as the charge said: listing, commission, subscription, financing and others.
-- currency
-- line_count INTEGER: Lines of invoices and credit notes.
-- invoiced_minor INTEGER: Net of invoices.
-- credited_minor INTEGER: Net of credit notes.
-- net_minor

WITH newest AS (
  SELECT MAX(occurred_at) AS as_of, MAX(loaded_at) AS loaded_at
  FROM billing_raw.events
  WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00+00' AND occurred_at <= known_at
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  DATE_TRUNC(lines.issued_on, MONTH) AS month,
  lines.entity AS entity,
  lines.country AS country,
  lines.kind AS kind,
  lines.currency AS currency,
  COUNT(*) AS line_count,
  SUM(CASE WHEN lines.sign = 1 THEN lines.amount_minor ELSE 0 END) AS invoiced_minor,
  SUM(CASE WHEN lines.sign = -1 THEN -lines.amount_minor ELSE 0 END) AS credited_minor,
  SUM(lines.amount_minor) AS net_minor
FROM billing_core.revenue_lines AS lines
CROSS JOIN newest
WHERE DATE_TRUNC(lines.issued_on, MONTH) = DATE_TRUNC(of_month, MONTH) AND lines.occurred_at <= known_at
GROUP BY DATE_TRUNC(lines.issued_on, MONTH), lines.entity, lines.country, lines.kind, lines.currency
