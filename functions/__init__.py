"""What runs: one folder for each business area."""
