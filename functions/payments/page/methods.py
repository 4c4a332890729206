"""Which ways of paying a member is offered, by their country and the invoice's currency, and who provides them."""

import json
from functools import cache
from pathlib import Path
from typing import Final, Literal

from common.failures import Rejected
from common.values import Exact
from functions.payments.model.asking import ProviderName

TRANSFER: Final = "transfer"
"""The way of paying that needs no provider: the page itself says where to."""


class OfferedMethod(Exact):
    """A way of paying on a provider's page, an entry of `methods.json`."""

    method: str
    name: str
    """As everybody calls it; empty where each language has its own word."""
    kind: Literal["card", "instant", "direct_debit"]
    providers: tuple[ProviderName, ...]
    """Who offers it, in the order they are asked for a page."""
    countries: tuple[str, ...]
    """Of members; empty: everywhere."""
    currencies: tuple[str, ...]
    """Empty: all."""
    final_days: int
    """How long the payer's bank may take the money back: card schemes 120 days; an unauthorised SEPA debit 13 months
    (SDD Core rulebook, 4.3.4); a credit transfer not at all."""
    can_be_kept: bool
    """Whether later invoices can be collected by it without the member."""


@cache
def _every() -> tuple[OfferedMethod, ...]:
    found = json.loads(Path(__file__).with_name("methods.json").read_text("utf-8"))
    return tuple(OfferedMethod.model_validate_json(json.dumps(one)) for one in found)


def offered(country: str, currency: str) -> list[OfferedMethod]:
    """What a member in that country may pay in that currency with, local ways first."""
    found = [
        one
        for one in _every()
        if (not one.countries or country in one.countries) and (not one.currencies or currency in one.currencies)
    ]
    return sorted(found, key=lambda one: one.kind != "instant")


def method_named(name: str, country: str, currency: str) -> OfferedMethod:
    """One of those; Rejected `method_not_offered` for any other."""
    for one in offered(country, currency):
        if one.method == name:
            return one
    raise Rejected("method_not_offered", "choose how you want to pay")
