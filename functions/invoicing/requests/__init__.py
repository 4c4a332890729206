"""What callers of `invoicing` send and are told."""
