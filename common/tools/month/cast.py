"""One member for every case an invoice can be: tax, currency, language, kind of correction, and names meant to hurt."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Role:
    """A member, what they are charged in September 2026, and what happens to their invoice then."""

    id: str
    member: dict[str, Any]
    """As the API takes them."""
    charges: tuple[dict[str, Any], ...]
    credits: tuple[dict[str, Any], ...] = ()
    """Given out of goodwill."""
    reverse: tuple[int, ...] = ()
    """Which of the charges are taken back before they are invoiced."""
    then: tuple[str, ...] = ()
    """Credit notes and what else comes after: full, lines, amount, refund, reissue, cancel."""

    @property
    def begins_on(self) -> date:
        """The day of their first charge."""
        return min(date.fromisoformat(charge["occurred_on"]) for charge in self.charges)


def cast() -> list[Role]:
    """Everybody; the same every time."""
    told: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cast.json").read_text("utf-8"))
    return [_role(one) for one in told]


def _role(told: dict[str, Any]) -> Role:
    own = {"member": told["id"], "entity": told.get("entity", "MP"), "currency": told.get("currency", "EUR")}
    charges = [own | one for charge in told["charges"] for one in _times(charge)]
    email = f"{told['id']}@members.example"
    return Role(
        id=told["id"],
        member={"external_id": told["id"], "email": email, "currency": own["currency"], **told["member"]},
        charges=tuple({"charge": f"{told['id']}-{n}", **charge} for n, charge in enumerate(charges)),
        credits=tuple(
            {"credit": f"{told['id']}-goodwill-{n}", "reason": "goodwill", **own, **credit}
            for n, credit in enumerate(told.get("credits", ()))
        ),
        reverse=tuple(told.get("reverse", ())),
        then=tuple(told.get("then", ())),
    )


def _times(charge: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A charge, or as many like it as it says, over the days of its month."""
    times = charge.get("times", 1)
    for number in range(times):
        one = {name: value for name, value in charge.items() if name != "times"}
        if times > 1:
            day = date.fromisoformat(charge["occurred_on"]) + timedelta(days=number % 30)
            one |= {"description": f"{charge['description']} {number:06d}", "occurred_on": day.isoformat()}
            one["amount_minor"] += number % 7
        yield one
