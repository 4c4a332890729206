"""What `charging` tells."""

from datetime import date

from common.events.base import Event


class ChargeAccepted(Event, name="charge.accepted"):
    """A fee the member owes; negative for a reversal or a credit."""

    charge_id: str
    entity: str
    currency: str
    amount_minor: int
    """In minor units; net, unless `gross`."""
    gross: bool = False
    """The amount includes VAT: what a consumer was told is what they pay."""
    kind: str
    """listing, commission, promotion, subscription, service_fee, financing, compensation, other: decides on its VAT."""
    description: str
    occurred_on: date
    """The tax point date of the service."""
    rule: str
    """How the amount came about, for people: schedule, version, inputs, rounding."""
    reverses: str = ""
    """The charge this takes back."""
    service_from: date | None = None
    """The first day it is for, where it is for some days (a subscription's); None where its tax point says it all."""
    service_to: date | None = None
    """The last of those days."""
