"""Can it be proven? Verifies the chain, rebuilds any document, checks the invariants."""
