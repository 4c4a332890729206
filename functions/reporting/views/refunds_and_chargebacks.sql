-- Money that went back, by month, way and reason: what was set aside to be paid back, paid, failed, returned, disputed.
--
-- as_of
-- loaded_at
-- month
-- entity
-- currency
-- source STRING: A provider, `sepa` or `bank`.
-- kind STRING: refund_requested, refund_withdrawn, refund_paid, refund_failed, return or chargeback.
-- code STRING: The scheme's or card network's reason of a return or failure; empty otherwise.
-- case_count INTEGER: How many.
-- amount_minor INTEGER: How much.
-- fee_minor INTEGER: What banks and providers charged for it.

WITH told AS (
  SELECT requested_on AS happened_on, entity, currency, source, 'refund_requested' AS kind, '' AS code, amount_minor,
    0 AS fee_minor
  FROM billing_core.refund_requested
  UNION ALL
  SELECT withdrawn.withdrawn_on, withdrawn.entity, withdrawn.currency, COALESCE(requests.source, ''),
    'refund_withdrawn', '', withdrawn.amount_minor, 0
  FROM billing_core.refund_withdrawn AS withdrawn
  LEFT JOIN billing_core.refund_requested AS requests ON requests.refund_id = withdrawn.refund_id
  UNION ALL
  SELECT paid_on, entity, currency, source, 'refund_paid', '', amount_minor, 0 FROM billing_core.refund_paid
  UNION ALL
  SELECT failed_on, entity, currency, source, 'refund_failed', code, amount_minor, 0 FROM billing_core.refund_failed
  UNION ALL
  SELECT returned_on, entity, currency, source, kind, code, amount_minor, fee_minor FROM billing_core.payment_returned
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  DATE_TRUNC(told.happened_on, MONTH) AS month,
  told.entity AS entity,
  told.currency AS currency,
  told.source AS source,
  told.kind AS kind,
  told.code AS code,
  COUNT(*) AS case_count,
  SUM(told.amount_minor) AS amount_minor,
  SUM(told.fee_minor) AS fee_minor
FROM told
CROSS JOIN billing_core.freshness AS newest
GROUP BY DATE_TRUNC(told.happened_on, MONTH), told.entity, told.currency, told.source, told.kind, told.code
