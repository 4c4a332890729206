-- Net revenue by month of issue, country and kind of fee; credit notes count against their own month.
--
-- as_of
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
CROSS JOIN billing_core.freshness AS newest
GROUP BY DATE_TRUNC(lines.issued_on, MONTH), lines.entity, lines.country, lines.kind, lines.currency
