"""Reading the webhooks of each provider: its signature over the raw bytes, and what they are about."""
