"""Issued means frozen: what was wrong is taken back by credit notes, and claimed anew by another invoice."""

from datetime import date
from typing import Any

from common.dates import day_in
from common.documents import id_from
from common.events.invoicing import CreditKind, Preceding, Rest
from common.failures import Rejected
from common.parking import frozen_among
from common.parties import Seller
from common.transaction import Transaction
from functions.invoicing.crediting import Part, Sheet
from functions.invoicing.drafts import drafts_of
from functions.invoicing.handlers.exchange_rates import rates_for
from functions.invoicing.issuing import invoice_of, issued
from functions.invoicing.model.bills import Bill, InvoicingFreeze, Recipient
from functions.invoicing.model.credit_notes import (
    INVOICE,
    MOST_NOTES,
    NOTE,
    CreditNote,
    InvoiceCredits,
    credits_id,
    invoice_state,
)
from functions.invoicing.model.invoices import Draft, Invoice, seller_of
from functions.invoicing.noting import account, claims, credit_note_of, credited
from functions.invoicing.numbering import credit_number, credit_series, invoice_series
from functions.invoicing.requests.credit_notes import (
    CancelCreditNote,
    ClaimedAnew,
    CreditInvoice,
    CreditNoteAnswer,
    LineToCredit,
    ReissueInvoice,
)
from functions.invoicing.tasks import RenderCreditNote, RenderInvoice
from functions.invoicing.tax.exchange import ExchangeRates


def credit_invoice(given: CreditInvoice, transaction: Transaction) -> CreditNoteAnswer:
    """Credit an invoice: all that is left of it, some lines, or an amount."""
    sheet = _sheet(given.invoice_id, transaction)
    INVOICE.move(invoice_state(sheet.credits), "credit")
    if given.kind != "full" and sheet.credits and len(sheet.credits.notes) >= MOST_NOTES:
        raise Rejected("too_many_credit_notes", "credit all that is left of it", status=409)
    part = _part(given, sheet)
    note, after = _note(sheet, part, given.reason, transaction, given.kind, given.rest)
    _keep_note(note, after, transaction)
    return CreditNoteAnswer.of(note, after)


def reissue_invoice(given: ReissueInvoice, transaction: Transaction) -> ClaimedAnew:
    """Take back what is left of an invoice, and claim it anew from the member as they are now."""
    sheet = _sheet(given.invoice_id, transaction)
    INVOICE.move(invoice_state(sheet.credits), "reissue")
    recipient = transaction.find(Recipient, sheet.invoice.member_id)
    note, after = _note(sheet, sheet.everything(), given.reason, transaction)
    old = sheet.invoice
    preceding = Preceding(
        kind="invoice",
        number=old.number,
        issued_on=old.issued_on,
        invoice_number=old.number,
        credit_note_id=note.id,
    )
    invoice = _claimed(note, recipient, seller_of(old.entity), preceding, transaction)
    _keep_note(note, after.claimed(note.id, invoice.id).but(replaced_by=invoice.id), transaction)
    _keep_invoice(invoice, transaction)
    return ClaimedAnew.of(note, invoice)


def cancel_credit_note(given: CancelCreditNote, transaction: Transaction) -> ClaimedAnew:
    """Claim anew, from the same member as before, what a credit note had wrongly taken back."""
    note = _there(transaction.find(CreditNote, given.credit_note_id), "credit note")
    recipient = transaction.find(Recipient, note.member_id)
    before = transaction.get(InvoiceCredits, credits_id(note.invoice_id))
    NOTE.move(before.note(note.id).state, "cancel")
    if recipient is not None and recipient.buyer.erased:
        raise Rejected("member_erased", "nothing may be issued to them any more", status=409)
    preceding = Preceding(
        kind="credit_note",
        number=note.number,
        issued_on=note.issued_on,
        invoice_number=note.invoice_number,
        credit_note_id=note.id,
    )
    as_then = Recipient(id=note.member_id, revision=0, buyer=note.buyer)
    invoice = _claimed(note, as_then, note.seller, preceding, transaction)
    transaction.put(before.claimed(note.id, invoice.id))
    _keep_invoice(invoice, transaction)
    return ClaimedAnew.of(note, invoice)


def _sheet(invoice_id: str, transaction: Transaction) -> Sheet:
    invoice = _there(transaction.find(Invoice, invoice_id), "invoice")
    return Sheet(invoice, transaction.find(InvoiceCredits, credits_id(invoice.id)))


