"""Dunning: what is late, and who is to be reminded of it."""
