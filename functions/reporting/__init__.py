"""Reporting: what finance sees."""
