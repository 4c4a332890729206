"""What the simulators of the outside world share: their rows, their scripts, their pages."""
