-- Every month from 2015 to 2060, for reports that need months in which nothing happened.
--
-- month

SELECT month
FROM UNNEST(GENERATE_DATE_ARRAY(DATE '2015-01-01', DATE '2060-12-01', INTERVAL 1 MONTH)) AS month
