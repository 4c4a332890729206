-- The VAT of one month as it was reported at any moment: documents that were committed later are left out.
--
-- @of_month DATE: Any day of the month asked for.
-- @known_at TIMESTAMP: What was committed later is left out: so the same question has the same answer for ever.
-- as_of TIMESTAMP: The newest event known then: later ones are not in it.
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

WITH newest AS (
  SELECT MAX(occurred_at) AS as_of, MAX(loaded_at) AS loaded_at
  FROM billing_raw.events
  WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00+00' AND occurred_at <= known_at
)
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
CROSS JOIN newest
WHERE DATE_TRUNC(totals.issued_on, MONTH) = DATE_TRUNC(of_month, MONTH) AND totals.occurred_at <= known_at
GROUP BY
  DATE_TRUNC(totals.issued_on, MONTH), totals.entity, totals.scheme, totals.country, totals.category,
  totals.rate_basis_points, totals.currency
