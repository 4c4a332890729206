"""Documents of `charging`, their states and the decisions on them; pure."""
