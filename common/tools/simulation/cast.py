"""Who plays in the simulated quarter: one member for each way of paying that the platform must get right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Final, Literal

Way = Literal[
    "reference", "number", "late", "never", "twice", "over", "halves", "by_hand", "provider", "together", "page",
    "page_debit", "page_and_transfer", "two_tabs",
]  # fmt: skip
Provider = Literal["stripe", "adyen", "gocardless", "mollie", "sepa"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A member, and what nobody but the story knows about them."""

    name: str
    way: Way
    country: str = "DE"
    method: str = "transfer"
    means: str = ""
    provider: Provider = "stripe"
    vat_id: str = ""
    terms_days: int = 14

    @property
    def iban(self) -> str:
        """A made-up account with right check digits (ISO 13616)."""
        account = f"500105170{CAST.index(self) if self in CAST else 99:09d}"
        return f"DE{98 - int(account + '131400') % 97:02d}{account}"

    def details(self) -> dict[str, Any]:
        """What the marketplace sends us about them."""
        return {
            "external_id": self.name,
            "kind": "business" if self.vat_id else "private",
            "name": f"Member {self.name.title()}",
            "email": f"{self.name}@members.example",
            "address": {"street": "Market Street 1", "city": "Town", "postcode": "20457", "country": self.country},
            "payment_method": self.method,
            "payment_provider": self.provider,
            "payment_token": self.means,
            "vat_id": self.vat_id,
            "terms_days": self.terms_days,
        }


CAST: Final = (
    Actor("anna", "reference"),
    Actor("bruno", "number", country="FR"),
    Actor("carla", "late"),
    Actor("dora", "never"),
    Actor("emil", "twice", country="NL"),
    Actor("fritz", "over"),
    Actor("greta", "halves", vat_id="DE136695976"),
    Actor("hugo", "by_hand"),
    Actor("ida", "provider", method="card", means="pm_disputed"),
    Actor("jan", "provider", method="card", means="pm_soft", country="PL"),
    Actor("karl", "late", method="card", means="pm_hard"),
    Actor("lena", "provider", method="direct_debit", means="MD0GOOD", provider="gocardless", terms_days=1),
    Actor("mia", "late", method="direct_debit", means="MD0LATE", provider="gocardless", terms_days=1),
    Actor("nora", "provider", method="card", means="shopper/won", provider="adyen"),
    Actor("olaf", "provider", method="card", means="shopper/slow", provider="adyen"),
    Actor("otto", "page", country="NL"),
    Actor("paul", "page_and_transfer"),
    Actor("quinn", "page_debit"),
    Actor("rosa", "provider", method="direct_debit", provider="sepa"),
    Actor("sven", "late", method="direct_debit", provider="sepa"),
    Actor("tina", "provider", method="direct_debit", provider="sepa"),
    Actor("udo", "provider", method="direct_debit", provider="sepa"),
    Actor("vera", "together"),
    Actor("willi", "two_tabs"),
    Actor("xenia", "reference"),
)
OLD: Final = 13
"""So many of them have charges that differ in number; the others have one, and those of `AGAIN` a second one later."""
SUBSCRIBES: Final = "xenia"
"""Who pays in advance: most of their invoice is revenue of later months."""
ADVANCE_DAYS: Final = 75
AGAIN: Final = ("otto", "udo", "vera")
PARTS: Final = 5
"""Every so many of the cast, one after the other, are of the same part."""
STRANGER: Final = Actor("nobody", "never")
"""Who pays what nobody asked for."""


def _troupes() -> tuple[tuple[Actor, ...], ...]:
    """Any two parts of the cast together, and all of it."""
    some = combinations(range(PARTS), 2)
    return (*(tuple(a for who, a in enumerate(CAST) if who % PARTS in two) for two in some), CAST)


TROUPES: Final = _troupes()


def troupe(seed: int) -> tuple[Actor, ...]:
    """Who plays in a seed's story; two seeds that follow each other, an orderly one and a wild one, have the same."""
    return TROUPES[seed // 2 % len(TROUPES)]


def charges(first: date, cast: Sequence[Actor] = CAST) -> dict[date, list[dict[str, Any]]]:
    """Every charge of these, by the day it is sent: of the first month, and a few later ones."""
    found: dict[date, list[dict[str, Any]]] = {}
    for who, actor in enumerate(CAST):
        if actor not in cast:
            continue
        for number in range(2 + who % 4 if who < OLD else 1):
            day = first.replace(day=2 + (5 * number + 3 * who) % 26)
            found.setdefault(day, []).append(_charge(actor, number, day, 1000 + 370 * who + 1111 * number))
    for name in AGAIN:
        later = first + timedelta(days=40)
        found.setdefault(later, []).extend(_charge(one, 1, later, 2345) for one in cast if one.name == name)
    return dict(sorted(found.items()))


def _charge(actor: Actor, number: int, day: date, price: int) -> dict[str, Any]:
    charge: dict[str, Any] = {
        "charge": f"{actor.name}-{number}",
        "member": actor.name,
        "currency": "EUR",
        "kind": "promotion" if number % 3 == 2 else "commission",  # noqa: PLR2004 - every third
        "description": f"Fee {number}",
        "occurred_on": day.isoformat(),
    }
    if actor.name == SUBSCRIBES:
        until = (day + timedelta(days=ADVANCE_DAYS)).isoformat()
        return charge | {
            "kind": "subscription", "amount_minor": 9_001, "period_from": day.isoformat(), "period_to": until,
        }  # fmt: skip
    return charge | ({"amount_minor": 499} if charge["kind"] == "promotion" else {"basis_minor": 20 * price})


def bookings(actor: Actor, invoice: Any) -> list[tuple[int, int, str, str]]:
    """What a member's bank sends for an invoice: days after its issue, amount, reference, text."""
    total, reference, number = invoice.total_minor, invoice.reference, invoice.number
    plans: dict[str, list[tuple[int, int, str, str]]] = {
        "reference": [(6, total, reference, "")],
        "number": [(9, total, "", f"Rechnung {number} danke")],
        "late": [(33, total, reference, "")],
        "twice": [(5, total, reference, ""), (12, total, reference, "")],
        "over": [(8, total + 100, reference, "")],
        "halves": [(7, total // 2, reference, ""), (25, total - total // 2, reference, "")],
        "by_hand": [(10, total - 1, "", "for everything")],
        "page_and_transfer": [(12, total, reference, "")],
    }
    return plans.get(actor.way, [])
