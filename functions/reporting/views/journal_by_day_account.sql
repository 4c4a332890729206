-- What every account moved on every day: the trial balance by day.
WITH newest AS (
  SELECT as_of, loaded_at FROM billing_core.freshness
),
postings AS (
  SELECT
    CAST(JSON_VALUE(journals.payload, '$.posted_on') AS DATE) AS posted_on,
    journals.entity AS entity,
    journals.currency AS currency,
    JSON_VALUE(journals.payload, '$.document_type') AS document_type,
    JSON_VALUE(posting, '$.account') AS account,
    JSON_VALUE(posting, '$.tax_code') AS tax_code,
    JSON_VALUE(posting, '$.country') AS country,
    CAST(JSON_VALUE(posting, '$.debit_minor') AS INT64) AS debit_minor,
    CAST(JSON_VALUE(posting, '$.credit_minor') AS INT64) AS credit_minor
  FROM billing_core.events AS journals
  CROSS JOIN UNNEST(JSON_QUERY_ARRAY(journals.payload, '$.postings')) AS posting
  WHERE journals.name = 'journal.posted'
)
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
FROM postings
CROSS JOIN newest
GROUP BY posted_on, entity, currency, document_type, account, tax_code, country
