"""Payouts of providers: read once, every line explained by a movement of ours, the sum found on the bank account."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from common.dates import day_in
from common.events.payments import PayoutArrived, PayoutSettled
from common.failures import Rejected
from common.parties import SELLERS
from common.transaction import Transaction
from common.world import World
from functions.payments.handlers.collected import receipt_id_of
from functions.payments.handlers.looking import look_later
from functions.payments.model.asking import Movement, PayoutSaid, ProviderName
from functions.payments.model.checkouts import Checkout
from functions.payments.model.disputes import Dispute, dispute_id_of
from functions.payments.model.payments import Payment
from functions.payments.model.payouts import (
    BankArrival,
    ExplainPage,
    Payout,
    PayoutPage,
    arrival_id_of,
    arrived,
    counted,
    page_id_of,
    pages_of,
    pairs,
    payout_id_of,
    with_page,
)
from functions.payments.model.refunds import Refund, refund_id_of
from functions.payments.model.webhooks import LookAtPayout, ReportEvent
from functions.payments.requests.payouts import ByPayout, PayoutAnswer, PayoutsAnswer, SearchPayouts

UNEXPLAINED: Final = "unexplained_movements"
MOST_ALIKE: Final = 200
"""So many of one amount that have not met are looked through."""
NEEDS_NOTHING: Final = frozenset({"fee", "adjustment", "payout", "payout_failed"})
"""Lines that have no movement of ours behind them by their nature; what they cost is in the books with the payout."""


class Arrival(NamedTuple):
    """An entry on a bank account that is a provider's payout."""

    entry_id: str
    provider: ProviderName
    entity: str
    account_iban: str
    amount_minor: int
    currency: str
    booked_on: date
    text: str


def record_looks(tasks: Sequence[LookAtPayout], answers: Sequence[PayoutSaid], transaction: Transaction) -> None:
    """Takes payouts in with all their lines, each once; those that are not paid yet are looked at when they are.

    Rejected `payout_unbalanced` or `payout_currencies`; `provider_silent` where nobody answers; `payout_failed` where
    the bank sent one back that is in our books already: a human looks.
    """
    ids = [payout_id_of(task.provider, task.provider_id) for task in tasks]
    known = dict(zip(ids, transaction.find_all(Payout, ids), strict=True))
    for task, said, payout_id in zip(tasks, answers, ids, strict=True):
        payout = known[payout_id]
        if said.outcome in {"unknown", "not_found"}:
            look_later(task, "provider_silent", "the provider does not answer about", transaction)
        elif said.state == "failed" and payout is not None:
            raise Rejected("payout_failed", f"{task.provider} {task.provider_id} came back to the provider")
        elif said.state == "paid" and payout is None:
            known[payout_id] = _taken(task.provider, said, transaction)


def explain(task: ExplainPage, transaction: Transaction) -> None:
    """Looks for our own movement behind each line of a page, then goes on; tells the payout at the end."""
    payout = transaction.get(Payout, task.payout_id)
    if payout.state != "counting" or payout.page != task.page:
        return
    page = transaction.get(PayoutPage, page_id_of(payout.id, task.page))
    lost = [_named(one) for one in page.movements if not _is_explained(payout.provider, one, transaction)]
    _go_on(with_page(payout, lost), transaction)


def arrive(arrival: Arrival, transaction: Transaction) -> None:
    """Tells that a payout is on the bank account, once, whether or not we have heard of it; they meet here or later."""
    arrival_id = arrival_id_of(arrival.entry_id)
    if transaction.find(BankArrival, arrival_id) is not None:
        return
    came = _came(arrival_id, arrival)
    waiting = transaction.select(Payout, amount_text=came.amount_text, state="settled", limit=MOST_ALIKE)
    others = transaction.select(BankArrival, amount_text=came.amount_text, payout_id="", limit=MOST_ALIKE)
    met = {one.id: payout for payout, one in _meet(waiting, [*others, came], transaction)}
    if came.id not in met:
        transaction.put(came)
    transaction.emit(
        PayoutArrived(
            receipt_id=arrival.entry_id,
            provider=arrival.provider,
            payout_id=met[came.id].id if came.id in met else "",
            entity=arrival.entity,
            amount_minor=arrival.amount_minor,
            currency=arrival.currency,
            account_iban=arrival.account_iban,
            arrived_on=arrival.booked_on,
        )
    )


def show_payout(given: ByPayout, world: World) -> PayoutAnswer:
    """A payout and what it is made of."""
    payout = world.read.find(Payout, given.payout_id)
    if payout is None:
        raise Rejected("not_found", "there is no such payout", status=404)
    return PayoutAnswer.of(payout)


