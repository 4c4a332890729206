"""Issued documents to be rendered: every seller, tax case and language, long, hostile, corrected."""

from datetime import date
from typing import Any

from common.events.invoicing import Preceding
from common.parties import SELLERS, Address, Buyer
from functions.invoicing.drafts import draft
from functions.invoicing.issuing import invoice_of
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.noting import credit_note_of
from tests.unit.invoicing.given import bill, buyer, charge

TODAY = date(2026, 10, 1)


def invoice(someone: Buyer | None = None, lines: int = 3, *, entity: str = "MP", **facts: Any) -> Invoice:
    """An invoice of charges that are alike, to a private person in Germany unless said otherwise."""
    seller = SELLERS[entity]
    told = {"entity": entity, "currency": seller.currency, **facts}
    owed = bill(*(charge(f"c{n}", 1_000 + n, **told) for n in range(lines)))
    made = draft(owed, owed.lines, someone or buyer(), seller, TODAY)
    return invoice_of(made, seller, TODAY, 1, "r")


def credit_note(about: Invoice | None = None, **facts: Any) -> CreditNote:
    """The credit note that takes back a whole invoice."""
    note = credit_note_of(about or invoice(), "MP-C26-0000001", date(2026, 10, 5), "charged twice")
    return note.model_copy(update=facts)


def replacing(kind: str) -> Invoice:
    """An invoice in the place of another document."""
    before = {"kind": kind, "number": "MP-2026-0000009", "issued_on": "2026-09-01", "invoice_number": "MP-2026-0000009"}
    return invoice().model_copy(update={"preceding": Preceding.model_validate({**before, "credit_note_id": "crn_9"})})


def german_business() -> Buyer:
    """A German business that wants its Leitweg-ID quoted."""
    name, reference = "Müller & Söhne Handelsgesellschaft mbH", "04011000-12345-03"
    return buyer("mueller", business=True, name=name, language="de", vat_id="DE136695976", reference=reference)


def belgian_business() -> Buyer:
    """A Belgian business."""
    facts = {"name": "Brouwerij De Gouden Leeuw BV", "language": "nl", "vat_id": "BE0202239951"}
    return buyer("leeuw", "BE", business=True, **facts).model_copy(update={"address": _at("Antwerpen", "2000", "BE")})


def swiss_business() -> Buyer:
    """A Swiss business."""
    facts = {"name": "Käserei Alpenblick GmbH", "language": "de"}
    return buyer("alp", "CH", business=True, **facts).model_copy(update={"address": _at("Gstaad", "3780", "CH")})


def italian_consumer() -> Buyer:
    """An Italian consumer, whose prices include VAT."""
    return buyer("giulia", "IT", name="Giulia D’Angelo", language="it")


def greek_business() -> Buyer:
    """A Greek business, to which VAT is reversed."""
    facts = {"name": "Παπαδόπουλος και Υιοί Α.Ε.", "language": "el", "vat_id": "EL094259216"}
    return buyer("papas", "GR", business=True, **facts)


def _at(city: str, postcode: str, country: str) -> Address:
    return Address(street="Marktplatz 1", city=city, postcode=postcode, country=country)
