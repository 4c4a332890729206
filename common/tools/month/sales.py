"""What members do in a month: their charges day by day, and their transfers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from common.client.models import InvoiceAnswer
from common.tools.month.means import pick
from common.tools.month.people import FIGURES, LAST, Person, iban_of

BANK_FEE: Final = 15
"""What a bank on the way takes off, in minor units."""
STRANGERS: Final = 500_000_000
"""Accounts from here on are nobody's we know."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a member tells their bank."""

    amount_minor: int
    reference: str
    text: str
    booked_on: date
    sender: str
    iban: str
    number: str
    """Of the invoice it is meant for: the truth, which no bank is told."""


def charges(people: Sequence[Person], first: date, days: int, seed: int) -> dict[date, list[dict[str, Any]]]:
    """Every charge of the month by day, as the marketplace sends it."""
    chance = Random(seed + 1)  # noqa: S311 - a generator, no secrets
    found: dict[date, list[dict[str, Any]]] = {first + timedelta(days=n): [] for n in range(days)}
    for person in people:
        for number in range(person.charges):
            day = first + timedelta(days=chance.randrange(days))
            found[day].append(_charge(person, number, day, chance))
    return found


def _charge(person: Person, number: int, day: date, chance: Random) -> dict[str, Any]:
    kind = pick(chance, FIGURES["charge_kinds"][person.segment])
    price = max(100, round(chance.lognormvariate(3.09, 1.1) * 100))
    charge: dict[str, Any] = {
        "charge": f"{person.external_id}-{number:05d}",
        "member": person.external_id,
        "entity": "MP",
        "kind": kind,
        "currency": "EUR",
        "description": f"{kind.capitalize()} of item {chance.randrange(10**6):06d}",
        "occurred_on": day.isoformat(),
    }
    if kind == "promotion":
        return charge | {"amount_minor": chance.choice([99, 199, 499])}
    return charge | {"basis_minor": price}


def reversed_charges(sent: Sequence[dict[str, Any]], seed: int) -> Iterator[str]:
    """The commissions that are taken back because the buyer never paid."""
    chance = Random(seed + 2)  # noqa: S311 - a generator, no secrets
    for charge in sent:
        if charge["kind"] == "commission" and chance.randrange(100) < FIGURES["commission_reversed_percent"]:
            yield str(charge["charge"])


def transfers(person: Person, invoice: InvoiceAnswer, chance: Random) -> list[Transfer]:
    """How a member pays an invoice by bank; nothing where they never do."""
    if person.pays == "never":
        return []
    total, due, means = invoice.total_minor, invoice.due_on, person.means
    late = person.days_late if person.pays == "late" else -chance.randrange(1, 10)
    amount = {"over": total + 100, "partial": max(1, total // 2), "short": max(1, total - BANK_FEE)}.get(
        means.amount, total
    )
    sender, iban = (f"{chance.choice(LAST)} Services", _stranger(person)) if means.third_party else _self(person)
    reference, text = _words(person, invoice, chance)
    if means.amount == "astray":
        reference, text = "", f"Invoice {chance.randrange(10**5)} of somebody else"
    sent = Transfer(amount, reference, text, due + timedelta(days=late), sender, iban, invoice.number)
    again = replace(sent, booked_on=sent.booked_on + timedelta(days=2))
    return [sent, again] if means.amount == "twice" else [sent]


def _self(person: Person) -> tuple[str, str]:
    return person.name, person.iban


def _stranger(person: Person) -> str:
    return iban_of(person.number + STRANGERS)


def _words(person: Person, invoice: InvoiceAnswer, chance: Random) -> tuple[str, str]:
    number = invoice.number
    if person.means.reference == "structured":
        return invoice.reference, ""
    entity, year, digits = number.split("-")
    texts = {
        "number_with_noise": chance.choice([f"Rechnung {number} danke", f"inv {number.lower()}", f"{number} fees"]),
        "member_only": person.external_id,
        "old_number": f"{entity}-{int(year) - 1}-{digits}",
        "mistyped": number[:-2] + number[-1] + number[-2],
        "name_only": person.name,
        "empty": "",
    }
    return "", texts[person.means.reference]
