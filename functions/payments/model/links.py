"""Links under which a member pays: for one member, until a day, and no longer once they are revoked."""

from datetime import date, timedelta
from typing import Final, Literal

from pydantic import Field

from common.documents import Document
from common.events.invoicing import InvoiceIssued
from common.failures import Rejected
from common.links import link_id_of_invoice
from common.machine import Machine
from common.money import Minor
from common.parties import Language

LinkState = Literal["active", "revoked"]
LINK: Machine[LinkState] = Machine("payment link", {"active": {"revoke": "revoked"}, "revoked": {}})
AFTER_DUE: Final = timedelta(days=90)
"""So long after its due date the link in an invoice's mail is good: until dunning is over."""
GOOD_FOR: Final = timedelta(days=30)
LONGEST: Final = timedelta(days=365)
MOST_INVOICES: Final = 50
MOST_A_DAY: Final = 30
"""Payments begun with one link on one day: nobody needs more, and who tries cards does."""


class PaymentLink(Document):
    """Leads to the open invoices of one member, or to some of them alone."""

    collection = "payment_links"
    indexed = ("member_id",)

    member_id: str
    invoice_ids: tuple[str, ...] = Field(default=(), max_length=MOST_INVOICES)
    """Those it is about; empty: whatever is open."""
    only: bool = False
    """Whether the member's other open invoices are left out."""
    amount_minor: Minor | None = None
    """What is asked for, where it is less than the whole invoice."""
    language: Language
    expires_on: date
    """The last day it is good."""
    state: LinkState = "active"
    made_by: str
    reason: str = ""
    begun_on: date | None = None
    begun: int = 0
    """Payments begun with it on that day."""


def link_of(invoice: InvoiceIssued) -> PaymentLink:
    """The link that goes out with an invoice: it shows the member's other open invoices, too."""
    return PaymentLink(
        id=link_id_of_invoice(invoice.invoice_id),
        member_id=invoice.buyer.member_id,
        invoice_ids=(invoice.invoice_id,),
        language=invoice.buyer.language,
        expires_on=invoice.due_on + AFTER_DUE,
        made_by="invoice",
    )


def must_be_good(link: PaymentLink, today: date) -> None:
    """Rejected `link_revoked` or `link_expired` (410)."""
    if link.state == "revoked":
        raise Rejected("link_revoked", "this link was withdrawn; ask for a new one", status=410)
    if today > link.expires_on:
        raise Rejected("link_expired", "this link has expired; ask for a new one", status=410)


def begun(link: PaymentLink, today: date) -> PaymentLink:
    """The link with which one more payment was begun; Rejected `too_many_payments` (429) where it is too many."""
    count = link.begun + 1 if link.begun_on == today else 1
    if count > MOST_A_DAY:
        raise Rejected("too_many_payments", "too many payments were begun today; try again tomorrow", status=429)
    return link.but(begun_on=today, begun=count)
