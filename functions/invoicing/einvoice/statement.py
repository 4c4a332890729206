"""What an invoice or credit note of ours says in the business terms of EN 16931; nothing is reckoned anew here."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from common.events.invoicing import Line, VatTotal
from common.failures import Rejected
from common.parties import Address, Buyer, Seller
from functions.invoicing.einvoice.addresses import endpoint_of
from functions.invoicing.einvoice.profiles import Profile
from functions.invoicing.einvoice.terms import (
    Breakdown,
    Contact,
    Endpoint,
    Item,
    Means,
    Party,
    PostalAddress,
    Preceding,
    Terms,
)
from functions.invoicing.einvoice.xml import clean
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.paper.words import Words

INVOICE: Final = "380"
CREDIT_NOTE: Final = "381"

TRANSFER: Final = "30"
SEPA_TRANSFER: Final = "58"
COLLECTED: Final = "68"
"""Online payment service. A provider collects from the member's card or account and keeps its number and mandate: the
codes for cards (48) and direct debit (59) demand those (BR-DE-24-a, BR-DE-25-a, PEPPOL-EN16931-R061)."""
SET_OFF: Final = "97"
"""Clearing between partners."""

REASONS: Final = {"AE": "VATEX-EU-AE", "O": "VATEX-EU-O", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "E": ""}
"""Categories without VAT that have to say why, and its code (BT-121) where the tax decision named none."""
NOT_SUBJECT: Final = "O"
QR_REFERENCE: Final = 27
"""Digits of a Swiss QR reference."""


def terms_of(document: Invoice | CreditNote, profile: Profile) -> Terms:
    """The document in business terms; Rejected `no_electronic_address` where the profile can't reach a party."""
    buyer, exchange = document.buyer, document.exchange
    words = Words(buyer.language, buyer.address.country)
    days = [line.served for line in document.lines]
    subject = all(total.category != NOT_SUBJECT for total in document.vat)
    invoice = document if isinstance(document, Invoice) else None
    return Terms(
        number=document.number,
        issued_on=document.issued_on,
        type_code=INVOICE if invoice else CREDIT_NOTE,
        currency=document.currency,
        vat_currency=exchange.currency if exchange else "",
        due_on=invoice.due_on if invoice else None,
        buyer_reference=clean(buyer.reference) or document.member_id,
        payment_terms=clean(_payment_terms(document, words)),
        note=_note(document, words),
        process=profile.process,
        specification=profile.specification,
        preceding=_preceding(document),
        seller=_seller(document.seller, profile, subject=subject),
        buyer=_buyer(buyer, profile, subject=subject),
        delivered_on=max(line.occurred_on for line in document.lines),
        starts_on=min(first for first, _ in days),
        ends_on=max(last for _, last in days),
        means=_means(document, words.language),
        net_minor=document.net_minor,
        vat_minor=document.vat_minor,
        vat_accounted_minor=exchange.vat_minor if exchange else None,
        gross_minor=document.total_minor,
        due_minor=document.total_minor,
        breakdown=tuple(_breakdown(total, words) for total in document.vat),
        items=tuple(_item(place, line) for place, line in enumerate(document.lines, 1)),
    )


@cache
def means_texts() -> dict[str, dict[str, str]]:
    """What ways to pay are called (BT-82), by language."""
    found: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("means.json").read_text("utf-8"))
    return found


def _seller(seller: Seller, profile: Profile, *, subject: bool) -> Party:
    return Party(
        name=clean(seller.name),
        identifier=seller.entity,
        legal_id=clean(seller.legal_id),
        vat_id=clean(seller.vat_id) if subject else "",
        endpoint=_endpoint(seller, profile),
        address=_address(seller.address),
        contact=Contact(clean(seller.contact), clean(seller.phone), clean(seller.email)),
    )


def _buyer(buyer: Buyer, profile: Profile, *, subject: bool) -> Party:
    """The buyer; no VAT id may stand where nothing is subject to VAT (BR-O-02)."""
    return Party(
        name=clean(buyer.name) or buyer.member_id,
        identifier=buyer.member_id,
        legal_id="",
        vat_id=clean(buyer.vat_id) if subject else "",
        endpoint=_endpoint(buyer, profile),
        address=_address(buyer.address),
        contact=Contact("", "", clean(buyer.email)),
    )


