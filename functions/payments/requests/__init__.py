"""What callers send to `payments` and what they are told."""
