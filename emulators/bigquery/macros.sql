-- What BigQuery's functions mean where DuckDB's own differ. Overloads are chosen by argument type, so NUMERIC stays exact.

CREATE OR REPLACE MACRO bq_numerator(a) AS CAST(replace(CAST(CAST(a AS DECIMAL(38,9)) AS VARCHAR), '.', '') AS HUGEINT);

-- Division of NUMERIC to nine places, half away from zero, in whole numbers only.
-- Lists and indexes rather than structs and dots: in HAVING the engine would read a dot as a column of a table.
CREATE OR REPLACE MACRO bq_quotient(a, b) AS list_transform(
  [[bq_numerator(a), bq_numerator(b)]],
  lambda x: CAST(x[1] // x[2] AS DECIMAL(38,9))
    + CAST(CAST(sign(x[1]) * sign(x[2]) AS DECIMAL(38,9))
      * (CAST((2 * abs(x[1] % x[2]) * 1000000000 + abs(x[2])) // (2 * abs(x[2])) AS DECIMAL(28,0)) * 0.000000001)
      AS DECIMAL(38,9))
)[1];

-- A NUMERIC zero is refused by the engine itself, which unlike error() may stand in a window's ORDER BY.
CREATE OR REPLACE MACRO bq_double_div(a, b) AS
  CASE WHEN b = 0 THEN error('division by zero') ELSE CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END;

CREATE OR REPLACE MACRO bq_div
  (a DECIMAL(38,9), b DECIMAL(38,9)) AS bq_quotient(a, b),
  (a BIGINT, b BIGINT) AS bq_double_div(a, b),
  (a HUGEINT, b HUGEINT) AS bq_double_div(a, b),
  (a DOUBLE, b DOUBLE) AS bq_double_div(a, b);

CREATE OR REPLACE MACRO bq_safe_divide
  (a DECIMAL(38,9), b DECIMAL(38,9)) AS CASE WHEN b = 0 THEN NULL ELSE bq_quotient(a, b) END,
  (a BIGINT, b BIGINT) AS CASE WHEN b = 0 THEN NULL ELSE CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END,
  (a HUGEINT, b HUGEINT) AS CASE WHEN b = 0 THEN NULL ELSE CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END,
  (a DOUBLE, b DOUBLE) AS CASE WHEN b = 0 THEN NULL ELSE a / b END;

CREATE OR REPLACE MACRO bq_whole_div
  (a DECIMAL(38,9), b DECIMAL(38,9)) AS CAST(bq_numerator(a) // bq_numerator(b) AS DECIMAL(38,9)),
  (a BIGINT, b BIGINT) AS a // b,
  (a HUGEINT, b HUGEINT) AS a // b;

CREATE OR REPLACE MACRO bq_multiply
  (a DECIMAL(38,9), b DECIMAL(38,9)) AS CAST(a * b AS DECIMAL(38,9)),
  (a BIGINT, b BIGINT) AS a * b,
  (a HUGEINT, b HUGEINT) AS a * b,
  (a DOUBLE, b DOUBLE) AS a * b;

-- Around ROUND, TRUNC, CEIL and FLOOR: NUMERIC stays NUMERIC, everything else is FLOAT64.
CREATE OR REPLACE MACRO bq_rounded
  (a DECIMAL(38,9)) AS CAST(a AS DECIMAL(38,9)),
  (a BIGINT) AS CAST(a AS DOUBLE),
  (a HUGEINT) AS CAST(a AS DOUBLE),
  (a DOUBLE) AS a;

-- The third argument moves the first day of the week: 0 Monday, 1 Sunday, 2 Saturday and so on.
CREATE OR REPLACE MACRO bq_date_trunc
  (part VARCHAR, a DATE, days INTEGER) AS CAST(date_trunc(part, a + to_days(days)) - to_days(days) AS DATE),
  (part VARCHAR, a TIMESTAMP, days INTEGER) AS date_trunc(part, a + to_days(days)) - to_days(days),
  (part VARCHAR, a TIMESTAMPTZ, days INTEGER) AS date_trunc(part, a + to_days(days)) - to_days(days);

CREATE OR REPLACE MACRO bq_shift
  (a DATE, step INTERVAL) AS CAST(a + step AS DATE),
  (a TIMESTAMP, step INTERVAL) AS a + step,
  (a TIMESTAMPTZ, step INTERVAL) AS a + step;

CREATE OR REPLACE MACRO bq_json_value(j, path) AS
  CASE WHEN json_type(j, path) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(j, path) END;

CREATE OR REPLACE MACRO bq_string(a) AS
  CASE WHEN typeof(a) = 'JSON' THEN json_extract_string(CAST(a AS JSON), '$') ELSE CAST(a AS VARCHAR) END;