def _part(given: CreditInvoice, sheet: Sheet) -> Part:
    if given.lines:
        return sheet.some_lines(_places(given.lines, sheet.invoice))
    if given.amount_minor is None:
        return sheet.everything()
    spread = sheet.amount_with_vat if given.basis == "gross" else sheet.amount_net
    return spread(given.amount_minor)


def _places(wanted: tuple[LineToCredit, ...], invoice: Invoice) -> dict[int, int | None]:
    """The lines asked for by their place from 0; Rejected `no_such_line` or `line_twice`, with where."""
    by_charge = {line.charge_id: place for place, line in enumerate(invoice.lines)}
    found: dict[int, int | None] = {}
    for index, one in enumerate(wanted):
        place = by_charge.get(one.charge_id, -1) if one.line is None else one.line - 1
        code = "line_twice" if place in found else "no_such_line" if not 0 <= place < len(invoice.lines) else ""
        if code:
            says = f"{one.charge_id or f'line {one.line}'} of {invoice.number}"
            raise Rejected(code, says, errors=[{"pointer": f"/lines/{index}", "detail": says, "code": code}])
        found[place] = one.amount_minor
    return found


def _note(
    sheet: Sheet,
    part: Part,
    reason: str,
    transaction: Transaction,
    kind: CreditKind = "full",
    rest: Rest = "credit",
) -> tuple[CreditNote, InvoiceCredits]:
    """The next credit note of an invoice with the next number, and the account after it."""
    invoice, today = sheet.invoice, _today(sheet.invoice.seller, transaction)
    place = transaction.next_numbers(credit_series(invoice.entity, today.year), 1)
    number = credit_number(invoice.entity, today.year, place)
    note = credit_note_of(invoice, number, today, reason, part, sheet.credits, kind, rest)
    return note, account(sheet, part, note)


def _claimed(
    note: CreditNote, recipient: Recipient | None, seller: Seller, preceding: Preceding, transaction: Transaction
) -> Invoice:
    """A new invoice over what a credit note took back, paid by transfer: money for it may be here already.

    Rejected `member_frozen` (409) while an invariant is broken for the member.
    """
    if frozen_among(InvoicingFreeze, [note.member_id], transaction):
        raise Rejected("member_frozen", "a proof failed: nothing new is begun with them", status=409)
    if recipient is not None:
        by_hand = recipient.buyer.model_copy(update={"payment_method": "transfer", "payment_token": ""})
        recipient = recipient.but(buyer=by_hand)
    today = _today(seller, transaction)
    draft = _draft(note, recipient, seller, today, rates_for(seller, [note.currency], today, transaction))
    first = transaction.next_numbers(invoice_series(note.entity, today.year), 1)
    return invoice_of(draft, seller, today, first).but(preceding=preceding)


def _draft(note: CreditNote, recipient: Recipient | None, seller: Seller, today: date, rates: ExchangeRates) -> Draft:
    lines = tuple(claims(note))
    bill = Bill(
        id=id_from("bill", note.entity, note.member_id, note.currency),
        entity=note.entity,
        member_id=note.member_id,
        currency=note.currency,
        lines=lines,
        open=True,
    )
    last = max(line.occurred_on for line in lines)
    drafts = drafts_of(bill, recipient, seller, last, today, rates)
    if not isinstance(drafts, tuple):
        raise Rejected(drafts.reason, f"{note.invoice_number} can't be claimed anew", status=409)
    if len(drafts) != 1 or len(drafts[0].lines) != len(lines):
        raise Rejected("documents_apart", "its lines can't share one document: credit it, and charge anew", status=409)
    return drafts[0]


def _keep_note(note: CreditNote, after: InvoiceCredits, transaction: Transaction) -> None:
    transaction.put(note)
    transaction.put(after)
    transaction.emit(credited(note))
    transaction.later(RenderCreditNote(credit_note_id=note.id))


def _keep_invoice(invoice: Invoice, transaction: Transaction) -> None:
    transaction.put(invoice)
    transaction.emit(issued(invoice))
    transaction.later(RenderInvoice(invoice_id=invoice.id))


def _there(document: Any, what: str) -> Any:
    if document is None:
        raise Rejected("not_found", f"there is no such {what}", status=404)
    return document


def _today(seller: Seller, transaction: Transaction) -> date:
    return day_in(seller.time_zone, transaction.now)
