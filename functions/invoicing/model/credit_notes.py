"""Credit notes: what takes back an invoice."""

from datetime import date
from typing import Literal

from common.documents import Document, id_from
from common.machine import Machine
from common.parties import Buyer, Seller
from functions.invoicing.model.invoices import Amounts


class CreditNote(Amounts, Document):
    """Takes back a whole invoice; amounts are positive, as on the invoice. Its id comes from the invoice's."""

    collection = "credit_notes"
    indexed = ("member_id",)

    number: str
    entity: str
    member_id: str
    invoice_id: str
    invoice_number: str
    invoice_issued_on: date
    seller: Seller
    buyer: Buyer
    issued_on: date
    reason: str


def credit_note_id(invoice: str) -> str:
    """The id of an invoice's credit note: there is at most one."""
    return id_from("crn", invoice)


InvoiceState = Literal["issued", "credited"]


INVOICE: Machine[InvoiceState] = Machine("invoice", {"issued": {"credit": "credited"}, "credited": {}})


"""Not stored, as an invoice is frozen: it is credited when its credit note is there."""


def invoice_state(credit_note: CreditNote | None) -> InvoiceState:
    """The state of an invoice, by its credit note."""
    return "credited" if credit_note else "issued"
