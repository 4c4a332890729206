"""The functions of accounting: journals from money events, a summary to SAP each night."""

from common.events.accounting import BatchAccepted, JournalPosted
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.matching import (
    CreditNoteApplied,
    PaymentMatched,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
)
from common.events.payments import (
    BankEntryBooked,
    PaymentReceived,
    PaymentReturned,
    PayoutArrived,
    PayoutSettled,
    RefundFailed,
    RefundPaid,
)
from common.functions import on_events, on_http, on_schedule, on_tasks
from functions.accounting import api as routes
from functions.accounting import handlers, providers
from functions.accounting.model import ReleaseBatch, SendBatch, SummariseBatch

api = on_http(routes.ROUTES)
post_invoices = on_events(InvoiceIssued, handlers.post_invoices, emits=[JournalPosted])
post_credit_notes = on_events(CreditNoteIssued, handlers.post_credit_notes, emits=[JournalPosted])
post_payments = on_events(PaymentReceived, handlers.post_payments, emits=[JournalPosted])
post_matches = on_events(PaymentMatched, handlers.post_matches, emits=[JournalPosted])
post_unmatches = on_events(PaymentUnmatched, handlers.post_unmatches, emits=[JournalPosted])
post_refunds_owed = on_events(CreditNoteApplied, handlers.post_refunds_owed, emits=[JournalPosted])
post_returns = on_events(PaymentReturned, handlers.post_returns, emits=[JournalPosted])
post_refunds_requested = on_events(RefundRequested, handlers.post_refunds_requested, emits=[JournalPosted])
post_refunds_withdrawn = on_events(RefundWithdrawn, handlers.post_refunds_withdrawn, emits=[JournalPosted])
post_refunds_paid = on_events(RefundPaid, handlers.post_refunds_paid, emits=[JournalPosted])
post_refunds_failed = on_events(RefundFailed, handlers.post_refunds_failed, emits=[JournalPosted])
post_payouts = on_events(PayoutSettled, handlers.post_payouts, emits=[JournalPosted])
post_bank_entries = on_events(BankEntryBooked, handlers.post_bank_entries, emits=[JournalPosted])
post_arrivals = on_events(PayoutArrived, handlers.post_arrivals, emits=[JournalPosted])
close_day = on_schedule("15 2 * * *", handlers.close_day, ask=providers.days_with_journals)
summarise_batch = on_tasks(SummariseBatch, handlers.summarise_batches)
release_batch = on_tasks(ReleaseBatch, handlers.release_batches, ask=providers.count)
send_batch = on_tasks(SendBatch, handlers.record_answers, ask=providers.send, emits=[BatchAccepted])
