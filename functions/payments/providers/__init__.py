"""Talking to payment providers; one port, an adapter for each."""
