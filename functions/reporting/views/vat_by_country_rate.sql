-- VAT owed by month of issue, scheme, country and rate: the figures of the VAT and OSS returns.
WITH newest AS (
  SELECT as_of, loaded_at FROM billing_core.freshness
),
documents AS (
  SELECT
    event_id, entity, currency, payload,
    CASE name WHEN 'invoice.issued' THEN 1 ELSE -1 END AS sign,
    CAST(DATE_TRUNC(CAST(JSON_VALUE(payload, '$.issued_on') AS DATE), MONTH) AS DATE) AS month
  FROM billing_core.events
  WHERE name IN ('invoice.issued', 'credit_note.issued')
),
totals AS (
  SELECT
    documents.event_id AS event_id,
    documents.month AS month,
    documents.entity AS entity,
    documents.currency AS currency,
    documents.sign AS sign,
    JSON_VALUE(total, '$.scheme') AS scheme,
    JSON_VALUE(total, '$.country') AS country,
    JSON_VALUE(total, '$.category') AS category,
    CAST(JSON_VALUE(total, '$.rate_basis_points') AS INT64) AS rate_basis_points,
    CAST(JSON_VALUE(total, '$.base_minor') AS INT64) AS base_minor,
    CAST(JSON_VALUE(total, '$.vat_minor') AS INT64) AS vat_minor
  FROM documents
  CROSS JOIN UNNEST(JSON_QUERY_ARRAY(documents.payload, '$.vat')) AS total
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  totals.month AS month,
  totals.entity AS entity,
  totals.scheme AS scheme,
  totals.country AS country,
  totals.category AS category,
  totals.rate_basis_points AS rate_basis_points,
  totals.currency AS currency,
  COUNT(DISTINCT totals.event_id) AS document_count,
  SUM(totals.sign * totals.base_minor) AS base_minor,
  SUM(totals.sign * totals.vat_minor) AS vat_minor
FROM totals
CROSS JOIN newest
GROUP BY month, entity, scheme, country, category, rate_basis_points, currency
