-- When open invoices will likely be paid, by week: their due days, and how late such members have paid so far.
-- How late is the average of whole days over settled invoices of the same entity and way of paying, 0 where none is.
--
-- as_of
-- loaded_at
-- entity
-- currency
-- payment_method STRING: How the member pays: transfer, card or direct_debit.
-- week DATE: The Monday of the week the money is likely to come in; never before the newest event's day.
-- late_days INTEGER: How many days after the due day such invoices were settled so far.
-- invoice_count INTEGER: Open invoices expected that week.
-- expected_minor INTEGER: What is open on them.
-- overdue_minor INTEGER: Of it, what should have come before, by this very reckoning.

WITH settled AS (
  SELECT
    invoices.entity AS entity, invoices.buyer_payment_method AS payment_method,
    CAST(ROUND(SAFE_DIVIDE(CAST(SUM(DATE_DIFF(settled.settled_on, invoices.due_on, DAY)) AS NUMERIC),
      CAST(COUNT(*) AS NUMERIC))) AS INT64) AS late_days
  FROM billing_core.item_settled AS settled
  JOIN billing_core.invoice_issued AS invoices ON invoices.invoice_id = settled.invoice_id
  WHERE settled.`by` = 'payment'
  GROUP BY invoices.entity, invoices.buyer_payment_method
),
open_items AS (
  SELECT
    ageing.as_of AS as_of, ageing.loaded_at AS loaded_at, ageing.entity AS entity, ageing.currency AS currency,
    invoices.buyer_payment_method AS payment_method, ageing.open_minor AS open_minor,
    COALESCE(settled.late_days, 0) AS late_days,
    DATE_ADD(invoices.due_on, INTERVAL COALESCE(settled.late_days, 0) DAY) AS expected_on,
    DATE(ageing.as_of, COALESCE(entities.time_zone, 'UTC')) AS today
  FROM billing_reporting.ar_ageing AS ageing
  JOIN billing_core.invoice_issued AS invoices ON invoices.invoice_id = ageing.invoice_id
  LEFT JOIN settled ON settled.entity = ageing.entity AND settled.payment_method = invoices.buyer_payment_method
  LEFT JOIN billing_core.entities AS entities ON entities.entity = ageing.entity
)
SELECT
  MAX(as_of) AS as_of,
  MAX(loaded_at) AS loaded_at,
  entity,
  currency,
  payment_method,
  DATE_TRUNC(GREATEST(expected_on, today), ISOWEEK) AS week,
  late_days,
  COUNT(*) AS invoice_count,
  SUM(open_minor) AS expected_minor,
  SUM(CASE WHEN expected_on < today THEN open_minor ELSE 0 END) AS overdue_minor
FROM open_items
GROUP BY entity, currency, payment_method, DATE_TRUNC(GREATEST(expected_on, today), ISOWEEK), late_days
