"""What providers pay out: every line of it explained by a movement of ours, and the sum found on the bank account."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from common.documents import Document, id_from
from common.events.base import Task
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency, Minor
from common.parties import personal
from common.values import Exact
from functions.payments.model.asking import Movement, MovementKind, PayoutSaid, ProviderName

PayoutState = Literal["counting", "settled", "arrived", "failed"]
PAYOUT: Machine[PayoutState] = Machine(
    "payout",
    {
        "counting": {"settle": "settled", "fail": "failed"},
        "settled": {"arrive": "arrived", "fail": "failed"},
        "arrived": {"fail": "failed"},
        "failed": {},
    },
)
"""Even what arrived may be called back by the bank."""
PAGE: Final = 200
MOST_NAMED: Final = 50
"""So many unexplained lines are named; the count has them all."""
LONG_ENOUGH: Final = 6
"""A word with a digit that has so many letters and digits is taken for a reference."""
ACCOUNTS: Final = Path(__file__).parents[1] / "settlement_accounts.json"
PART_OF: Final[dict[MovementKind, str]] = {
    "charge": "charges_minor",
    "refund": "refunds_minor",
    "refund_failed": "refunds_minor",
    "chargeback": "chargebacks_minor",
    "chargeback_reversed": "chargebacks_minor",
    "fee": "fees_minor",
    "adjustment": "adjustments_minor",
}
"""What a line's amount counts as; its fee always counts as a fee. Payouts themselves are no part of one."""


class Parts(Exact):
    """What a payout is made of, signed, plus is ours; the sum of all is its amount."""

    charges_minor: Minor = 0
    refunds_minor: Minor = 0
    chargebacks_minor: Minor = 0
    fees_minor: Minor = 0
    adjustments_minor: Minor = 0

    @property
    def sum_minor(self) -> int:
        """What is paid out."""
        return sum(self.model_dump().values())


class Payout(Document):
    """One payout of a provider. Settled once every line was looked at."""

    collection = "payouts"
    indexed = ("state", "amount_text")

    provider: ProviderName
    provider_id: str
    entity: str
    currency: Currency
    amount_minor: Minor
    amount_text: str
    arrives_on: date | None = None
    statement_text: str = ""
    state: PayoutState
    parts: Parts
    pages: int
    page: int = 0
    """How many pages of its lines were looked at."""
    movements: int
    unexplained: tuple[str, ...] = Field(default=(), max_length=MOST_NAMED)
    unexplained_count: int = 0
    arrived_on: date | None = None
    bank_entry_id: str = ""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.parts.sum_minor != self.amount_minor:
            raise ValueError("the parts of a payout are not its amount")
        return self


class PayoutPage(Document):
    """Some lines of a payout as the provider tells them."""

    collection = "payout_pages"

    payout_id: str
    movements: tuple[Movement, ...] = Field(max_length=PAGE)


class BankArrival(Document):
    """A provider's payout as an entry on our bank account; it meets its payout, whichever of them is told first."""

    collection = "bank_arrivals"
    indexed = ("amount_text", "payout_id")

    provider: ProviderName
    entity: str
    account_iban: str
    amount_text: str
    text: Annotated[str, personal("")]
    entry_id: str
    arrived_on: date
    payout_id: str = ""
    """Empty until it is known which."""


class ExplainPage(Task, name="payments.explain_page"):
    """Look for our own movement behind each line of a page."""

    payout_id: str
    page: int


class LookAtPayouts(Task, name="payments.look_at_payouts"):
    """Ask a provider for the payouts it made since: heals notices that never came."""

    provider: ProviderName
    since: datetime


@lru_cache(maxsize=1)
def _accounts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(ACCOUNTS.read_bytes())
    return found


def entity_of(provider: ProviderName, currency: str) -> str:
    """The legal entity whose account with a provider pays out in a currency."""
    accounts = _accounts()[provider]
    return accounts.get(currency, accounts["*"])


def payout_id_of(provider: ProviderName, provider_id: str) -> str:
    """Our id of a provider's payout."""
    return id_from("pyt", provider, provider_id)


def page_id_of(payout_id: str, page: int) -> str:
    """The id of a page of a payout's lines, from 0."""
    return id_from("pyp", payout_id, str(page))


def parts_of(movements: Iterable[Movement]) -> Parts:
    """What lines add up to, by what they are."""
    sums = dict.fromkeys(Parts.model_fields, 0)
    for movement in movements:
        if movement.kind in PART_OF:
            sums[PART_OF[movement.kind]] += movement.amount_minor
            sums["fees_minor"] -= movement.fee_minor
    return Parts(**sums)


