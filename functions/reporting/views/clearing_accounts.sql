-- The accounts that must run empty, and how old what stands on them is: the newest postings on its side make it up.
--
-- as_of
-- loaded_at
-- entity
-- currency
-- account
-- word STRING: What it is for: money.stripe, in_transit, unapplied, refunds, bank_entry.unknown.
-- balance_minor INTEGER: Debits less credits.
-- to_7_days_minor INTEGER: Of the balance, what was posted in the last 7 days.
-- to_30_days_minor INTEGER: What was posted 8 to 30 days ago.
-- older_minor INTEGER: What was posted earlier: it has to be looked into.
-- oldest_on DATE: Day of the oldest posting that makes it up; none where it is empty.

WITH days AS (
  SELECT
    entity, currency, account, MIN(word) AS word, posted_on,
    SUM(GREATEST(balance_minor, 0)) AS debit_minor, SUM(GREATEST(-balance_minor, 0)) AS credit_minor
  FROM billing_core.ledger
  WHERE word IN ('in_transit', 'unapplied', 'refunds', 'bank_entry.unknown', 'bank_entry.own_transfer')
    OR (STARTS_WITH(word, 'money.') AND word NOT IN ('money.bank', 'money.sepa'))
  GROUP BY entity, currency, account, posted_on
),
balanced AS (
  SELECT
    *, SUM(debit_minor - credit_minor) OVER (PARTITION BY entity, currency, account) AS balance_minor
  FROM days
),
sided AS (
  SELECT
    *,
    CASE WHEN balance_minor >= 0 THEN debit_minor ELSE credit_minor END AS side_minor,
    ABS(balance_minor) AS left_minor
  FROM balanced
),
newer AS (
  SELECT
    *,
    COALESCE(SUM(side_minor) OVER (
      PARTITION BY entity, currency, account ORDER BY posted_on DESC
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer_minor
  FROM sided
),
parts AS (
  SELECT *, SIGN(balance_minor) * GREATEST(LEAST(side_minor, left_minor - newer_minor), 0) AS part_minor
  FROM newer
),
aged AS (
  SELECT
    parts.*, newest.as_of AS as_of, newest.loaded_at AS loaded_at,
    DATE_DIFF(DATE(newest.as_of, COALESCE(entities.time_zone, 'UTC')), parts.posted_on, DAY) AS days
  FROM parts
  CROSS JOIN billing_core.freshness AS newest
  LEFT JOIN billing_core.entities AS entities ON entities.entity = parts.entity
)
SELECT
  MAX(as_of) AS as_of, MAX(loaded_at) AS loaded_at, entity, currency, account, word, balance_minor,
  SUM(CASE WHEN days <= 7 THEN part_minor ELSE 0 END) AS to_7_days_minor,
  SUM(CASE WHEN days BETWEEN 8 AND 30 THEN part_minor ELSE 0 END) AS to_30_days_minor,
  SUM(CASE WHEN days > 30 THEN part_minor ELSE 0 END) AS older_minor,
  MIN(CASE WHEN part_minor != 0 THEN posted_on END) AS oldest_on
FROM aged
GROUP BY entity, currency, account, word, balance_minor
