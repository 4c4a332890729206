-- Straight-through matching: how much of the money that came was put on invoices wholly by rules, with nobody's hand.
-- Its units are payments and minor units: a payment counts where all of it was matched and no match is a person's.
--
-- as_of
-- loaded_at
-- month DATE: First day of the month the money came.
-- entity
-- currency
-- source STRING: Who told of it: a provider, `sepa`, `bank` or `proceeds`.
-- payment_count INTEGER: Payments that came.
-- straight_through_count INTEGER: Of them, those matched wholly by rules.
-- count_basis_points INTEGER: The second by the first, in ten-thousandths.
-- received_minor INTEGER: What came.
-- straight_through_minor INTEGER: Of it, what rules matched, in payments of which people matched the rest, too.
-- minor_basis_points INTEGER: The second by the first, in ten-thousandths.

WITH matched AS (
  SELECT
    receipt_id,
    SUM(amount_minor) AS matched_minor,
    SUM(CASE WHEN decided_by IN ('', 'rules') THEN amount_minor ELSE 0 END) AS by_rules_minor
  FROM billing_core.payment_matched
  GROUP BY receipt_id
),
received AS (
  SELECT
    DATE_TRUNC(money.received_on, MONTH) AS month, money.entity AS entity, money.currency AS currency,
    money.source AS source, money.amount_minor AS amount_minor,
    LEAST(COALESCE(matched.by_rules_minor, 0), money.amount_minor) AS by_rules_minor,
    COALESCE(matched.by_rules_minor >= money.amount_minor AND matched.matched_minor = matched.by_rules_minor, FALSE)
      AS straight_through
  FROM billing_core.payment_received AS money
  LEFT JOIN matched ON matched.receipt_id = money.receipt_id
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  received.month AS month,
  received.entity AS entity,
  received.currency AS currency,
  received.source AS source,
  COUNT(*) AS payment_count,
  COUNTIF(received.straight_through) AS straight_through_count,
  CAST(ROUND(SAFE_DIVIDE(CAST(COUNTIF(received.straight_through) AS NUMERIC) * NUMERIC '10000',
    CAST(COUNT(*) AS NUMERIC))) AS INT64) AS count_basis_points,
  SUM(received.amount_minor) AS received_minor,
  SUM(received.by_rules_minor) AS straight_through_minor,
  CAST(ROUND(SAFE_DIVIDE(CAST(SUM(received.by_rules_minor) AS NUMERIC) * NUMERIC '10000',
    CAST(SUM(received.amount_minor) AS NUMERIC))) AS INT64) AS minor_basis_points
FROM received
CROSS JOIN billing_core.freshness AS newest
GROUP BY received.month, received.entity, received.currency, received.source