def counted(provider: ProviderName, said: PayoutSaid) -> Payout:
    """A payout whose lines add up to it; Rejected `payout_unbalanced` where they don't: a human looks.

    Rejected `payout_currencies` where a line is in another currency than the payout.
    """
    strangers = {movement.currency for movement in said.movements} - {said.currency}
    if strangers:
        raise Rejected("payout_currencies", f"{provider} {said.provider_id} has lines in {', '.join(strangers)}")
    parts = parts_of(said.movements)
    if parts.sum_minor != said.amount_minor:
        says = f"its lines add up to {parts.sum_minor}, not to {said.amount_minor} {said.currency}"
        raise Rejected("payout_unbalanced", f"{provider} {said.provider_id}: {says}")
    return Payout(
        id=payout_id_of(provider, said.provider_id),
        provider=provider,
        provider_id=said.provider_id,
        entity=entity_of(provider, said.currency),
        currency=said.currency,
        amount_minor=said.amount_minor,
        amount_text=f"{said.amount_minor} {said.currency}",
        arrives_on=said.arrives_on,
        statement_text=said.statement_text,
        state="counting",
        parts=parts,
        pages=-(-len(said.movements) // PAGE),
        movements=len(said.movements),
    )


def pages_of(payout: Payout, movements: Sequence[Movement]) -> list[PayoutPage]:
    """The lines of a payout, page by page."""
    return [
        PayoutPage(
            id=page_id_of(payout.id, page), payout_id=payout.id, movements=tuple(movements[start : start + PAGE])
        )
        for page, start in enumerate(range(0, len(movements), PAGE))
    ]


def with_page(payout: Payout, unexplained: Sequence[str]) -> Payout:
    """The payout after a page was looked at; settled after the last."""
    page = payout.page + 1
    return payout.but(
        page=page,
        state=PAYOUT.move(payout.state, "settle") if page >= payout.pages else payout.state,
        unexplained=(*payout.unexplained, *unexplained)[:MOST_NAMED],
        unexplained_count=payout.unexplained_count + len(unexplained),
    )


def arrival_id_of(entry_id: str) -> str:
    """The id of what arrived, by its bank entry: the same entry is one arrival however often it is told."""
    return id_from("arr", entry_id)


def arrived(payout: Payout, entry_id: str, on: date) -> Payout:
    """The payout that is on the bank account."""
    return payout.but(state=PAYOUT.move(payout.state, "arrive"), bank_entry_id=entry_id, arrived_on=on)


def pairs(payouts: Iterable[Payout], arrivals: Iterable[BankArrival]) -> list[tuple[Payout, BankArrival]]:
    """Which payout is which arrival, each at most once, of those of one amount and currency that have not met.

    First those of which one names the other and nobody else. Of the rest of one provider and legal entity as many
    payouts as arrivals are paired oldest to oldest, for all of them are there. Otherwise nobody knows which has not
    come: they wait.
    """
    found: list[tuple[Payout, BankArrival]] = []
    groups: dict[tuple[str, str], tuple[list[Payout], list[BankArrival]]] = {}
    for payout in payouts:
        groups.setdefault((payout.provider, payout.entity), ([], []))[0].append(payout)
    for arrival in arrivals:
        groups.setdefault((arrival.provider, arrival.entity), ([], []))[1].append(arrival)
    for paid, came in groups.values():
        sure = _by_name(paid, came)
        met = {one.id for pair in sure for one in pair}
        rest = sorted((one for one in paid if one.id not in met), key=_told)
        left = sorted((one for one in came if one.id not in met), key=_came)
        found += [*sure, *zip(rest, left, strict=True)] if len(rest) == len(left) else sure
    return found


def _by_name(payouts: Sequence[Payout], arrivals: Sequence[BankArrival]) -> list[tuple[Payout, BankArrival]]:
    named = [(one, arrival) for one in payouts for arrival in arrivals if _names(arrival, one)]
    times = Counter(one.id for pair in named for one in pair)
    return [pair for pair in named if all(times[one.id] == 1 for one in pair)]


def _names(arrival: BankArrival, payout: Payout) -> bool:
    """Banks break lines and fill with blanks: letters and digits alone count. A trace id alone is enough, too."""
    said = _plain(arrival.text)
    words = [_plain(word) for word in payout.statement_text.split()]
    numbers = [word for word in words if len(word) >= LONG_ENOUGH and any(map(str.isdigit, word))]
    return any(word in said for word in ("".join(words), *numbers) if word)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).upper()


def _told(payout: Payout) -> tuple[date, str]:
    return payout.arrives_on or date.max, payout.id


def _came(arrival: BankArrival) -> tuple[date, str]:
    return arrival.arrived_on, arrival.id
