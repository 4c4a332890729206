"""What a member looks for in a mail: each subject's number, amount and day, under the labels of their language."""

from collections.abc import Callable, Iterator
from typing import Final

from common.parties import Seller
from functions.notifications.model import ASKING, REMINDERS, Notification, Words
from functions.notifications.wording import MailWords

Fact = tuple[str, str]
DAYS: Final[dict[str, str]] = {
    **dict.fromkeys(REMINDERS, "pay_by"),
    **dict.fromkeys(ASKING, "act_by"),
    "invoice": "pay_by",
    "payment_retry": "retry_on",
    "payment_returned": "returned_on",
    "debit_announced": "collect_on",
    "payment_received": "paid_on",
    "refund_paid": "paid_back_on",
    "mandate_given": "signed_on",
    "method_set_up": "expires_on",
    "dispute_opened": "act_by",
}
"""What the day of each template is."""
MANDATES: Final = ("mandate_given", "mandate_changed", "mandate_suspended", "mandate_ended")


def facts(one: Notification, words: MailWords, *, asks: bool) -> list[Fact]:
    """The facts of one subject; the reference only where it is to be transferred: else some would pay twice."""
    told = list(SAID.get(one.template, _of_invoice)(one.words, words))
    day = words.on(one.words.due_on)
    if day and one.template in DAYS and (asks or one.template != "invoice"):
        told.append((words[DAYS[one.template]], day))
    if asks and one.words.reference:
        told.append((words["reference"], one.words.reference))
    return told


def account(seller: Seller, words: MailWords) -> list[Fact]:
    """Where a transfer goes."""
    grouped = " ".join(seller.iban[place : place + 4] for place in range(0, len(seller.iban), 4))
    return [(words["holder"], seller.name), (words["account"], grouped), (words["bic"], seller.bic)]


def _of_invoice(said: Words, words: MailWords) -> Iterator[Fact]:
    yield words["invoice_number"], said.invoice_number or said.number
    yield words["amount"], words.money(said.amount_minor, said.currency)


def _of_return(said: Words, words: MailWords) -> Iterator[Fact]:
    yield from _of_invoice(said, words)
    if said.fee_minor:
        yield words["fee"], words.money(said.fee_minor, said.currency)


def _of_part(said: Words, words: MailWords) -> Iterator[Fact]:
    yield from _of_invoice(said, words)
    yield words["open"], words.money(said.open_minor, said.currency)


def _of_payment(said: Words, words: MailWords) -> Iterator[Fact]:
    label = "invoices" if len(said.numbers) > 1 else "invoice_number"
    yield words[label], ", ".join(said.numbers) or said.number
    yield words["amount"], words.money(said.amount_minor, said.currency)
    if said.payment_number:
        yield words["payment_number"], said.payment_number


def _of_refund(said: Words, words: MailWords) -> Iterator[Fact]:
    if said.invoice_number:
        yield words["invoice_number"], said.invoice_number
    if said.number != said.invoice_number and not said.number.startswith("ref_"):
        yield words["credit_note"], said.number
    yield words["amount"], words.money(said.amount_minor, said.currency)


def _of_debit(said: Words, words: MailWords) -> Iterator[Fact]:
    yield from _of_invoice(said, words)
    yield from _of_mandate(said, words)


def _of_mandate(said: Words, words: MailWords) -> Iterator[Fact]:
    yield words["mandate"], said.mandate
    yield words["creditor"], said.creditor
    yield words["creditor_id"], said.creditor_id
    if said.account:
        yield words["your_account"], f"… {said.account}"


def _of_method(said: Words, words: MailWords) -> Iterator[Fact]:
    method = words["card"] if said.payment_method == "card" else words["direct_debit"]
    yield words["method"], said.account or method


def _of_dispute(said: Words, words: MailWords) -> Iterator[Fact]:
    yield from _of_invoice(said, words)
    yield words["reason"], said.reason.replace("_", " ") or "–"
    yield words["payment_number"], said.payment_number


SAID: Final[dict[str, Callable[[Words, MailWords], Iterator[Fact]]]] = {
    "payment_returned": _of_return,
    "part_payment": _of_part,
    "payment_received": _of_payment,
    "refund_paid": _of_refund,
    "debit_announced": _of_debit,
    **dict.fromkeys(MANDATES, _of_mandate),
    "method_set_up": _of_method,
    "dispute_opened": _of_dispute,
}
"""What is said of each template's subjects; of all others the invoice and the amount."""
