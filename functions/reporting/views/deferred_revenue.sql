-- Revenue billed for months still to come: a line's net amount is split over its months by days, to the cent (IFRS 15).
-- What is for the month of issue or earlier is earned at once. Beside it stands what the ledger holds for later months.
--
-- as_of
-- loaded_at
-- month
-- entity
-- currency
-- opening_minor INTEGER: Billed for later months, at the end of the month before.
-- deferred_minor INTEGER: Billed this month for later ones: invoices less credit notes.
-- earned_minor INTEGER: Billed in earlier months for this one.
-- closing_minor INTEGER: Billed for later months, at the month's end.
-- ledger_minor INTEGER: The ledger's contract liability then. It differs where a credit note took back a part of a line:
--   the ledger takes the latest months first, this view spreads it over all of them.

-- Lines of the same days are cut together. What a line's days divide goes to each of them in equal parts; only the rest,
-- less than the number of its days, is cut to the cent. So there are as many cuts as kinds of lines, however many lines.
WITH spread AS (
  SELECT
    entity, currency, SIGN(amount_minor) AS direction, ABS(amount_minor) AS size_minor, service_from, service_to,
    DATE_TRUNC(issued_on, MONTH) AS billed_month, DATE_DIFF(service_to, service_from, DAY) + 1 AS service_days
  FROM billing_core.revenue_lines
  WHERE service_to >= service_from AND DATE_TRUNC(service_to, MONTH) > DATE_TRUNC(issued_on, MONTH)
    AND DATE_DIFF(service_to, service_from, DAY) < 3660
),
kinds AS (
  SELECT
    entity, currency, direction, billed_month, service_from, service_to, service_days,
    MOD(size_minor, service_days) AS rest_minor, COUNT(*) AS line_count,
    SUM(DIV(size_minor, service_days)) AS daily_minor
  FROM spread
  GROUP BY
    entity, currency, direction, billed_month, service_from, service_to, service_days, MOD(size_minor, service_days)
),
in_months AS (
  SELECT
    kinds.*, calendar.month AS month,
    DATE_DIFF(
      LEAST(LAST_DAY(calendar.month, MONTH), kinds.service_to), GREATEST(calendar.month, kinds.service_from), DAY) + 1
      AS month_days
  FROM kinds
  JOIN billing_core.calendar_months AS calendar
    ON calendar.month BETWEEN DATE_TRUNC(kinds.service_from, MONTH) AND kinds.service_to
),
parts AS (
  -- Largest remainder: the cents left go to the months that lost most by cutting.
  SELECT
    entity, currency, billed_month, month,
    direction * (daily_minor * month_days + line_count * (DIV(rest_minor * month_days, service_days) + CASE
      WHEN ROW_NUMBER() OVER (kind ORDER BY MOD(rest_minor * month_days, service_days) DESC, month)
        <= rest_minor - SUM(DIV(rest_minor * month_days, service_days)) OVER (kind)
      THEN 1 ELSE 0 END)) AS part_minor
  FROM in_months
  WINDOW kind AS (PARTITION BY entity, currency, direction, billed_month, service_from, service_to, rest_minor)
),
moved AS (
  SELECT entity, currency, billed_month AS month, part_minor AS deferred_minor, 0 AS earned_minor, 0 AS ledger_minor
  FROM parts WHERE month > billed_month
  UNION ALL
  SELECT entity, currency, month, 0, part_minor, 0 FROM parts WHERE month > billed_month
  UNION ALL
  SELECT entity, currency, DATE_TRUNC(posted_on, MONTH), 0, 0, -balance_minor
  FROM billing_core.ledger WHERE word = 'contract_liability'
),
summed AS (
  SELECT
    entity, currency, month, SUM(deferred_minor) AS deferred_minor, SUM(earned_minor) AS earned_minor,
    SUM(ledger_minor) AS ledger_minor
  FROM moved
  GROUP BY entity, currency, month
),
running AS (
  SELECT
    entity, currency, month, deferred_minor, earned_minor,
    SUM(deferred_minor - earned_minor) OVER (PARTITION BY entity, currency ORDER BY month) AS closing_minor,
    SUM(ledger_minor) OVER (PARTITION BY entity, currency ORDER BY month) AS ledger_minor
  FROM summed
)
SELECT
  newest.as_of AS as_of,
  newest.loaded_at AS loaded_at,
  running.month AS month,
  running.entity AS entity,
  running.currency AS currency,
  running.closing_minor - running.deferred_minor + running.earned_minor AS opening_minor,
  running.deferred_minor AS deferred_minor,
  running.earned_minor AS earned_minor,
  running.closing_minor AS closing_minor,
  running.ledger_minor AS ledger_minor
FROM running
CROSS JOIN billing_core.freshness AS newest
