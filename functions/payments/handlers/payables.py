"""Following what other areas tell of invoices and members, so that the page on which members pay knows it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from common.documents import Document
from common.events.invoicing import InvoiceIssued
from common.events.matching import OfItem
from common.events.members import MemberChanged, MemberErased
from common.failures import TryLater
from common.transaction import Transaction
from functions.payments.model import kept
from functions.payments.model.checkouts import PENDING, Checkout, ClosePage, abandoned, asks_too_much
from functions.payments.model.kept import KeptMethod, kept_id_of
from functions.payments.model.links import LINK, PaymentLink, link_of
from functions.payments.model.payables import Payable, followed, holding, payable_id_of, payable_of

D = TypeVar("D", bound=Document)
PAGE: Final = 300


def note_invoices(invoices: Sequence[InvoiceIssued], transaction: Transaction) -> None:
    """Each invoice can be paid by its member from now on, and has a link of its own for its mail."""
    ids = [payable_id_of(invoice.invoice_id) for invoice in invoices]
    known = {payable.id for payable in transaction.find_all(Payable, ids) if payable is not None}
    for invoice in invoices:
        if payable_id_of(invoice.invoice_id) not in known:
            transaction.put(payable_of(invoice))
            transaction.put(link_of(invoice))


def follow_payables(news: Sequence[OfItem], transaction: Transaction) -> None:
    """Notes what is still open, by the newest news of each item; TryLater for an invoice that is not known yet."""
    by_item: dict[str, list[OfItem]] = {}
    for told in news:
        by_item.setdefault(payable_id_of(told.invoice_id), []).append(told)
    changed = []
    for (payable_id, of_it), payable in zip(by_item.items(), transaction.find_all(Payable, list(by_item)), strict=True):
        if payable is None:
            raise TryLater(f"{payable_id} is not there yet")
        if (after := followed(payable, of_it)) is not payable:
            changed.append((payable, after))
    unwanted = _unwanted([after for before, after in changed if after.open_minor < before.open_minor], transaction)
    for _, after in changed:
        transaction.put(after)
    for checkout in unwanted:
        _close(checkout, transaction)


def payables_by_id(invoice_ids: Iterable[str], transaction: Transaction) -> dict[str, Payable]:
    """The invoices as they are paid, by their own ids; those not known yet are left out."""
    ids = [payable_id_of(one) for one in dict.fromkeys(invoice_ids)]
    return {one.id: one for one in transaction.find_all(Payable, ids) if one is not None}


def hold_arrived(
    payables: dict[str, Payable], about: Iterable[tuple[str, int]], receipt_id: str, transaction: Transaction
) -> None:
    """Money has come again for these invoices: until `matching` has said so, nobody is asked or reminded of it."""
    for invoice_id, amount_minor in about:
        payable = payables.get(payable_id_of(invoice_id))
        if payable is not None:
            after = holding(payable, receipt_id, amount_minor, transaction.now, receipt_id=receipt_id)
            payables[payable.id] = after
            transaction.put(after)


def _unwanted(payables: Sequence[Payable], transaction: Transaction) -> list[Checkout]:
    """The checkouts whose pages are open and ask for more than is owed by now."""
    members = dict.fromkeys(payable.member_id for payable in payables)
    return [
        one
        for member_id in members
        for one in pending_of(member_id, transaction)
        if any(asks_too_much(one, payable.invoice_id, payable.open_minor) for payable in payables)
    ]


def pending_of(member_id: str, transaction: Transaction) -> list[Checkout]:
    """A member's checkouts whose page may be open. One query: there are few, and each state apart costs a read."""
    return [one for one in _all_of(Checkout, member_id, transaction) if one.state in PENDING]


def _close(checkout: Checkout, transaction: Transaction) -> None:
    """Nobody is led to it any more, and the provider is asked to close a page that was given."""
    if not checkout.page_id:
        transaction.put(abandoned(checkout, transaction.now))
    elif checkout.closed_at is None:
        transaction.later(ClosePage(member_id=checkout.member_id, checkout_id=checkout.id))


def follow_members(members: Sequence[MemberChanged], transaction: Transaction) -> None:
    """A member who has another method now is not told of the one they had set up."""
    newest = {kept_id_of(told.member_id): told for told in sorted(members, key=lambda told: told.revision)}
    for method in transaction.find_all(KeptMethod, list(newest)):
        if method is not None and (after := kept.followed(method, newest[method.id])) is not method:
            transaction.put(after)


def forget(erased: Sequence[MemberErased], transaction: Transaction) -> None:
    """Forgets what is personal in what members did on the page, and ends their links."""
    members = [told.member_id for told in erased]
    links = [link for member_id in members for link in _all_of(PaymentLink, member_id, transaction)]
    personal: list[Document] = []
    for member_id in members:
        personal += [*_all_of(Checkout, member_id, transaction), *_all_of(KeptMethod, member_id, transaction)]
    for link in links:
        if "revoke" in LINK.allows(link.state):
            transaction.put(link.but(state=LINK.move(link.state, "revoke"), reason="the member was erased"))
    for document in personal:
        if (after := document.forgotten()) is not document:
            transaction.put(after)


def _all_of(kind: type[D], member_id: str, transaction: Transaction) -> Iterator[D]:
    page: list[D] = []
    while not page or len(page) == PAGE:
        page = transaction.select(kind, limit=PAGE, after=page[-1].id if page else "", member_id=member_id)
        yield from page
        if not page:
            return
