-- The VAT of every document by scheme, country and rate, in its own currency and in its tax office's.
--
-- event_id
-- occurred_at
-- position INTEGER: Its place in the document, from 0.
-- kind STRING: invoice or credit_note.
-- document_id STRING: The invoice's or credit note's id.
-- entity
-- member_id
-- issued_on
-- invoiced_on DATE: Day of issue of the invoice, which a credit note corrects.
-- currency
-- scheme
-- country STRING: Where the VAT is owed; empty outside scope.
-- category
-- rate_basis_points
-- base_minor INTEGER: Taxable base; negative for a credit note.
-- vat_minor INTEGER: VAT; negative for a credit note.
-- office_currency STRING: In which the tax office is told of it.
-- office_base_minor INTEGER: Base in that currency, at the document's rate.
-- office_vat_minor INTEGER: VAT in that currency; a document's add up to what the document says.

WITH totals AS (
  SELECT event_id, position, scheme, country, category, rate_basis_points, base_minor, vat_minor
  FROM billing_core.invoice_issued_vat
  UNION ALL
  SELECT event_id, position, scheme, country, category, rate_basis_points, -base_minor, -vat_minor
  FROM billing_core.credit_note_issued_vat
),
converted AS (
  SELECT
    documents.event_id AS event_id, documents.occurred_at AS occurred_at, totals.position AS position,
    documents.kind AS kind, documents.document_id AS document_id, documents.entity AS entity,
    documents.member_id AS member_id, documents.issued_on AS issued_on, documents.invoiced_on AS invoiced_on,
    documents.currency AS currency, totals.scheme AS scheme, totals.country AS country, totals.category AS category,
    totals.rate_basis_points AS rate_basis_points, totals.base_minor AS base_minor, totals.vat_minor AS vat_minor,
    COALESCE(documents.office_currency, documents.currency) AS office_currency,
    documents.office_vat_minor AS told_minor,
    CASE WHEN documents.office_rate IS NULL THEN NUMERIC '1'
      ELSE CAST(documents.office_rate AS NUMERIC) * SAFE_DIVIDE(
        CAST(into_units.minor_units AS NUMERIC), CAST(from_units.minor_units AS NUMERIC))
    END AS factor
  FROM totals
  JOIN billing_core.documents AS documents ON documents.event_id = totals.event_id
  LEFT JOIN billing_core.currencies AS from_units ON from_units.currency = documents.currency
  LEFT JOIN billing_core.currencies AS into_units ON into_units.currency = documents.office_currency
),
rounded AS (
  SELECT
    *,
    CAST(ROUND(CAST(base_minor AS NUMERIC) * factor) AS INT64) AS office_base_minor,
    CAST(ROUND(CAST(vat_minor AS NUMERIC) * factor) AS INT64) AS office_vat_minor
  FROM converted
)
-- A document's VAT in the office's currency was rounded once: its largest part takes what rounding each left.
SELECT
  event_id, occurred_at, position, kind, document_id, entity, member_id, issued_on, invoiced_on, currency, scheme,
  country, category, rate_basis_points, base_minor, vat_minor, office_currency, office_base_minor,
  office_vat_minor + CASE
    WHEN told_minor IS NOT NULL
      AND ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY ABS(vat_minor) DESC, position) = 1
    THEN told_minor - SUM(office_vat_minor) OVER (PARTITION BY event_id)
    ELSE 0
  END AS office_vat_minor
FROM rounded
