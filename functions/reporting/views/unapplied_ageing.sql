-- Members' money that pays nothing yet, by how long it has been here.
--
-- as_of
-- loaded_at
-- receipt_id STRING: The money.
-- member_id STRING: Whose it is, where that is known.
-- entity
-- currency
-- source STRING: A provider, `sepa`, `bank` or `proceeds`.
-- received_on DATE: The day it came.
-- received_minor INTEGER: What came.
-- unapplied_minor INTEGER: What of it pays nothing; below zero where more was used, returned or set aside than came.
-- days INTEGER: Since it came, to the newest event's day by the legal entity's clock.
-- bucket STRING: 0-7, 8-30, 31-90, over 90 days.

WITH left_over AS (
  SELECT receipt_id, SUM(amount_minor) AS unapplied_minor
  FROM billing_core.money_moves
  GROUP BY receipt_id
  HAVING SUM(amount_minor) != 0
),
aged AS (
  SELECT
    newest.as_of AS as_of, newest.loaded_at AS loaded_at, left_over.receipt_id AS receipt_id,
    money.member_id AS member_id, money.entity AS entity, money.currency AS currency, money.source AS source,
    money.received_on AS received_on, money.amount_minor AS received_minor,
    left_over.unapplied_minor AS unapplied_minor,
    GREATEST(DATE_DIFF(
      DATE(newest.as_of, COALESCE(entities.time_zone, 'UTC')), money.received_on, DAY), 0) AS days
  FROM left_over
  JOIN billing_core.payment_received AS money ON money.receipt_id = left_over.receipt_id
  CROSS JOIN billing_core.freshness AS newest
  LEFT JOIN billing_core.entities AS entities ON entities.entity = money.entity
)
SELECT
  *,
  CASE WHEN days <= 7 THEN '0-7' WHEN days <= 30 THEN '8-30' WHEN days <= 90 THEN '31-90' ELSE 'over 90' END AS bucket
FROM aged
