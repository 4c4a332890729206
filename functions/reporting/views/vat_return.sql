-- What each legal entity tells its tax office, by month and by quarter of issue, in the tax office's currency.
--
-- as_of
-- loaded_at
-- period STRING: month or quarter: never add up both.
-- period_from DATE: The period's first day.
-- period_to DATE: The period's last day.
-- entity
-- scheme
-- country STRING: Where the VAT is owed; empty outside scope.
-- category
-- rate_basis_points
-- currency STRING: Of the tax office (Directive 2006/112, art. 91 and 230), ISO 4217; amounts are in its minor units.
-- document_count INTEGER: Invoices and credit notes with such a total.
-- base_minor INTEGER: Taxable base in that currency, at each document's own rate.
-- vat_minor INTEGER: VAT in that currency, as each document says it.

WITH periods AS (
  SELECT *, 'month' AS period, DATE_TRUNC(issued_on, MONTH) AS period_from, LAST_DAY(issued_on, MONTH) AS period_to
  FROM billing_core.document_vat
  UNION ALL
  SELECT *, 'quarter', DATE_TRUNC(issued_on, QUARTER), LAST_DAY(issued_on, QUARTER)
  FROM billing_core.document_vat
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  periods.period AS period,
  periods.period_from AS period_from,
  periods.period_to AS period_to,
  periods.entity AS entity,
  periods.scheme AS scheme,
  periods.country AS country,
  periods.category AS category,
  periods.rate_basis_points AS rate_basis_points,
  periods.office_currency AS currency,
  COUNT(DISTINCT periods.event_id) AS document_count,
  SUM(periods.office_base_minor) AS base_minor,
  SUM(periods.office_vat_minor) AS vat_minor
FROM periods
CROSS JOIN billing_core.freshness AS newest
GROUP BY
  periods.period, periods.period_from, periods.period_to, periods.entity, periods.scheme, periods.country,
  periods.category, periods.rate_basis_points, periods.office_currency
