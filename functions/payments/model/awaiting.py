"""Collections that wait because money which came may pay for them: what is suggested, and for how long it is waited."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from pydantic import Field

from common.documents import Document, id_from
from common.events.matching import PaymentSuggested, Suggestion
from common.values import Exact

SUGGESTED_DAYS: Final = 5
"""So many days at most a collection waits for people to say whether money that came is for it; then it goes on. Dunning
waits longer (it asks, a collection takes), and who was debited as well has the money back as credit."""
MOST_SUGGESTED: Final = 20


class Wait(Exact):
    """Why a planned attempt is not made yet, and when it is at the latest: part of its plan."""

    attempt: int
    """The attempt that waits: the bound is counted once for each."""
    since: datetime
    until: datetime
    reasons: tuple[str, ...]


class Suggested(Exact):
    """So much of some money may be for it, as the newest news of that money says."""

    receipt_id: str
    revision: int
    stands: bool
    amount_minor: int
    suggested_on: date


class Suggestions(Document):
    """Which money is suggested for an invoice; its id comes from the invoice's number."""

    collection = "collection_suggestions"

    suggested: tuple[Suggested, ...] = Field(default=(), max_length=MOST_SUGGESTED)
    payment_id: str = ""
    """The collection that waits for it."""

    @property
    def standing(self) -> tuple[Suggested, ...]:
        """What nobody has decided on."""
        return tuple(one for one in self.suggested if one.stands)

    def told(self, news: Suggested) -> "Suggestions":
        """After news of some money; itself where that is older."""
        known = next((one for one in self.suggested if one.receipt_id == news.receipt_id), None)
        if known is not None and known.revision >= news.revision:
            return self
        others = [one for one in self.suggested if one.receipt_id != news.receipt_id]
        kept = sorted(others, key=lambda one: (one.stands, one.suggested_on))[-(MOST_SUGGESTED - 1) :]
        return self.but(suggested=(*kept, news))


def suggestions_id_of(invoice_number: str) -> str:
    """Under which id stands what is suggested for an invoice."""
    return id_from("csg", invoice_number)


def news_of(told: PaymentSuggested) -> Iterable[tuple[str, Suggested]]:
    """What an event says of each invoice: pairs of the document's id and the news."""
    return [(suggestions_id_of(one.invoice_number), _news(told, one)) for one in told.suggestions]


def waiting(suggestions: Suggestions | None, known: Wait | None, attempt: int, now: datetime) -> Wait | None:
    """How long an attempt that is due now waits; None where nothing is suggested, or it has waited long enough."""
    standing = suggestions.standing if suggestions else ()
    since = known.since if known is not None and known.attempt == attempt else now
    until = since + timedelta(days=SUGGESTED_DAYS)
    if not standing or now >= until:
        return None
    reasons = tuple(_reason(one) for one in standing)
    return Wait(attempt=attempt, since=since, until=until, reasons=reasons)


def _news(told: PaymentSuggested, one: Suggestion) -> Suggested:
    return Suggested(
        receipt_id=told.receipt_id,
        revision=told.revision,
        stands=one.stands,
        amount_minor=one.amount_minor,
        suggested_on=told.suggested_on,
    )


def _reason(one: Suggested) -> str:
    return (
        f"{one.receipt_id} ({one.amount_minor} minor units) may pay for it since {one.suggested_on}: somebody has to "
        f"say so within {SUGGESTED_DAYS} days"
    )