def _endpoint(party: Buyer | Seller, profile: Profile) -> Endpoint | None:
    found = endpoint_of(party, profile)
    if found is None and profile.addressed:
        raise Rejected("no_electronic_address", f"the {type(party).__name__.lower()} has none for {profile.suffix}")
    return found


def _address(address: Address) -> PostalAddress:
    return PostalAddress(clean(address.street), clean(address.city), clean(address.postcode), address.country)


def _means(document: Invoice | CreditNote, language: str) -> Means:
    called = means_texts()[language]
    if isinstance(document, CreditNote):
        return Means(SET_OFF, called["set_off"], "", "", "", "")
    method, reference = document.buyer.payment_method, document.reference
    if method != "transfer":
        return Means(COLLECTED, called[method], reference, "", "", "")
    seller = document.seller
    code = SEPA_TRANSFER if document.currency == "EUR" else TRANSFER
    return Means(code, called["transfer"], reference, _account(seller, reference), clean(seller.name), seller.bic)


def _account(seller: Seller, reference: str) -> str:
    """Where to: what quotes a Swiss QR reference has an account of its own."""
    is_qr = len(reference) == QR_REFERENCE and reference.isdecimal()
    return seller.qr_iban if is_qr and seller.qr_iban else seller.iban


def _payment_terms(document: Invoice | CreditNote, words: Words) -> str:
    """As its pages say it."""
    if isinstance(document, CreditNote):
        return words[f"rest_{document.rest}"]
    return words.fill(document.buyer.payment_method, due_on=words.day(document.due_on))


def _note(document: Invoice | CreditNote, words: Words) -> str:
    """Why it is there, and how VAT was converted; `#` would be read as the sign of a subject code (BT-21)."""
    said = []
    if isinstance(document, CreditNote):
        said.append(f"{words['reason']}: {document.reason}")
    elif before := document.preceding:
        told = "replaces" if before.kind == "invoice" else "claims_anew"
        said.append(words.fill(told, number=before.number, issued_on=words.day(before.issued_on)))
    if exchange := document.exchange:
        facts = {"rate": exchange.rate, "tax_currency": exchange.currency, "source": exchange.source}
        said.append(words.fill("exchange", currency=document.currency, day=words.day(exchange.on), **facts))
    return clean(" · ".join(said)).replace("#", "＃")


def _preceding(document: Invoice | CreditNote) -> Preceding | None:
    if isinstance(document, CreditNote):
        return Preceding(document.invoice_number, document.invoice_issued_on)
    before = document.preceding
    return Preceding(before.number, before.issued_on) if before else None


def _breakdown(total: VatTotal, words: Words) -> Breakdown:
    exempt = total.category in REASONS
    return Breakdown(
        base_minor=total.base_minor,
        vat_minor=total.vat_minor,
        category=total.category,
        rate=total.rate_basis_points,
        reason=_reason(total, words) if exempt else "",
        reason_code=(total.exemption_code or REASONS[total.category]) if exempt else "",
    )


def _reason(total: VatTotal, words: Words) -> str:
    """Why there is no VAT: the legal text of its pages, where there is one."""
    return clean(words.get(f"{total.note_key or total.scheme}_note", total.note))


def _item(place: int, line: Line) -> Item:
    starts_on, ends_on = line.served
    return Item(
        place=str(place),
        note=clean(line.rule.partition("): ")[2] or line.rule),
        charge_id=clean(line.charge_id),
        quantity=-1 if line.amount_minor < 0 else 1,
        net_minor=line.amount_minor,
        starts_on=starts_on,
        ends_on=ends_on,
        price_minor=abs(line.amount_minor),
        category=line.category,
        rate=None if line.category == NOT_SUBJECT else line.rate_basis_points,
        name=clean(line.description) or clean(line.kind) or line.charge_id,
        kind=clean(line.kind),
    )
