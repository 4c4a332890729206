"""Accounting: what the books say, and what SAP is told of it."""
