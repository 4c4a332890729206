"""The retry brain: whether and when a failed collection is tried again, and why; pure, its policy is dated data."""
