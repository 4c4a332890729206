"""The provider behind Stripe's API (https://docs.stripe.com/api), spoken in plain HTTP.

Stripe's SDK is not used: it costs a cold start more than twice what httpx does, which the area needs anyhow, it
repeats requests by itself where we must decide, and its errors hide the difference between *no* and *don't know*.
"""

from functions.payments.providers.stripe.adapter import Stripe
from functions.payments.providers.stripe.charging import form

__all__ = ["Stripe", "form"]
