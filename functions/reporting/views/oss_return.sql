-- The One-Stop-Shop return: VAT by quarter, member state and rate, in euro at the ECB's rate of the quarter's last day.
-- What is taken back of an earlier quarter is told in this one, as a correction of that (Directive 2006/112, art. 369g).
--
-- as_of
-- loaded_at
-- entity
-- quarter DATE: First day of the quarter it is told in.
-- corrects_quarter DATE: First day of the quarter it is about: an earlier one for a correction.
-- country STRING: The member state of consumption.
-- rate_basis_points
-- currency STRING: Of the documents, ISO 4217.
-- document_count INTEGER: Invoices and credit notes with such a total.
-- base_minor INTEGER: Taxable base in the documents' currency.
-- vat_minor INTEGER: VAT in the documents' currency.
-- ecb_rate NUMERIC: Units of that currency for one euro, of the quarter it is about; none while it is not published.
-- base_eur_minor INTEGER: Taxable base in cents; none while there is no rate.
-- vat_eur_minor INTEGER: VAT in cents; none while there is no rate.

WITH totals AS (
  SELECT
    entity,
    DATE_TRUNC(issued_on, QUARTER) AS quarter,
    DATE_TRUNC(invoiced_on, QUARTER) AS corrects_quarter,
    country, rate_basis_points, currency,
    COUNT(DISTINCT event_id) AS document_count,
    SUM(base_minor) AS base_minor,
    SUM(vat_minor) AS vat_minor
  FROM billing_core.document_vat
  WHERE scheme = 'oss'
  GROUP BY
    entity, DATE_TRUNC(issued_on, QUARTER), DATE_TRUNC(invoiced_on, QUARTER), country, rate_basis_points, currency
),
rated AS (
  SELECT
    totals.*,
    CASE WHEN totals.currency = 'EUR' THEN NUMERIC '1' ELSE rates.rate END AS ecb_rate,
    CAST(units.minor_units AS NUMERIC) AS minor_units
  FROM totals
  LEFT JOIN billing_core.ecb_quarter_rates AS rates
    ON rates.quarter = totals.corrects_quarter AND rates.currency = totals.currency
  LEFT JOIN billing_core.currencies AS units ON units.currency = totals.currency
)
SELECT
  newest.as_of AS as_of,
  newest.loaded_at AS loaded_at,
  rated.entity AS entity,
  rated.quarter AS quarter,
  rated.corrects_quarter AS corrects_quarter,
  rated.country AS country,
  rated.rate_basis_points AS rate_basis_points,
  rated.currency AS currency,
  rated.document_count AS document_count,
  rated.base_minor AS base_minor,
  rated.vat_minor AS vat_minor,
  rated.ecb_rate AS ecb_rate,
  CAST(ROUND(SAFE_DIVIDE(CAST(rated.base_minor AS NUMERIC) * NUMERIC '100', rated.minor_units * rated.ecb_rate)) AS INT64)
    AS base_eur_minor,
  CAST(ROUND(SAFE_DIVIDE(CAST(rated.vat_minor AS NUMERIC) * NUMERIC '100', rated.minor_units * rated.ecb_rate)) AS INT64)
    AS vat_eur_minor
FROM rated
CROSS JOIN billing_core.freshness AS newest
