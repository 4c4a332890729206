"""Events become intents; intents become mails; what came of each is recorded."""
