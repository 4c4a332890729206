"""A street of members who owe a little among a crowd of others: small sets for the tests of the evidence."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from common.tools.money.world import Form, Setting, reference_of, world
from functions.matching.evidence.batch import match
from functions.matching.evidence.deciding import Decision
from functions.matching.evidence.money import Invoice, Money

ANNA, ANNAS = "user-0900001", "DE02120300000000202051"
BORIS, BORISES = "user-0900002", "DE02500105170137075030"
STRANGERS = "DE02100500000054540402"


@cache
def crowd(invoices: int = 400) -> tuple[Invoice, ...]:
    """Others who owe, too; numbers below MP-2026-0002000."""
    return tuple(world(Setting(4_242, invoices, 0)).invoices)


def owed(place: int, cents: int, form: Form = "rf", **changed: Any) -> Invoice:
    """An open invoice of Anna's; `place` is the running number."""
    number = changed.pop("number", f"MP-2026-{place:07d}")
    made = Invoice(
        f"inv_{place}",
        number,
        reference_of(number, place, form, ""),
        ANNA,
        "Anna Quendel",
        ANNAS,
        cents,
        "2026-09-30",
    )
    return made._replace(**changed)


def boris(place: int, cents: int, **changed: Any) -> Invoice:
    """An open invoice of Boris's."""
    return owed(
        place, cents, **{"member_id": BORIS, "member_name": "Boris Wachtelstein", "member_iban": BORISES, **changed}
    )


def paid(cents: int, text: str = "", payment: str = "pay_1", **changed: Any) -> Money:
    """A payment whose payer is told by nothing but what the test adds."""
    return Money(payment, "2026-10-05", cents, "", "", text)._replace(**changed)


def annas(cents: int, text: str = "", payment: str = "pay_1", **changed: Any) -> Money:
    """A payment from Anna's account."""
    return paid(cents, text, payment, **{"payer_name": "Anna Quendel", "payer_iban": ANNAS, **changed})


def decided(invoices: Iterable[Invoice], *payments: Money, among: tuple[Invoice, ...] | None = None) -> list[Decision]:
    """The decisions on the payments, in their order, with the crowd's invoices open as well."""
    others = crowd() if among is None else among
    return [decision for _, decision in match([*invoices, *others], payments)]


def shares(decision: Decision) -> dict[str, int]:
    """What is paid with how much."""
    return {share.item.invoice: share.cents for share in decision.shares}


def matched(decision: Decision) -> dict[str, int]:
    """What is paid with how much without a person; nothing unless the zone is automatic."""
    return shares(decision) if decision.zone == "automatic" else {}
