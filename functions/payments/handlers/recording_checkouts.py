"""Recording what providers say of payments that members make themselves: each is told once, whoever says it first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from common.dates import day_in
from common.events.payments import PaymentExpected, PaymentMethodSetUp, PaymentReceived, Purpose
from common.failures import Rejected
from common.parties import SELLERS
from common.transaction import Transaction
from functions.payments.handlers.collected import receipt_id_of
from functions.payments.model.asking import Answer, SetUp
from functions.payments.model.checkouts import (
    CHECKOUT,
    INVITE_AGAIN,
    LOOKS,
    Checkout,
    ClosePage,
    InviteMember,
    LookAtCheckout,
    Looked,
    PageGiven,
    answered,
    closed,
    expired,
    final_on,
    next_look,
    paid_for,
)
from functions.payments.model.kept import KeptMethod, kept, kept_id_of
from functions.payments.model.payables import Payable, freed, holding, payable_id_of


class Known(NamedTuple):
    """Checkouts, their invoices and their members' kept methods, all read before anything is written."""

    checkouts: dict[str, Checkout]
    payables: dict[str, Payable]
    methods: dict[str, KeptMethod | None]


def record_invitations(tasks: Sequence[InviteMember], answers: Sequence[PageGiven], transaction: Transaction) -> None:
    """Records the pages that providers gave; where none came, it is asked for again, then the member is told."""
    checkouts = {task.checkout_id: transaction.get(Checkout, task.checkout_id) for task in tasks}
    for task, answer in zip(tasks, answers, strict=True):
        checkout = checkouts[task.checkout_id]
        if checkout.state in {"open", "unknown"} and answer.outcome != "skipped":
            checkouts[checkout.id] = after = _invited(checkout, answer, task, transaction)
            transaction.put(after)


def record_looks(tasks: Sequence[LookAtCheckout], answers: Sequence[Looked], transaction: Transaction) -> None:
    """Records what providers said when they were asked, and plans the next look.

    Rejected `provider_silent` where nobody knows after the last one: a human has to look.
    """
    known = known_checkouts([task.checkout_id for task in tasks], transaction)
    for task, looked in zip(tasks, answers, strict=True):
        before = known.checkouts[task.checkout_id]
        after = known.checkouts[before.id] = _recorded(before, looked, known, transaction)
        _look_again(after, looked.answer, task, known, transaction)


def record_checkout(answer: Answer, known: Known, transaction: Transaction) -> bool:
    """Records what a provider said of a checkout, however it was heard (a webhook); `answer.payment_id` names it.

    False where it is none of those known. A method that is to be kept is asked for at once.
    """
    before = known.checkouts.get(answer.payment_id)
    if before is None:
        return False
    after = known.checkouts[before.id] = _recorded(before, Looked(answer=answer), known, transaction)
    if after.state == "succeeded" != before.state and after.keep_method and not after.kept:
        transaction.later(LookAtCheckout(member_id=after.member_id, checkout_id=after.id))
    return True


def record_set_up(said: SetUp, known: Known, transaction: Transaction) -> bool:
    """Records a method that was set up on a page of ours, however it was heard; `said.invitation_id` names the page.

    False where it is none of those known. That a try failed decides nothing as long as its page is open.
    """
    before = known.checkouts.get(said.invitation_id)
    if before is None:
        return False
    looked = Looked(answer=_about_page(before, said), set_up=said)
    known.checkouts[before.id] = _recorded(before, looked, known, transaction)
    return True


