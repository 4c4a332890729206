-- Each day's proof: the journal is balanced, and its receivables are what was issued.
--
-- as_of
-- loaded_at
-- posted_on DATE: Day of posting; for a document without a journal, its day of issue.
-- entity
-- currency
-- debit_minor INTEGER: Sum of debits.
-- credit_minor INTEGER: Sum of credits.
-- balanced BOOLEAN: Whether debits equal credits.
-- documents_minor INTEGER: Invoices less credit notes, with VAT.
-- receivables_minor INTEGER: What invoices and credit notes posted to receivables.
-- difference_minor INTEGER: Documents less receivables: 0 when all is well.
-- unposted_documents INTEGER: Documents without a journal: 0 when all is well.

WITH days AS (
  SELECT
    posted_on, entity, currency,
    SUM(debit_minor) AS debit_minor,
    SUM(credit_minor) AS credit_minor
  FROM billing_core.journal_posted_postings
  GROUP BY posted_on, entity, currency
),
journals AS (
  -- One row a document even where it was posted twice: then the receivables are too high, and the difference shows it.
  SELECT MIN(posted_on) AS posted_on, entity, document, document_type
  FROM billing_core.journal_posted
  WHERE document_type IN ('DR', 'DG')
  GROUP BY entity, document, document_type
),
documents AS (
  SELECT
    number AS document,
    CASE kind WHEN 'invoice' THEN 'DR' ELSE 'DG' END AS document_type,
    entity, currency, issued_on, total_minor
  FROM billing_core.documents
),
issued AS (
  SELECT
    COALESCE(journals.posted_on, documents.issued_on) AS posted_on,
    documents.entity AS entity,
    documents.currency AS currency,
    SUM(documents.total_minor) AS documents_minor,
    COUNTIF(journals.document IS NULL AND documents.total_minor != 0) AS unposted_documents
  FROM documents
  LEFT JOIN journals
    ON journals.document = documents.document AND journals.document_type = documents.document_type
    AND journals.entity = documents.entity
  GROUP BY COALESCE(journals.posted_on, documents.issued_on), documents.entity, documents.currency
),
receivables AS (
  SELECT posted_on, entity, currency, SUM(balance_minor) AS receivables_minor
  FROM billing_core.ledger
  WHERE document_type IN ('DR', 'DG') AND word = 'receivables'
  GROUP BY posted_on, entity, currency
),
books AS (
  SELECT posted_on, entity, currency FROM days
  UNION DISTINCT
  SELECT posted_on, entity, currency FROM issued
)
SELECT
  newest.as_of AS as_of,
  newest.loaded_at AS loaded_at,
  books.posted_on AS posted_on,
  books.entity AS entity,
  books.currency AS currency,
  COALESCE(days.debit_minor, 0) AS debit_minor,
  COALESCE(days.credit_minor, 0) AS credit_minor,
  COALESCE(days.debit_minor, 0) = COALESCE(days.credit_minor, 0) AS balanced,
  COALESCE(issued.documents_minor, 0) AS documents_minor,
  COALESCE(receivables.receivables_minor, 0) AS receivables_minor,
  COALESCE(issued.documents_minor, 0) - COALESCE(receivables.receivables_minor, 0) AS difference_minor,
  COALESCE(issued.unposted_documents, 0) AS unposted_documents
FROM books
CROSS JOIN billing_core.freshness AS newest
LEFT JOIN days
  ON days.posted_on = books.posted_on AND days.entity = books.entity AND days.currency = books.currency
LEFT JOIN issued
  ON issued.posted_on = books.posted_on AND issued.entity = books.entity AND issued.currency = books.currency
LEFT JOIN receivables
  ON receivables.posted_on = books.posted_on
  AND receivables.entity = books.entity AND receivables.currency = books.currency
