"""The functions of accounting: journals from money events, a summary to SAP each night."""

from common.events.accounting import BatchAccepted, JournalPosted, PeriodChanged, RevenueReleased
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.matching import (
    CreditNoteApplied,
    PaymentMatched,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
    WriteOffDecided,
    WriteOffWithdrawn,
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
from functions.accounting import providers
from functions.accounting.handlers import batches, periods, posting, releasing
from functions.accounting.model.batches import ReleaseBatch, SendBatch, SummariseBatch
from functions.accounting.model.deferrals import ReleaseRevenue

api = on_http(routes.ROUTES, emits=[PeriodChanged])
post_invoices = on_events(InvoiceIssued, posting.post_invoices, emits=[JournalPosted])
post_credit_notes = on_events(CreditNoteIssued, posting.post_credit_notes, emits=[JournalPosted])
post_payments = on_events(PaymentReceived, posting.post, emits=[JournalPosted])
post_matches = on_events(PaymentMatched, posting.post, emits=[JournalPosted])
post_unmatches = on_events(PaymentUnmatched, posting.post, emits=[JournalPosted])
post_write_offs = on_events(WriteOffDecided, posting.post, emits=[JournalPosted])
post_write_offs_withdrawn = on_events(WriteOffWithdrawn, posting.post, emits=[JournalPosted])
post_refunds_owed = on_events(CreditNoteApplied, posting.post, emits=[JournalPosted])
post_returns = on_events(PaymentReturned, posting.post, emits=[JournalPosted])
post_refunds_requested = on_events(RefundRequested, posting.post, emits=[JournalPosted])
post_refunds_withdrawn = on_events(RefundWithdrawn, posting.post, emits=[JournalPosted])
post_refunds_paid = on_events(RefundPaid, posting.post, emits=[JournalPosted])
post_refunds_failed = on_events(RefundFailed, posting.post, emits=[JournalPosted])
post_payouts = on_events(PayoutSettled, posting.post, emits=[JournalPosted])
post_bank_entries = on_events(BankEntryBooked, posting.post, emits=[JournalPosted])
post_arrivals = on_events(PayoutArrived, posting.post, emits=[JournalPosted])
start_releases = on_schedule("40 1 * * *", releasing.start_releases)
release_revenue = on_tasks(ReleaseRevenue, releasing.release_revenue, emits=[JournalPosted, RevenueReleased])
complete_periods = on_schedule("45 4 * * *", periods.complete_periods, emits=[PeriodChanged])
close_day = on_schedule("15 2 * * *", batches.close_day, ask=providers.days_with_journals)
summarise_batch = on_tasks(SummariseBatch, batches.summarise_batches)
release_batch = on_tasks(ReleaseBatch, batches.release_batches, ask=providers.count)
send_batch = on_tasks(SendBatch, batches.record_answers, ask=providers.send, emits=[BatchAccepted])
