"""What `invoicing` asks itself to do later."""

from common.events.base import Task


class FreezePage(Task, name="invoicing.freeze_page"):
    """Freeze the next page of a run's manifest."""

    run_id: str
    page: int
    cursor: str
    """The last bill of the page before."""


class IssuePage(Task, name="invoicing.issue_page"):
    """Issue the invoices of one page, from the block of numbers that starts at `first`."""

    page_id: str
    first: int


class CompleteRun(Task, name="invoicing.complete_run"):
    """Look whether every page is issued, and close the run."""

    run_id: str


class RenderInvoice(Task, name="invoicing.render_invoice"):
    """Render an invoice and archive it."""

    invoice_id: str


class RenderCreditNote(Task, name="invoicing.render_credit_note"):
    """Render a credit note and archive it."""

    credit_note_id: str
