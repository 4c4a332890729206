"""What accounting does in its transactions."""
