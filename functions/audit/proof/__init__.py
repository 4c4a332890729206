"""The daily proof that the books agree, day by day: journal, sub-ledger, batches, SAP, BigQuery, banks, providers."""
