"""The words that many views share: each column's type and what it means, said once."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "as_of": ("TIMESTAMP", "The newest event in this answer: later ones are not in it."),
    "loaded_at": ("TIMESTAMP", "When the newest row came in: how fresh this answer is."),
    "occurred_at": ("TIMESTAMP", "When it was committed, in UTC: since then it is known."),
    "event_id": ("STRING", "The event that says so."),
    "commit_id": ("STRING", "The commit record that proves it."),
    "entity": ("STRING", "The legal entity's code."),
    "currency": ("STRING", "ISO 4217; all amounts are integers in its minor units."),
    "month": ("DATE", "First day of the month."),
    "quarter": ("DATE", "First day of the calendar quarter."),
    "member_id": ("STRING", "The member it is about."),
    "invoice_id": ("STRING", "The invoice's id."),
    "invoice_number": ("STRING", "The invoice's number."),
    "issued_on": ("DATE", "Day of issue."),
    "due_on": ("DATE", "Day it is due."),
    "country": ("STRING", "The member's country when the document was issued."),
    "provider": ("STRING", "The payment provider; `sepa` for our own direct debits."),
    "scheme": ("STRING", "domestic, home_rate, oss, reverse_charge, exempt or outside_scope."),
    "category": ("STRING", "EN 16931 category: S, AE, E, O."),
    "rate_basis_points": ("INTEGER", "The VAT rate in ten-thousandths: 1900 is 19 %."),
    "account": ("STRING", "General ledger account."),
    "base_minor": ("INTEGER", "Taxable base: invoices less credit notes."),
    "vat_minor": ("INTEGER", "VAT: invoices less credit notes."),
    "net_minor": ("INTEGER", "Invoices less credit notes, net of VAT."),
    "total_minor": ("INTEGER", "What was billed, with VAT."),
    "open_minor": ("INTEGER", "What is still owed."),
    "days_overdue": ("INTEGER", "Days past due; 0 while it is not due."),
    "bucket": ("STRING", "not due, 1-30, 31-60, 61-90, over 90 days."),
    "difference_minor": ("INTEGER", "What does not tie: 0 when all is well."),
}
"""By column: BigQuery's type, the meaning. A view that means something else says so in its own head."""
