"""Dunning: what is late, and when to remind of it."""
