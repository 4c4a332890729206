"""What stands in for the world on one machine, in one process, durable on disk."""
