-- What every account moved on every day: the trial balance by day.
--
-- as_of
-- loaded_at
-- posted_on DATE: Day of posting, in the legal entity's time zone.
-- entity
-- currency
-- document_type STRING: SAP's: DR invoice, DG credit memo, DZ payment, AB clearing, SA payout.
-- account
-- tax_code STRING: SAP's tax code; empty where no tax.
-- country STRING: Where the VAT is owed; empty where none.
-- debit_minor INTEGER: Sum of debits.
-- credit_minor INTEGER: Sum of credits.
-- balance_minor INTEGER: Debits less credits.

SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  postings.posted_on AS posted_on,
  postings.entity AS entity,
  postings.currency AS currency,
  postings.document_type AS document_type,
  postings.account AS account,
  postings.tax_code AS tax_code,
  postings.country AS country,
  SUM(postings.debit_minor) AS debit_minor,
  SUM(postings.credit_minor) AS credit_minor,
  SUM(postings.debit_minor - postings.credit_minor) AS balance_minor
FROM billing_core.journal_posted_postings AS postings
CROSS JOIN billing_core.freshness AS newest
GROUP BY
  postings.posted_on, postings.entity, postings.currency, postings.document_type, postings.account, postings.tax_code,
  postings.country
