-- Why collecting fails, by month, provider, method and the reason told, and how much of it a later attempt brought.
--
-- as_of
-- loaded_at
-- month DATE: First day of the month the attempt failed, by the legal entity's clock.
-- entity
-- currency
-- provider
-- method STRING: How the member pays, as the invoice said: card or direct_debit.
-- code STRING: The reason: of the scheme (ISO 20022), or of the provider.
-- reason_class STRING: What it means: soft, needs_member, new_method, new_mandate or stop.
-- attempt_count INTEGER: Failed attempts.
-- failed_minor INTEGER: What they asked for.
-- recovered_count INTEGER: Of them, those whose payment a later attempt brought.

SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  DATE_TRUNC(DATE(failed.occurred_at, COALESCE(entities.time_zone, 'UTC')), MONTH) AS month,
  asked.entity AS entity,
  failed.currency AS currency,
  asked.provider AS provider,
  asked.method AS method,
  failed.code AS code,
  failed.reason_class AS reason_class,
  COUNT(*) AS attempt_count,
  SUM(failed.amount_minor) AS failed_minor,
  COUNTIF(COALESCE(asked.succeeded_attempt, 0) > failed.attempt) AS recovered_count
FROM billing_core.payment_failed AS failed
JOIN billing_core.collections AS asked ON asked.payment_id = failed.payment_id
LEFT JOIN billing_core.entities AS entities ON entities.entity = asked.entity
CROSS JOIN billing_core.freshness AS newest
GROUP BY
  DATE_TRUNC(DATE(failed.occurred_at, COALESCE(entities.time_zone, 'UTC')), MONTH), asked.entity, failed.currency,
  asked.provider, asked.method, failed.code, failed.reason_class
