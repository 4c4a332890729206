-- The lines of invoices and credit notes as revenue: net, a credit note's with the other sign.
--
-- event_id
-- position INTEGER: Its place in the document, from 0.
-- occurred_at
-- sign INTEGER: 1 of an invoice, -1 of a credit note.
-- issued_on
-- entity
-- country
-- kind STRING: Kind of fee, as the charge said: listing, commission, subscription, financing and others.
-- currency
-- amount_minor INTEGER: Net of VAT; a credit note's with the other sign.
-- service_from DATE: The first day it is for.
-- service_to DATE: The last of those days.

SELECT
  event_id, position, occurred_at, 1 AS sign, issued_on, entity, buyer_address_country AS country, kind, currency,
  amount_minor, COALESCE(service_from, occurred_on) AS service_from, service_to
FROM billing_core.invoice_issued_lines
UNION ALL
SELECT
  event_id, position, occurred_at, -1, issued_on, entity, buyer_address_country, kind, currency, -amount_minor,
  COALESCE(service_from, occurred_on), service_to
FROM billing_core.credit_note_issued_lines
