-- Net revenue by month of issue, the member's country and kind of fee; credit notes count against their own month.
WITH newest AS (
  SELECT as_of, loaded_at FROM billing_core.freshness
),
documents AS (
  SELECT
    name, entity, currency, payload,
    CASE name WHEN 'invoice.issued' THEN 1 ELSE -1 END AS sign,
    CAST(DATE_TRUNC(CAST(JSON_VALUE(payload, '$.issued_on') AS DATE), MONTH) AS DATE) AS month,
    JSON_VALUE(payload, '$.buyer.address.country') AS country
  FROM billing_core.events
  WHERE name IN ('invoice.issued', 'credit_note.issued')
),
lines AS (
  SELECT
    documents.month AS month,
    documents.entity AS entity,
    documents.country AS country,
    documents.currency AS currency,
    documents.sign AS sign,
    JSON_VALUE(line, '$.kind') AS kind,
    CAST(JSON_VALUE(line, '$.amount_minor') AS INT64) AS amount_minor
  FROM documents
  CROSS JOIN UNNEST(JSON_QUERY_ARRAY(documents.payload, '$.lines')) AS line
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  lines.month AS month,
  lines.entity AS entity,
  lines.country AS country,
  lines.kind AS kind,
  lines.currency AS currency,
  COUNT(*) AS line_count,
  SUM(CASE WHEN lines.sign = 1 THEN lines.amount_minor ELSE 0 END) AS invoiced_minor,
  SUM(CASE WHEN lines.sign = -1 THEN lines.amount_minor ELSE 0 END) AS credited_minor,
  SUM(lines.sign * lines.amount_minor) AS net_minor
FROM lines
CROSS JOIN newest
GROUP BY month, entity, country, kind, currency
