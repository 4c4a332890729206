"""What was sold? Intake and rating of the fees members owe."""
