"""The deterministic simulation: seeded histories, and proof that it is not blind."""
