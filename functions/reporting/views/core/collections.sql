-- Every payment that a provider was asked to collect, one row each, whatever its number of attempts.
--
-- payment_id STRING: The payment.
-- entity
-- currency
-- provider
-- method STRING: How the member pays, as the invoice said: card or direct_debit.
-- asked_at TIMESTAMP: When it was first asked for.
-- amount_minor INTEGER: What was asked for first.
-- attempts INTEGER: How often it was asked for.
-- succeeded_attempt INTEGER: Which attempt brought the money; none where none did, yet.
-- failed_attempts INTEGER: How many failed.
-- last_code STRING: The reason of the last failure; none where none failed.

WITH asked AS (
  SELECT
    payment_id, MIN(invoice_id) AS invoice_id, MIN(invoice_number) AS invoice_number, MIN(entity) AS entity,
    MIN(currency) AS currency, MIN(occurred_at) AS asked_at, COUNT(DISTINCT attempt) AS attempts
  FROM billing_core.payment_requested
  GROUP BY payment_id
),
first_asked AS (
  SELECT payment_id, provider, amount_minor
  FROM billing_core.payment_requested
  QUALIFY ROW_NUMBER() OVER (PARTITION BY payment_id ORDER BY attempt) = 1
),
brought AS (
  SELECT entity, invoice_number, MIN(attempt) AS attempt
  FROM billing_core.payment_received
  WHERE attempt > 0 AND invoice_number != ''
  GROUP BY entity, invoice_number
),
failed AS (
  SELECT payment_id, COUNT(DISTINCT attempt) AS failed_attempts
  FROM billing_core.payment_failed
  GROUP BY payment_id
),
last_failed AS (
  SELECT payment_id, code
  FROM billing_core.payment_failed
  QUALIFY ROW_NUMBER() OVER (PARTITION BY payment_id ORDER BY attempt DESC) = 1
)
SELECT
  asked.payment_id AS payment_id, asked.entity AS entity, asked.currency AS currency,
  first_asked.provider AS provider, COALESCE(invoices.buyer_payment_method, '') AS method, asked.asked_at AS asked_at,
  first_asked.amount_minor AS amount_minor, asked.attempts AS attempts, brought.attempt AS succeeded_attempt,
  COALESCE(failed.failed_attempts, 0) AS failed_attempts, last_failed.code AS last_code
FROM asked
JOIN first_asked ON first_asked.payment_id = asked.payment_id
LEFT JOIN brought ON brought.entity = asked.entity AND brought.invoice_number = asked.invoice_number
LEFT JOIN failed ON failed.payment_id = asked.payment_id
LEFT JOIN last_failed ON last_failed.payment_id = asked.payment_id
LEFT JOIN billing_core.invoice_issued AS invoices ON invoices.invoice_id = asked.invoice_id
