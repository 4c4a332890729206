"""What callers send and are told of credit notes."""

from datetime import date

from common.events.invoicing import Line, VatTotal
from common.functions.routes import Input, Output
from common.parties import Buyer, Seller
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.requests.fields import Reason, without_token


class CreditInvoice(Input):
    """Takes back a whole invoice."""

    invoice_id: str
    reason: Reason


class ShowCreditNote(Input):
    """One credit note."""

    credit_note_id: str


class CreditNoteAnswer(Output):
    """A credit note as it was issued; amounts are positive."""

    id: str
    number: str
    entity: str
    member_id: str
    invoice_id: str
    invoice_number: str
    invoice_issued_on: date
    seller: Seller
    buyer: Buyer
    currency: str
    issued_on: date
    lines: tuple[Line, ...]
    vat: tuple[VatTotal, ...]
    net_minor: int
    vat_minor: int
    total_minor: int
    reason: str

    @classmethod
    def of(cls, note: CreditNote) -> "CreditNoteAnswer":
        """The answer about a credit note; the buyer's payment token stays inside."""
        return cls.model_validate(dict(note) | {"buyer": without_token(note.buyer)})
