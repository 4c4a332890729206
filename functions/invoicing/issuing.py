"""What a frozen draft becomes: a numbered invoice, and how it is told."""

from datetime import date
from typing import Final

from common.events.invoicing import InvoiceIssued
from common.parties import Seller
from common.references import reference_of
from common.values import of_checked
from functions.invoicing.model.invoices import Draft, Invoice, invoice_id
from functions.invoicing.model.manifests import Page
from functions.invoicing.numbering import invoice_number, place_of

FROM_DRAFT: Final = [name for name in Draft.model_fields if name in Invoice.model_fields]
"""What a draft and its invoice have in common."""
TOLD: Final = [name for name in Invoice.model_fields if name in InvoiceIssued.model_fields]


def invoices_of(page: Page, first: int, seller: Seller) -> list[Invoice]:
    """The invoices of a page whose numbers start at `first`, always the same ones."""
    return [
        invoice_of(draft, seller, page.issued_on, place_of(first, index), page.run_id)
        for index, draft in enumerate(page.drafts)
    ]


def issued(invoice: Invoice) -> InvoiceIssued:
    """Tells of an invoice."""
    told = {name: getattr(invoice, name) for name in TOLD}
    # As in `invoice_of`; and lines that are the same object are encoded once for both (`common.encoding`).
    return of_checked(InvoiceIssued, {"invoice_id": invoice.id, **told})


def invoice_of(draft: Draft, seller: Seller, issued_on: date, place: int, run_id: str = "") -> Invoice:
    """The invoice of a draft, with its place in the series of its legal entity and year."""
    number = invoice_number(seller.entity, issued_on.year, place)
    own = {
        "id": invoice_id(number),
        "version": 0,
        "head": "",
        "number": number,
        "reference": reference_of(number, seller),
        "entity": seller.entity,
        "member_id": draft.buyer.member_id,
        "run_id": run_id,
        "seller": seller,
        "issued_on": issued_on,
        "preceding": None,
    }
    # All that has to add up is the draft's, which can't change and was checked when it was made or read; an invoice's
    # fields are of the draft's types. Checking them again would cost as much as reading them.
    return of_checked(Invoice, {name: getattr(draft, name) for name in FROM_DRAFT} | own)
