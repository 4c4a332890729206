-- Do the books agree with the documents? Each day has to be balanced, its receivables equal to what was issued.
WITH newest AS (
  SELECT as_of, loaded_at FROM billing_core.freshness
),
days AS (
  SELECT
    posted_on, entity, currency,
    SUM(debit_minor) AS debit_minor,
    SUM(credit_minor) AS credit_minor
  FROM billing_reporting.journal_by_day_account
  GROUP BY posted_on, entity, currency
),
journals AS (
  -- One row a document even where it was posted twice: then the receivables are too high, and the difference shows it.
  SELECT
    MIN(CAST(JSON_VALUE(payload, '$.posted_on') AS DATE)) AS posted_on,
    entity,
    JSON_VALUE(payload, '$.document') AS document,
    JSON_VALUE(payload, '$.document_type') AS document_type
  FROM billing_core.events
  WHERE name = 'journal.posted'
  GROUP BY entity, document, document_type
),
documents AS (
  SELECT
    JSON_VALUE(payload, '$.number') AS document,
    CASE name WHEN 'invoice.issued' THEN 'DR' ELSE 'DG' END AS document_type,
    entity, currency,
    CAST(JSON_VALUE(payload, '$.issued_on') AS DATE) AS issued_on,
    CASE name WHEN 'invoice.issued' THEN 1 ELSE -1 END
      * CAST(JSON_VALUE(payload, '$.total_minor') AS INT64) AS total_minor
  FROM billing_core.events
  WHERE name IN ('invoice.issued', 'credit_note.issued')
),
issued AS (
  SELECT
    COALESCE(journals.posted_on, documents.issued_on) AS posted_on,
    documents.entity AS entity,
    documents.currency AS currency,
    SUM(documents.total_minor) AS documents_minor,
    SUM(CASE WHEN journals.document IS NULL AND documents.total_minor != 0 THEN 1 ELSE 0 END) AS unposted_documents
  FROM documents
  LEFT JOIN journals
    ON journals.document = documents.document AND journals.document_type = documents.document_type
    AND journals.entity = documents.entity
  GROUP BY 1, 2, 3
),
receivables AS (
  SELECT
    posted_on, entity, currency,
    SUM(balance_minor) AS receivables_minor
  FROM billing_reporting.journal_by_day_account
  WHERE document_type IN ('DR', 'DG') AND account = '1400'
  GROUP BY posted_on, entity, currency
),
keys AS (
  SELECT posted_on, entity, currency FROM days
  UNION DISTINCT
  SELECT posted_on, entity, currency FROM issued
)
SELECT
  newest.as_of AS as_of,
  newest.loaded_at AS loaded_at,
  keys.posted_on AS posted_on,
  keys.entity AS entity,
  keys.currency AS currency,
  COALESCE(days.debit_minor, 0) AS debit_minor,
  COALESCE(days.credit_minor, 0) AS credit_minor,
  COALESCE(days.debit_minor, 0) = COALESCE(days.credit_minor, 0) AS balanced,
  COALESCE(issued.documents_minor, 0) AS documents_minor,
  COALESCE(receivables.receivables_minor, 0) AS receivables_minor,
  COALESCE(issued.documents_minor, 0) - COALESCE(receivables.receivables_minor, 0) AS difference_minor,
  COALESCE(issued.unposted_documents, 0) AS unposted_documents
FROM keys
CROSS JOIN newest
LEFT JOIN days
  ON days.posted_on = keys.posted_on AND days.entity = keys.entity AND days.currency = keys.currency
LEFT JOIN issued
  ON issued.posted_on = keys.posted_on AND issued.entity = keys.entity AND issued.currency = keys.currency
LEFT JOIN receivables
  ON receivables.posted_on = keys.posted_on
  AND receivables.entity = keys.entity AND receivables.currency = keys.currency
