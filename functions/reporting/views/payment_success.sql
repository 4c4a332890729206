-- How collecting goes, by the month it was first asked for, provider and method: at the first try, and after retries.
--
-- as_of
-- loaded_at
-- month DATE: First day of the month it was first asked for, by the legal entity's clock.
-- entity
-- currency
-- provider
-- method STRING: How the member pays, as the invoice said: card or direct_debit.
-- collection_count INTEGER: Payments that were to be collected, whatever their attempts.
-- first_try_count INTEGER: Of them, those the first attempt brought.
-- retried_count INTEGER: Those a later attempt brought.
-- failed_count INTEGER: Those of which every attempt so far failed.
-- in_flight_count INTEGER: Those still under way.
-- asked_minor INTEGER: What was asked for.
-- collected_minor INTEGER: Of it, what was brought.
-- first_try_basis_points INTEGER: First try by all, in ten-thousandths.
-- success_basis_points INTEGER: First try and retried by all, in ten-thousandths.

WITH counted AS (
  SELECT
    DATE_TRUNC(DATE(asked.asked_at, COALESCE(entities.time_zone, 'UTC')), MONTH) AS month,
    asked.entity AS entity, asked.currency AS currency, asked.provider AS provider, asked.method AS method,
    COUNT(*) AS collection_count,
    COUNTIF(COALESCE(asked.succeeded_attempt, 0) = 1) AS first_try_count,
    COUNTIF(COALESCE(asked.succeeded_attempt, 0) > 1) AS retried_count,
    COUNTIF(asked.succeeded_attempt IS NULL AND asked.failed_attempts >= asked.attempts) AS failed_count,
    COUNTIF(asked.succeeded_attempt IS NULL AND asked.failed_attempts < asked.attempts) AS in_flight_count,
    SUM(asked.amount_minor) AS asked_minor,
    SUM(CASE WHEN asked.succeeded_attempt IS NULL THEN 0 ELSE asked.amount_minor END) AS collected_minor
  FROM billing_core.collections AS asked
  LEFT JOIN billing_core.entities AS entities ON entities.entity = asked.entity
  GROUP BY 1, 2, 3, 4, 5
)
SELECT
  newest.as_of AS as_of, newest.loaded_at AS loaded_at, counted.*,
  CAST(ROUND(SAFE_DIVIDE(CAST(counted.first_try_count AS NUMERIC) * NUMERIC '10000',
    CAST(counted.collection_count AS NUMERIC))) AS INT64) AS first_try_basis_points,
  CAST(ROUND(SAFE_DIVIDE(CAST(counted.first_try_count + counted.retried_count AS NUMERIC) * NUMERIC '10000',
    CAST(counted.collection_count AS NUMERIC))) AS INT64) AS success_basis_points
FROM counted
CROSS JOIN billing_core.freshness AS newest
