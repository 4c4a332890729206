"""What `invoicing` asks itself to do later."""

from common.events.base import Task


class FreezePage(Task, name="invoicing.freeze_page"):
    """Freeze the next page of a run's manifest."""

    run_id: str
    page: int
    cursor: str
    """The last bill of the page before."""
    day: int = 0
    """Which of the run's billing days the cursor is in."""
    most: int = 100
    """So many bills are looked at: where few fit a page, reading more of them is in vain."""


class IssuePage(Task, name="invoicing.issue_page"):
    """Issue the invoices of one page; `first` is the number of its first."""

    page_id: str
    first: int


class AdvanceRun(Task, name="invoicing.advance_run"):
    """Look whether every number that was reserved is issued; then release the next slice, or close the run."""

    run_id: str


class RenderInvoice(Task, name="invoicing.render_invoice"):
    """Render an invoice and archive it."""

    invoice_id: str


class RenderCreditNote(Task, name="invoicing.render_credit_note"):
    """Render a credit note and archive it."""

    credit_note_id: str


class MoveBills(Task, name="invoicing.move_bills"):
    """Move what a merged member has not been invoiced yet to the member who goes on."""

    member_id: str
    into: str
    looks: int = 0
    """How often it was looked already."""
