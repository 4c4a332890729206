"""Facts as typed rows: each event class is a table, each of its lists another, without what is personal."""