def record_closed(tasks: Sequence[ClosePage], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records pages that were closed; a provider that says nothing is asked again some times.

    One that can't be closed was paid or is over: what became of it is being asked for anyway.
    """
    checkouts = {task.checkout_id: transaction.get(Checkout, task.checkout_id) for task in tasks}
    for task, answer in zip(tasks, answers, strict=True):
        checkout = checkouts[task.checkout_id]
        if answer.outcome == "succeeded" and checkout.closed_at is None:
            checkouts[checkout.id] = after = closed(checkout, transaction.now)
            transaction.put(after)
        elif answer.outcome == "unknown" and task.tries < len(INVITE_AGAIN):
            again = task.model_copy(update={"tries": task.tries + 1})
            transaction.later(again, transaction.now + INVITE_AGAIN[task.tries])


def known_checkouts(ids: Iterable[str], transaction: Transaction) -> Known:
    """The checkouts among these ids, with all that a provider's word on them may change."""
    wanted = [one for one in dict.fromkeys(ids) if is_checkout(one)]
    found = {one.id: one for one in transaction.find_all(Checkout, wanted) if one is not None}
    about = dict.fromkeys(payable_id_of(one.invoice_id) for checkout in found.values() for one in checkout.purposes)
    members = list(dict.fromkeys(checkout.member_id for checkout in found.values()))
    methods = transaction.find_all(KeptMethod, [kept_id_of(member_id) for member_id in members])
    payables = {one.id: one for one in transaction.find_all(Payable, list(about)) if one is not None}
    return Known(found, payables, dict(zip(members, methods, strict=True)))


def is_checkout(payment_id: str) -> bool:
    """Whether an id we gave a provider is that of a checkout."""
    return payment_id.startswith("chk_")


def _invited(checkout: Checkout, answer: PageGiven, task: InviteMember, transaction: Transaction) -> Checkout:
    if answer.outcome in {"succeeded", "processing"} and answer.url.startswith(("https://", "http://")):
        look = LookAtCheckout(member_id=checkout.member_id, checkout_id=checkout.id)
        transaction.later(look, transaction.now + LOOKS[0])
        found = {"url": answer.url, "page_id": answer.provider_id, "provider": answer.provider}
        return checkout.but(state=CHECKOUT.move(checkout.state, "send"), **found)
    if answer.outcome == "unknown" and task.tries < len(INVITE_AGAIN):
        again = task.model_copy(update={"tries": task.tries + 1})
        transaction.later(again, transaction.now + INVITE_AGAIN[task.tries])
        doubted = checkout.state == "unknown"
        return checkout if doubted else checkout.but(state=CHECKOUT.move(checkout.state, "doubt"), code=answer.code)
    state = CHECKOUT.move(checkout.state, "fail")
    return checkout.but(state=state, code=answer.code or "no_page", decided_at=transaction.now)


def _recorded(before: Checkout, looked: Looked, known: Known, transaction: Transaction) -> Checkout:
    """The checkout after a provider's word; tells of money and of a method once, when the state changes."""
    after = answered(before, looked.answer, transaction.now)
    if after.state != before.state:
        _hold(after, known.payables, transaction)
    if after.kind == "pay" and after.state != before.state and "processing" in {before.state, after.state}:
        transaction.emit(_expected(after, transaction.now))
    if after.state == "succeeded" != before.state and after.kind == "pay":
        transaction.emit(_received(after, looked.answer, _today(after, transaction)))
    if looked.set_up and looked.set_up.outcome == "succeeded" and looked.set_up.token and not after.kept:
        after = _keep(after, looked.set_up, known.methods, transaction)
    if after is not before:
        transaction.put(after)
    return after


def _about_page(checkout: Checkout, said: SetUp) -> Answer:
    """What a set-up says of the page it was made on; of the money of one that also pays, other notices tell."""
    ended = said.outcome == "failed" and said.provider_id == checkout.page_id
    if checkout.kind == "pay" or not (ended or said.outcome == "succeeded"):
        return Answer(outcome="skipped")
    return Answer(outcome=said.outcome, provider_id=checkout.page_id, code=said.code)


def _hold(after: Checkout, payables: dict[str, Payable], transaction: Transaction) -> None:
    """What is on its way is not asked for again; what will not come is."""
    for one in after.purposes:
        payable = payables.get(payable_id_of(one.invoice_id))
        if payable is None:
            continue
        if after.state in {"processing", "succeeded"}:
            receipt_id = receipt_id_of(after.provider, after.provider_id) if after.state == "succeeded" else ""
            following = holding(payable, after.id, one.amount_minor, transaction.now, receipt_id=receipt_id)
        else:
            following = freed(payable, after.id)
        if following is not payable:
            payables[payable.id] = following
            transaction.put(following)


def _keep(
    checkout: Checkout, set_up: SetUp, methods: dict[str, KeptMethod | None], transaction: Transaction
) -> Checkout:
    told = PaymentMethodSetUp(
        member_id=checkout.member_id,
        checkout_id=checkout.id,
        provider=checkout.provider,
        method=set_up.method or ("direct_debit" if checkout.method == "direct_debit" else "card"),
        token=set_up.token,
        label=set_up.label,
        expires_on=set_up.expires_on,
    )
    transaction.emit(told)
    methods[checkout.member_id] = after = kept(told, methods[checkout.member_id])
    transaction.put(after)
    return checkout.but(kept=True, label=set_up.label)


def _expected(checkout: Checkout, now: datetime) -> PaymentExpected:
    """That the money is on its way, or how that has ended."""
    state: Mapping[str, Literal["on_its_way", "arrived"]] = {"processing": "on_its_way", "succeeded": "arrived"}
    return PaymentExpected(
        member_id=checkout.member_id,
        source_id=checkout.id,
        revision=checkout.version + 1,
        state=state.get(checkout.state, "failed"),
        entity=checkout.entity,
        currency=checkout.currency,
        amount_minor=checkout.amount_minor,
        method=checkout.method,
        provider=checkout.provider,
        purposes=tuple(
            Purpose(invoice_number=p.invoice_number, amount_minor=p.amount_minor) for p in checkout.purposes
        ),
        expected_at=now,
    )


def _received(checkout: Checkout, answer: Answer, today: date) -> PaymentReceived:
    parts = paid_for(checkout, answer.amount_minor or checkout.amount_minor)
    single = len(checkout.purposes) == 1
    return PaymentReceived(
        member_id=checkout.member_id,
        receipt_id=receipt_id_of(checkout.provider, checkout.provider_id),
        source=checkout.provider,
        entity=checkout.entity,
        amount_minor=answer.amount_minor or checkout.amount_minor,
        currency=checkout.currency,
        received_on=today,
        invoice_number=checkout.purposes[0].invoice_number if single else "",
        purposes=()
        if single
        else tuple(Purpose(invoice_number=p.invoice_number, amount_minor=p.amount_minor) for p in parts),
        provider_id=answer.provider_id,
        checkout_id=checkout.id,
        method=checkout.method,
        text=answer.provider_id,
        final_on=final_on(checkout, today),
    )


def _look_again(
    checkout: Checkout, answer: Answer, task: LookAtCheckout, known: Known, transaction: Transaction
) -> None:
    ended = transaction.now >= checkout.page_ends_at and answer.outcome in {"not_found", "failed"}
    if ended and "expire" in CHECKOUT.allows(checkout.state):
        known.checkouts[checkout.id] = after = expired(checkout, transaction.now)
        transaction.put(after)
        return
    wait = next_look(checkout, task.tries + 1, transaction.now)
    if wait is not None:
        again = task.model_copy(update={"tries": task.tries + 1})
        transaction.later(again, transaction.now + wait)
    elif checkout.state in {"sent", "processing"}:
        raise Rejected("provider_silent", f"{checkout.id} is still {checkout.state}; ask the provider by hand")


def _today(checkout: Checkout, transaction: Transaction) -> date:
    seller = SELLERS.get(checkout.entity)
    return day_in(seller.time_zone if seller else "UTC", transaction.now)
