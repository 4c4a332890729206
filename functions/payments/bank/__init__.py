"""Reading what banks send: statements, status reports, returns."""
