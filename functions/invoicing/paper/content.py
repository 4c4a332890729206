"""From an issued document to the texts of its pages: every amount, date and sentence ready to be set."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any, Final

from common.events.invoicing import Exchange, Line, VatTotal
from common.parties import Address, Buyer, Seller
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.paper.parts import Paper
from functions.invoicing.paper.payment import payment
from functions.invoicing.paper.words import Words, breakable

LABELS: Final = (
    "from", "bill_to", "date", "service", "rate", "gross", "amount", "vat_summary", "percent", "base", "vat_amount",
    "page", "of", "continued", "subtotal", "carried", "payment", "scan", "register",
)  # fmt: skip
"""What the template places itself."""
NARROW: Final = ("day", "rate", "quoted", "amount")
"""The columns that are as wide as what stands in them."""
ZEROS: Final = str.maketrans("123456789", "0" * 9)
TAXED: Final = "S"
"""The one category with a rate (EN 16931, UNCL 5305)."""

FITS: Final = 34
"""Capitals of a reference that fit its column in one piece, as what is to be copied should stand."""


def paper_of(document: Invoice | CreditNote) -> Paper:
    """An invoice or a credit note as the template wants it, in its buyer's language."""
    return paper_of_invoice(document) if isinstance(document, Invoice) else paper_of_credit_note(document)


def paper_of_invoice(invoice: Invoice) -> Paper:
    """An invoice as the template wants it."""
    words = _words(invoice)
    facts = {
        "number": invoice.number,
        "issued_on": words.day(invoice.issued_on),
        "due_on": words.day(invoice.due_on),
    }
    return _paper(invoice, words, "invoice", facts) | {
        "total": _row(words["total"], words.money(invoice.total_minor, invoice.currency)),
        "payment": payment(invoice, words),
        "remarks": _replacing(invoice, words),
    }


def paper_of_credit_note(note: CreditNote) -> Paper:
    """A credit note as the template wants it; it names its invoice (Directive 2006/112/EC, art. 219)."""
    words = _words(note)
    facts = {"number": note.number, "issued_on": words.day(note.issued_on), "corrects": note.invoice_number}
    kind = "credit_last" if note.kind == "full" and note.sequence > 1 else f"credit_{note.kind}"
    day = words.day(note.invoice_issued_on)
    told = words.fill(kind, invoice_number=note.invoice_number, invoice_issued_on=day)
    return _paper(note, words, "credit_note", facts) | {
        "total": _row(words["credited"], words.money(note.total_minor, note.currency)),
        "payment": None,
        "remarks": [f"{told} {words[f'rest_{note.rest}']}", f"{words['reason']}: {breakable(note.reason)}"],
    }


def basis(rule: str) -> str:
    """How the amount was reckoned, without which version of which rule was chosen: staff see the whole."""
    return rule.partition("): ")[2] or rule


def _words(document: Invoice | CreditNote) -> Words:
    return Words(document.buyer.language, document.buyer.address.country)


def _paper(document: Invoice | CreditNote, words: Words, title: str, facts: Mapping[str, str]) -> Paper:
    quoted = any(line.quoted_minor is not None for line in document.lines)
    currency = document.currency
    return {
        "language": words.language,
        "title": words[title],
        "number": document.number,
        "colour": document.seller.colour,
        "words": {name: words[name] for name in LABELS},
        "facts": _facts(document, words, facts),
        "seller": _party(document.seller, words) | _imprint(document.seller, words),
        "buyer": _party(document.buyer, words),
        "quoted": quoted,
        "lines": (lines := _lines(document.lines, currency, words)),
        "shapes": {name: _shapes(lines, name) for name in NARROW},
        "vat": [_vat(total, currency, words) for total in document.vat],
        "notes": [*_notes(document.vat, words), *([words["gross_note"]] if quoted else [])],
        "net": _row(words["net"], words.money(document.net_minor, currency)),
        "vat_total": _row(words["vat"], words.money(document.vat_minor, currency)),
        "exchange": _exchange(document.exchange, currency, words) if document.exchange else None,
    }


