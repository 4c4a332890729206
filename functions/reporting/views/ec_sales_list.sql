-- The EC sales list: services to businesses in other member states under reverse charge, by month and customer.
-- The customer's VAT id may name a person: who reads this reads personal data, which the law asks for (Directive
-- 2006/112/EC, art. 262 to 264).
--
-- as_of
-- loaded_at
-- month DATE: First day of the month of issue.
-- entity
-- vat_id STRING: The customer's, as the document named it; empty where it named none, which is a mistake to look into.
-- member_id STRING: The customer.
-- country STRING: The customer's member state.
-- currency STRING: Of the tax office, ISO 4217.
-- document_count INTEGER: Invoices and credit notes.
-- base_minor INTEGER: Supplies less credit notes, in that currency.

WITH supplies AS (
  SELECT event_id, issued_on, entity, member_id, country, office_currency, office_base_minor
  FROM billing_core.document_vat
  WHERE scheme = 'reverse_charge'
),
customers AS (
  SELECT event_id, COALESCE(buyer_vat_id, '') AS vat_id FROM billing_core.invoice_issued
  UNION ALL
  SELECT event_id, COALESCE(buyer_vat_id, '') FROM billing_core.credit_note_issued
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  DATE_TRUNC(supplies.issued_on, MONTH) AS month,
  supplies.entity AS entity,
  COALESCE(customers.vat_id, '') AS vat_id,
  supplies.member_id AS member_id,
  SUBSTR(COALESCE(customers.vat_id, ''), 1, 2) AS country,
  supplies.office_currency AS currency,
  COUNT(DISTINCT supplies.event_id) AS document_count,
  SUM(supplies.office_base_minor) AS base_minor
FROM supplies
LEFT JOIN customers ON customers.event_id = supplies.event_id
CROSS JOIN billing_core.freshness AS newest
GROUP BY
  DATE_TRUNC(supplies.issued_on, MONTH), supplies.entity, COALESCE(customers.vat_id, ''), supplies.member_id,
  supplies.office_currency
