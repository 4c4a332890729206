"""What a part of an invoice becomes: its credit note, the account of all of them, and the lines of a new claim."""

from datetime import date
from typing import Any

from common.events.invoicing import CreditKind, CreditNoteIssued, Exchange, Line, Rest, VatTotal
from functions.invoicing.crediting import Part, Sheet
from functions.invoicing.model.bills import BillLine
from functions.invoicing.model.credit_notes import CreditNote, InvoiceCredits, NoteRef, credit_note_id, credits_id
from functions.invoicing.model.invoices import Invoice

Places = list[int]
"""Lines of the invoice by their place, from 0."""


def credit_note_of(
    invoice: Invoice,
    number: str,
    issued_on: date,
    reason: str,
    part: Part | None = None,
    earlier: InvoiceCredits | None = None,
    kind: CreditKind = "full",
    rest: Rest = "credit",
) -> CreditNote:
    """The credit note that takes back a part of an invoice, the whole of it where no part is given."""
    sheet = Sheet(invoice, earlier)
    part = part or sheet.everything()
    places = _places(sheet, part)
    sequence = len(earlier.notes) + 1 if earlier else 1
    net_minor, vat_minor = sum(part.nets), sum(part.vat)
    own: dict[str, Any] = {
        "id": credit_note_id(invoice.id, sequence),
        "version": 0,
        "number": number,
        "invoice_id": invoice.id,
        "invoice_number": invoice.number,
        "invoice_issued_on": invoice.issued_on,
        "issued_on": issued_on,
        "reason": reason,
        "kind": kind,
        "rest": rest,
        "sequence": sequence,
        "places": tuple(place + 1 for place in places) if len(places) < len(invoice.lines) else (),
        "lines": tuple(_line(invoice.lines[place], part.nets[place], part.prices[place]) for place in places),
        "vat": _vat(invoice, part, places),
        "net_minor": net_minor,
        "vat_minor": vat_minor,
        "total_minor": net_minor + vat_minor,
        "exchange": _exchange(sheet, vat_minor),
    }
    return CreditNote.model_validate({k: v for k, v in invoice if k in CreditNote.model_fields} | own)


def credited(note: CreditNote) -> CreditNoteIssued:
    """Tells of a credit note."""
    return CreditNoteIssued.model_validate(dict(note) | {"credit_note_id": note.id})


def account(sheet: Sheet, part: Part, note: CreditNote) -> InvoiceCredits:
    """What all credit notes of the invoice have taken back, this one included."""
    invoice, before = sheet.invoice, sheet.credits
    known = before or InvoiceCredits(
        id=credits_id(invoice.id),
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        member_id=invoice.member_id,
        lines=(0,) * len(invoice.lines),
        prices=(0,) * len(invoice.lines),
        vat=(0,) * len(invoice.vat),
        total_minor=0,
    )
    ref = NoteRef(credit_note_id=note.id, number=note.number, kind=note.kind, total_minor=note.total_minor)
    return known.but(
        lines=_sums(known.lines, part.nets),
        prices=_sums(known.prices, part.prices),
        vat=_sums(known.vat, part.vat),
        total_minor=known.total_minor + note.total_minor,
        exchanged_minor=known.exchanged_minor + (note.exchange.vat_minor if note.exchange else 0),
        complete=part == sheet.left,
        notes=(*known.notes, ref),
    )


def claims(note: CreditNote) -> list[BillLine]:
    """What a credit note took back, to be billed again: with VAT where it was priced so."""
    return [
        BillLine(
            charge_id=line.charge_id,
            kind=line.kind,
            description=line.description,
            occurred_on=line.occurred_on,
            amount_minor=line.price_minor,
            gross=line.quoted_minor is not None,
            rule=line.rule,
            service_from=line.service_from,
            service_to=line.service_to,
        )
        for line in note.lines
    ]


def _places(sheet: Sheet, part: Part) -> Places:
    """The lines on the note: all where it takes the whole invoice, else those of which it takes something."""
    everywhere = sheet.credits is None and part == sheet.left
    taken = zip(part.nets, part.prices, strict=True)
    return [place for place, (net, price) in enumerate(taken) if everywhere or net or price]


def _line(line: Line, net: int, price: int) -> Line:
    if net == line.amount_minor and line.quoted_minor in {None, price}:
        return line
    return line.model_copy(
        update={"amount_minor": net, "quoted_minor": None if line.quoted_minor is None else price},
    )


def _vat(invoice: Invoice, part: Part, places: Places) -> tuple[VatTotal, ...]:
    found = []
    for total, vat_minor in zip(invoice.vat, part.vat, strict=True):
        group = (total.category, total.rate_basis_points)
        lines = [p for p in places if (invoice.lines[p].category, invoice.lines[p].rate_basis_points) == group]
        if lines:
            priced = [part.prices[place] for place in lines if invoice.lines[place].quoted_minor is not None]
            base_minor, quoted = sum(part.nets[place] for place in lines), sum(priced) if priced else None
            found.append(
                total.model_copy(update={"base_minor": base_minor, "vat_minor": vat_minor, "quoted_minor": quoted})
            )
    return tuple(found)


def _exchange(sheet: Sheet, vat_minor: int) -> Exchange | None:
    """VAT in the tax currency at the invoice's own rate, in step with the VAT itself: all of it in the end."""
    whole = sheet.invoice.exchange
    if whole is None:
        return None
    taken = sum(sheet.credits.vat) if sheet.credits else 0
    before = sheet.credits.exchanged_minor if sheet.credits else 0
    due = _part_of(whole.vat_minor, taken + vat_minor, sheet.invoice.vat_minor)
    return whole.model_copy(update={"vat_minor": due - before})


def _part_of(amount: int, taken: int, whole: int) -> int:
    """`taken / whole` of an amount, rounded half up."""
    return (2 * amount * taken + whole) // (2 * whole) if whole else 0


def _sums(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