def _facts(document: Invoice | CreditNote, words: Words, facts: Mapping[str, str]) -> list[dict[str, str]]:
    days = [line.served for line in document.lines]
    period = words.period(min(first for first, _ in days), max(last for _, last in days))
    told = {**facts, "period": period, "member": document.member_id}
    if reference := document.buyer.reference:
        told["your_reference"] = reference if len(reference) <= FITS else breakable(reference)
    return [_row(words[name], value) for name, value in told.items()]


def _row(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _party(party: Seller | Buyer, words: Words) -> dict[str, Any]:
    return {
        "name": breakable(party.name),
        "address": _address(party.address, words),
        "vat_id": f"{words['vat_id']} {party.vat_id}" if party.vat_id else "",
    }


def _imprint(seller: Seller, words: Words) -> dict[str, list[str]]:
    """What stands at the foot of every page: who bills, their registers, whom to ask."""
    registers = {"vat_id": seller.vat_id, "register": seller.legal_id}
    contact = [part for part in (seller.contact, seller.phone, seller.email) if part]
    return {
        "registers": [f"{words[name]} {value}" for name, value in registers.items() if value],
        "contact": [f"{words['contact']} {contact[0]}", *contact[1:]] if contact else [],
    }


def _address(address: Address, words: Words) -> list[str]:
    city = f"{address.postcode} {address.city}"
    return [breakable(address.street), breakable(city), words.country(address.country)]


def _lines(lines: tuple[Line, ...], currency: str, words: Words) -> list[dict[str, str]]:
    """The lines, each with what all up to it add up to."""
    sums = accumulate(line.amount_minor for line in lines)
    return [
        _line(line, currency, words) | {"sum": words.money(sum_minor, currency)}
        for line, sum_minor in zip(lines, sums, strict=True)
    ]


def _shapes(lines: list[dict[str, str]], name: str) -> list[str]:
    """All that a column's width depends on: digits are equally wide, so a few texts stand for those of every line."""
    return sorted({line[name].translate(ZEROS) for line in lines})


def _line(line: Line, currency: str, words: Words) -> dict[str, str]:
    return {
        "day": words.day(line.occurred_on),
        "text": breakable(line.description),
        "rule": breakable(" · ".join(filter(None, [_days(line, words), basis(line.rule)]))),
        "rate": words.rate(line.rate_basis_points) if line.category == TAXED else "–",
        "quoted": "" if line.quoted_minor is None else words.amount(line.quoted_minor, currency),
        "amount": words.amount(line.amount_minor, currency),
    }


def _days(line: Line, words: Words) -> str:
    """The days it is for, where they are told: its tax point stands beside it."""
    return words.period(*line.served) if line.service_from else ""


def _vat(total: VatTotal, currency: str, words: Words) -> dict[str, str]:
    return {
        "label": words.fill(total.scheme, country=words.country(total.country)),
        "rate": words.rate(total.rate_basis_points) if total.category == TAXED else "–",
        "base": words.amount(total.base_minor, currency),
        "vat": words.amount(total.vat_minor, currency),
    }


def _notes(vat: tuple[VatTotal, ...], words: Words) -> list[str]:
    return list(dict.fromkeys(note for total in vat if (note := _note(total, words))))


def _note(total: VatTotal, words: Words) -> str:
    """What the law wants said, in the document's language; as it was decided where we lack a text for it."""
    if total.scheme == "oss":
        return words.fill("oss_note", country=words.country(total.country))
    if not total.note:
        return ""
    key = f"{total.note_key or total.scheme}_note"
    return words.get(key, total.note)


def _exchange(exchange: Exchange, currency: str, words: Words) -> dict[str, str]:
    """VAT in the tax office's currency, and how it was converted (Directive 2006/112/EC, art. 91 and 230)."""
    rate = words.fill(
        "exchange",
        currency=currency,
        rate=words.number(exchange.rate),
        tax_currency=exchange.currency,
        source=exchange.source,
        day=words.day(exchange.on),
    )
    label = words.fill("vat_in", currency=exchange.currency)
    return _row(label, words.money(exchange.vat_minor, exchange.currency)) | {"rate": rate}


def _replacing(invoice: Invoice, words: Words) -> list[str]:
    before = invoice.preceding
    if before is None:
        return []
    name = "replaces" if before.kind == "invoice" else "claims_anew"
    return [words.fill(name, number=before.number, issued_on=words.day(before.issued_on))]
