-- VAT owed by month of issue, scheme, country and rate, in the documents' own currencies; a credit note counts
-- in the month of its own issue, not of its invoice's.
--
-- as_of
-- loaded_at
-- month DATE: First day of the month of issue.
-- entity
-- scheme
-- country STRING: Where the VAT is owed; empty outside scope.
-- category
-- rate_basis_points
-- currency
-- document_count INTEGER: Invoices and credit notes with such a total.
-- base_minor
-- vat_minor

SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  DATE_TRUNC(totals.issued_on, MONTH) AS month,
  totals.entity AS entity,
  totals.scheme AS scheme,
  totals.country AS country,
  totals.category AS category,
  totals.rate_basis_points AS rate_basis_points,
  totals.currency AS currency,
  COUNT(DISTINCT totals.event_id) AS document_count,
  SUM(totals.base_minor) AS base_minor,
  SUM(totals.vat_minor) AS vat_minor
FROM billing_core.document_vat AS totals
CROSS JOIN billing_core.freshness AS newest
GROUP BY
  DATE_TRUNC(totals.issued_on, MONTH), totals.entity, totals.scheme, totals.country, totals.category,
  totals.rate_basis_points, totals.currency
