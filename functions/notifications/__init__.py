"""Who has been told? A ledger of intents, each sent at most once, with the exact copy kept."""
