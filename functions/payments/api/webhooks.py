"""The doors at which payment providers knock, and how their raw bytes are understood."""

import hashlib
import time
from collections.abc import Mapping
from typing import Final

from common.functions import Route, Upload, upload
from common.settings import Settings
from functions.payments.handlers import webhooks
from functions.payments.model.asking import Notice, ProviderName
from functions.payments.requests.webhooks import Webhook, WebhookTaken
from functions.payments.webhooks import adyen, gocardless, mollie, stripe
from functions.payments.webhooks.signed import secrets_of

JSON: Final = "application/json"


def from_stripe(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A webhook of Stripe's by its signature; Rejected `bad_signature`, `bad_event` or `wrong_mode` (400)."""
    now, live = time.time(), stripe.is_live(settings.stripe_key)
    return taken(
        "stripe", body, stripe.notices(body, headers, secrets_of(settings.webhook_secrets, now), now, live=live)
    )


def from_gocardless(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A webhook of GoCardless's by its signature; Rejected `bad_signature` (498) or `bad_event` (400)."""
    now = time.time()
    found = gocardless.notices(body, headers, secrets_of(settings.gocardless_secrets, now), now)
    return taken("gocardless", body, found)


def from_adyen(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A notification of Adyen's, each item by its signature; Rejected `bad_signature` or `bad_event` (400)."""
    now, merchant, live = time.time(), settings.adyen_merchant, settings.adyen_live
    keys = secrets_of(settings.adyen_hmac_keys, now)
    return taken("adyen", body, adyen.notices(body, headers, keys, now, merchant=merchant, live=live))


def from_mollie(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:
    """A webhook of Mollie's; Rejected `bad_signature` or `bad_event` (400). An unsigned one says only where to look.

    It has no id of its own and always the same bytes: each is another one, as there may be news since the last.
    """
    now = time.time()
    found = mollie.notices(body, headers, secrets_of(settings.mollie_secrets, now), now)
    return Upload(found[0].event_id, Webhook(provider="mollie", notices=found))


def taken(provider: ProviderName, body: bytes, notices: tuple[Notice, ...]) -> Upload:
    """A notification that was checked: the same bytes again are the same one, whatever they say of their id."""
    return Upload(hashlib.sha256(body).hexdigest(), Webhook(provider=provider, notices=notices))


ROUTES: Final[list[Route]] = [
    upload("/webhooks/stripe", webhooks.take_webhook, from_stripe, WebhookTaken, media=JSON),
    upload("/webhooks/adyen", webhooks.take_adyen_webhook, from_adyen, WebhookTaken, media=JSON),
    upload("/webhooks/gocardless", webhooks.take_gocardless_webhook, from_gocardless, WebhookTaken, media=JSON),
    upload("/webhooks/mollie", webhooks.take_mollie_webhook, from_mollie, WebhookTaken, media="*/*"),
]
