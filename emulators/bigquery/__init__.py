"""BigQuery on one machine: the REST surface the real client speaks, over DuckDB and SQLGlot.

What is served is listed in `routes.py`; everything else answers 501 with its name. SQL is BigQuery's, with these
differences: NUMERIC(p, s) columns keep all nine places, bare decimal literals are exact decimals rather than FLOAT64,
BIGNUMERIC, scripts, UDFs, INFORMATION_SCHEMA and the Storage APIs are not served.
"""

from __future__ import annotations

from emulators.bigquery.emulator import BigQueryEmulator

__all__ = ["BigQueryEmulator"]
