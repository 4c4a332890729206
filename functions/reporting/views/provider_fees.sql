-- What providers and banks keep for their work, by month: on payouts, and for money that was taken back.
--
-- as_of
-- loaded_at
-- month
-- entity
-- currency
-- provider STRING: The payment provider, `sepa` or `bank`.
-- payout_count INTEGER: Payouts.
-- charges_minor INTEGER: What was collected, as payouts tell it.
-- payout_fees_minor INTEGER: What was kept of payouts; plus is a cost.
-- return_fees_minor INTEGER: Fees for returns and chargebacks told one by one; plus is a cost.
-- adjustments_minor INTEGER: Other changes of payouts, signed: plus is ours.
-- bank_fees_minor INTEGER: Fees booked on the bank account; plus is a cost.
-- fees_minor INTEGER: All fees: payouts, returns, bank.
-- fee_basis_points INTEGER: Fees of payouts by what was collected, in ten-thousandths; none where nothing was.

WITH told AS (
  SELECT
    settled_on AS happened_on, entity, currency, provider, 1 AS payouts, charges_minor, -fees_minor AS payout_fees_minor,
    0 AS return_fees_minor, adjustments_minor, 0 AS bank_fees_minor
  FROM billing_core.payout_settled
  UNION ALL
  SELECT returned_on, entity, currency, source, 0, 0, 0, fee_minor, 0, 0
  FROM billing_core.payment_returned
  WHERE fee_minor != 0
  UNION ALL
  SELECT booked_on, entity, currency, 'bank', 0, 0, 0, 0, 0, -amount_minor
  FROM billing_core.bank_entry_booked
  WHERE kind = 'bank_fee'
)
SELECT
  MAX(newest.as_of) AS as_of,
  MAX(newest.loaded_at) AS loaded_at,
  DATE_TRUNC(told.happened_on, MONTH) AS month,
  told.entity AS entity,
  told.currency AS currency,
  told.provider AS provider,
  SUM(told.payouts) AS payout_count,
  SUM(told.charges_minor) AS charges_minor,
  SUM(told.payout_fees_minor) AS payout_fees_minor,
  SUM(told.return_fees_minor) AS return_fees_minor,
  SUM(told.adjustments_minor) AS adjustments_minor,
  SUM(told.bank_fees_minor) AS bank_fees_minor,
  SUM(told.payout_fees_minor + told.return_fees_minor + told.bank_fees_minor) AS fees_minor,
  CAST(ROUND(SAFE_DIVIDE(CAST(SUM(told.payout_fees_minor) AS NUMERIC) * NUMERIC '10000',
    CAST(SUM(told.charges_minor) AS NUMERIC))) AS INT64) AS fee_basis_points
FROM told
CROSS JOIN billing_core.freshness AS newest
GROUP BY DATE_TRUNC(told.happened_on, MONTH), told.entity, told.currency, told.provider
