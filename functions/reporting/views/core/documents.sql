-- Invoices and credit notes, one row each; a credit note's amounts are negative, so that sums are what is billed.
--
-- event_id
-- occurred_at
-- kind STRING: invoice or credit_note.
-- document_id STRING: The invoice's or credit note's id.
-- number STRING: Its number.
-- invoice_id STRING: The invoice; for a credit note, the one it takes back.
-- entity
-- member_id
-- country
-- currency
-- issued_on
-- invoiced_on DATE: Day of issue of the invoice, which a credit note corrects.
-- due_on DATE: Day the invoice is due; none for a credit note.
-- payment_method STRING: How the member pays: transfer, card or direct_debit.
-- net_minor INTEGER: Net of VAT; negative for a credit note.
-- vat_minor INTEGER: VAT; negative for a credit note.
-- total_minor INTEGER: With VAT; negative for a credit note.
-- office_currency STRING: In which the tax office is told of it, where that is another one.
-- office_rate STRING: Units of that currency for one of the document's, a decimal.
-- office_vat_minor INTEGER: VAT in that currency; negative for a credit note.

SELECT
  event_id, occurred_at, 'invoice' AS kind, invoice_id AS document_id, number, invoice_id, entity, member_id,
  buyer_address_country AS country, currency, issued_on, issued_on AS invoiced_on, due_on,
  buyer_payment_method AS payment_method, net_minor, vat_minor, total_minor,
  exchange_currency AS office_currency, exchange_rate AS office_rate, exchange_vat_minor AS office_vat_minor
FROM billing_core.invoice_issued
UNION ALL
SELECT
  credits.event_id, credits.occurred_at, 'credit_note', credits.credit_note_id, credits.number, credits.invoice_id,
  credits.entity, credits.member_id, credits.buyer_address_country, credits.currency, credits.issued_on,
  COALESCE(invoices.issued_on, credits.issued_on), CAST(NULL AS DATE), credits.buyer_payment_method,
  -credits.net_minor, -credits.vat_minor, -credits.total_minor,
  credits.exchange_currency, credits.exchange_rate, -credits.exchange_vat_minor
FROM billing_core.credit_note_issued AS credits
LEFT JOIN billing_core.invoice_issued AS invoices ON invoices.invoice_id = credits.invoice_id
