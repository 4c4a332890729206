"""What was paid: collecting by card and direct debit, and reading bank statements."""