def search_payouts(given: SearchPayouts, world: World) -> PayoutsAnswer:
    """Payouts, all or in a state."""
    equals = {"state": given.state} if given.state else {}
    found = world.read.select(Payout, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return PayoutsAnswer(items=[PayoutAnswer.of(payout) for payout in found], next_page_token=following)


def _taken(provider: ProviderName, said: PayoutSaid, transaction: Transaction) -> Payout:
    payout = counted(provider, said)
    for page in pages_of(payout, said.movements):
        transaction.put(page)
    if payout.pages:
        transaction.put(payout)
        transaction.later(ExplainPage(payout_id=payout.id, page=0))
    else:
        _go_on(with_page(payout, ()), transaction)
    return payout


def _go_on(payout: Payout, transaction: Transaction) -> None:
    if payout.state != "settled" or payout.amount_minor <= 0 or not _met_before(payout, transaction):
        transaction.put(payout)
    if payout.state == "counting":
        transaction.later(ExplainPage(payout_id=payout.id, page=payout.page))
        return
    transaction.emit(
        PayoutSettled(
            payout_id=payout.id,
            provider=payout.provider,
            entity=payout.entity,
            currency=payout.currency,
            amount_minor=payout.amount_minor,
            unexplained=payout.unexplained_count,
            settled_on=_today(payout, transaction),
            **payout.parts.model_dump(),
        )
    )
    if payout.unexplained_count:
        detail = f"{payout.unexplained_count} of {payout.movements} lines: {', '.join(payout.unexplained)}"[:900]
        transaction.later(
            ReportEvent(provider=payout.provider, event_id=payout.provider_id, code=UNEXPLAINED, detail=detail)
        )


def _met_before(payout: Payout, transaction: Transaction) -> bool:
    """Whether what is settled now was on the bank account already; others that were in doubt may be clear by it."""
    arrivals = transaction.select(BankArrival, amount_text=payout.amount_text, payout_id="", limit=MOST_ALIKE)
    if not arrivals:
        return False
    others = transaction.select(Payout, amount_text=payout.amount_text, state="settled", limit=MOST_ALIKE)
    waiting = [*(one for one in others if one.id != payout.id), payout]
    return any(one.id == payout.id for one, _ in _meet(waiting, arrivals, transaction))


def _is_explained(provider: ProviderName, line: Movement, transaction: Transaction) -> bool:
    if line.kind in NEEDS_NOTHING:
        return True
    if line.kind == "charge":
        return _is_charge(line, transaction)
    if line.kind in {"refund", "refund_failed"}:
        return _is_refund(line, transaction)
    if transaction.find(Dispute, dispute_id_of(provider, line.provider_id)) is not None:
        return True
    return bool(transaction.select(Dispute, receipt_id=receipt_id_of(provider, line.provider_id), limit=1))


def _is_refund(line: Movement, transaction: Transaction) -> bool:
    refund = transaction.find(Refund, refund_id_of(line.reference)) if line.reference else None
    if refund is None:
        refund = next(iter(transaction.select(Refund, provider_id=line.provider_id, limit=1)), None)
    return refund is not None and refund.amount_minor == abs(line.amount_minor)


def _is_charge(line: Movement, transaction: Transaction) -> bool:
    payments = transaction.select(Payment, provider_id=line.provider_id, limit=2)
    if payments:
        asked = {payments[0].asked_in(a.number) for a in payments[0].attempts if a.provider_id == line.provider_id}
        return line.amount_minor in asked
    checkouts = transaction.select(Checkout, provider_id=line.provider_id, limit=2)
    return bool(checkouts) and checkouts[0].amount_minor == line.amount_minor


def _named(line: Movement) -> str:
    return f"{line.kind} {line.movement_id} {line.amount_minor} {line.currency}"


def _came(arrival_id: str, arrival: Arrival) -> BankArrival:
    return BankArrival(
        id=arrival_id,
        provider=arrival.provider,
        entity=arrival.entity,
        account_iban=arrival.account_iban,
        amount_text=f"{arrival.amount_minor} {arrival.currency}",
        text=arrival.text,
        entry_id=arrival.entry_id,
        arrived_on=arrival.booked_on,
    )


def _meet(
    payouts: Sequence[Payout], arrivals: Sequence[BankArrival], transaction: Transaction
) -> list[tuple[Payout, BankArrival]]:
    """Writes those that are one another's; both know it from the same commit."""
    found = pairs(payouts, arrivals)
    for payout, arrival in found:
        transaction.put(arrived(payout, arrival.entry_id, arrival.arrived_on))
        transaction.put(arrival.but(payout_id=payout.id))
    return found


def _today(payout: Payout, transaction: Transaction) -> date:
    seller = SELLERS.get(payout.entity)
    return day_in(seller.time_zone if seller else "UTC", transaction.now)
