"""Is nothing lost? Sweeps what crashes left unpublished, shows what is parked, replays it."""
