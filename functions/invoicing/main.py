"""The functions of `invoicing`."""

from common.events.audit import FindingResolved, InvariantBroken
from common.events.charging import ChargeAccepted
from common.events.invoicing import CreditNoteIssued, DocumentArchived, InvoiceIssued, RunCompleted
from common.events.members import MemberChanged, MemberMerged
from common.functions import on_events, on_http, on_schedule, on_task, on_tasks
from common.parking import freezing
from functions.invoicing import api as routes
from functions.invoicing import providers, tasks
from functions.invoicing.handlers import archive, bills, merging, runs_freezing, runs_issuing, runs_starting
from functions.invoicing.model.bills import InvoicingFreeze

api = on_http(routes.ROUTES, emits=[CreditNoteIssued, InvoiceIssued])

collect_charges = on_events(ChargeAccepted, bills.collect_charges)
keep_recipients = on_events(MemberChanged, bills.keep_recipients)
follow_merges = on_events(MemberMerged, merging.follow_merges)
move_bills = on_task(tasks.MoveBills, merging.move_bills)
freeze_members = on_events(InvariantBroken, freezing(InvoicingFreeze))
unfreeze_members = on_events(FindingResolved, freezing(InvoicingFreeze))

freeze_page = on_task(tasks.FreezePage, runs_freezing.freeze_page)
issue_page = on_task(tasks.IssuePage, runs_issuing.issue_page, emits=[InvoiceIssued])
advance_run = on_task(tasks.AdvanceRun, runs_issuing.advance_run, ask=providers.tally, emits=[RunCompleted])
start_due_runs = on_schedule("20 5 * * *", runs_starting.start_due_runs)

render_invoices = on_tasks(
    tasks.RenderInvoice, archive.note_documents, ask=providers.file_invoices, emits=[DocumentArchived]
)
render_credit_notes = on_tasks(
    tasks.RenderCreditNote, archive.note_documents, ask=providers.file_credit_notes, emits=[DocumentArchived]
)
