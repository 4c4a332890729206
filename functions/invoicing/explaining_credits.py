"""Why a credit note is over what it is over: each line and each VAT group, from the invoice and the notes before."""

from collections.abc import Sequence
from typing import Final

from common.events.invoicing import VatTotal
from common.functions.routes import Output
from common.money import Money
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice

KINDS: Final = {
    "full": "all that was left of the invoice",
    "lines": "the lines that were named, as a whole or in part",
    "amount": "an amount, spread over what was left of each VAT group and line (largest remainder)",
}
RESTS: Final = {
    "credit": "what had been paid for it stays to the member's credit",
    "refund": "what had been paid for it is paid back",
}


class ExplainedLine(Output):
    """One line of the invoice: net unless `priced_with_vat`."""

    line: int
    charge_id: str
    description: str
    priced_with_vat: bool
    invoiced_minor: int
    before_minor: int
    """Taken back by earlier notes."""
    credited_minor: int
    left_minor: int
    net_minor: int
    """What it adds to the base."""
    says: str


class ExplainedVat(Output):
    """One VAT group: how the VAT of this note follows from that of all notes so far."""

    category: str
    country: str
    rate_basis_points: int
    base_minor: int
    base_so_far_minor: int
    """Of this note and the ones before."""
    invoiced_base_minor: int
    vat_minor: int
    vat_so_far_minor: int
    invoiced_vat_minor: int
    says: str


class ExplainedCreditNote(Output):
    """Why each amount of a credit note is what it is."""

    id: str
    number: str
    invoice_id: str
    invoice_number: str
    currency: str
    reason: str
    kind: str
    rest: str
    lines: tuple[ExplainedLine, ...]
    vat: tuple[ExplainedVat, ...]
    total_minor: int
    left_minor: int
    """Of the invoice, after this note."""
    says: str


def explained(note: CreditNote, invoice: Invoice, earlier: Sequence[CreditNote]) -> ExplainedCreditNote:
    """The explanation of a note, given its invoice and the notes before it."""
    before = sum(one.total_minor for one in earlier)
    left = invoice.total_minor - before - note.total_minor
    total = Money(amount_minor=note.total_minor, currency=note.currency)
    rest = Money(amount_minor=left, currency=note.currency)
    return ExplainedCreditNote(
        id=note.id,
        number=note.number,
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        currency=note.currency,
        reason=note.reason,
        kind=KINDS[note.kind],
        rest=RESTS[note.rest],
        lines=tuple(_line(note, at, invoice, earlier) for at in range(len(note.lines))),
        vat=tuple(_vat(note, at, invoice, earlier) for at in range(len(note.vat))),
        total_minor=note.total_minor,
        left_minor=left,
        says=f"Note {note.sequence} of {invoice.number} takes back {total}: {KINDS[note.kind]}; {rest} stay invoiced",
    )


def _line(note: CreditNote, at: int, invoice: Invoice, earlier: Sequence[CreditNote]) -> ExplainedLine:
    line, place = note.lines[at], _places(note)[at]
    original = invoice.lines[place - 1]
    whole, taken = original.price_minor, line.price_minor
    before = sum(_taken(one, place) for one in earlier)
    money = [str(Money(amount_minor=amount, currency=note.currency)) for amount in (taken, whole, before)]
    basis = "with VAT" if original.quoted_minor is not None else "net"
    return ExplainedLine(
        line=place,
        charge_id=original.charge_id,
        description=original.description,
        priced_with_vat=original.quoted_minor is not None,
        invoiced_minor=whole,
        before_minor=before,
        credited_minor=taken,
        left_minor=whole - before - taken,
        net_minor=line.amount_minor,
        says=f"{money[0]} of {money[1]} {basis}, of which {money[2]} had been taken back before",
    )


def _vat(note: CreditNote, at: int, invoice: Invoice, earlier: Sequence[CreditNote]) -> ExplainedVat:
    part = note.vat[at]
    group = (part.category, part.rate_basis_points)
    whole = next(vat for vat in invoice.vat if (vat.category, vat.rate_basis_points) == group)
    notes = [vat for one in (*earlier, note) for vat in one.vat if (vat.category, vat.rate_basis_points) == group]
    base, vat_minor = sum(vat.base_minor for vat in notes), sum(vat.vat_minor for vat in notes)
    before = vat_minor - part.vat_minor
    money = [str(Money(amount_minor=n, currency=note.currency)) for n in (base, vat_minor, before, part.vat_minor)]
    rate = f"{part.rate_basis_points // 100}.{part.rate_basis_points % 100:02d} %"
    return ExplainedVat(
        category=part.category,
        country=part.country,
        rate_basis_points=part.rate_basis_points,
        base_minor=part.base_minor,
        base_so_far_minor=base,
        invoiced_base_minor=whole.base_minor,
        vat_minor=part.vat_minor,
        vat_so_far_minor=vat_minor,
        invoiced_vat_minor=whole.vat_minor,
        says=(
            f"All notes so far take back a base of {money[0]} with VAT of {money[1]} at {rate}, {_how(whole)}; "
            f"{money[2]} of it was taken back before, so {money[3]} is left for this note"
        ),
    )


def _how(group: VatTotal) -> str:
    if group.quoted_minor is None:
        return "rounded half up once, and in the end exactly the invoice's"
    return "which is what prices with VAT are above their base; net prices' is rounded half up once"


def _places(note: CreditNote) -> Sequence[int]:
    return note.places or range(1, len(note.lines) + 1)


def _taken(note: CreditNote, place: int) -> int:
    return sum(line.price_minor for line, its in zip(note.lines, _places(note), strict=True) if its == place)
