"""What members do in a month: their charges day by day, and their transfers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from common.client.models import InvoiceAnswer
from common.tools.month.people import FIGURES, Person, pick


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a member tells their bank."""

    amount_minor: int
    reference: str
    text: str
    booked_on: date


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


def transfer(person: Person, invoice: InvoiceAnswer, chance: Random) -> Transfer | None:
    """How a member pays an invoice by bank, or None where they never do."""
    if person.pays == "never":
        return None
    total, due = invoice.total_minor, invoice.due_on
    late = person.days_late if person.pays == "late" else -chance.randrange(1, 10)
    amount = {"exact": total, "over": total + 100, "partial": max(1, total // 2)}[person.amount]
    reference, text = _words(person, invoice, chance)
    return Transfer(amount, reference, text, due + timedelta(days=late))


def _words(person: Person, invoice: InvoiceAnswer, chance: Random) -> tuple[str, str]:
    number = invoice.number
    if person.reference == "structured":
        return invoice.reference, ""
    texts = {
        "number_with_noise": chance.choice([f"Rechnung {number} danke", f"inv {number.lower()}", f"{number} fees"]),
        "member_only": person.external_id,
        "mistyped": number[:-2] + number[-1] + number[-2],
        "name_only": person.name,
        "empty": "",
    }
    return "", texts[person.reference]
