"""Webhooks as far as they are believed: that something has changed, and what."""

from common.functions.routes import Output
from common.values import Value
from functions.payments.model.asking import Notice, ProviderName


class Webhook(Value):
    """A signed webhook: only what its notices are about; what else it says is asked of the provider."""

    provider: ProviderName = "stripe"
    notices: tuple[Notice, ...]


class WebhookTaken(Output):
    """It is on record."""

    received: bool = True
