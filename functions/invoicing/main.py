"""The functions of `invoicing`."""

from common.events.audit import FindingResolved, InvariantBroken
from common.events.charging import ChargeAccepted
from common.events.invoicing import CreditNoteIssued, DocumentArchived, InvoiceIssued, RunCompleted
from common.events.members import MemberChanged
from common.functions import on_events, on_http, on_task, on_tasks
from common.parking import freezing
from functions.invoicing import api as routes
from functions.invoicing import providers, tasks
from functions.invoicing.handlers import archive, bills, runs
from functions.invoicing.model.bills import InvoicingFreeze

api = on_http(routes.ROUTES, emits=[CreditNoteIssued])

collect_charges = on_events(ChargeAccepted, bills.collect_charges)
keep_recipients = on_events(MemberChanged, bills.keep_recipients)
freeze_members = on_events(InvariantBroken, freezing(InvoicingFreeze))
unfreeze_members = on_events(FindingResolved, freezing(InvoicingFreeze))

freeze_page = on_task(tasks.FreezePage, runs.freeze_page)
issue_page = on_task(tasks.IssuePage, runs.issue_page, emits=[InvoiceIssued])
complete_run = on_task(tasks.CompleteRun, runs.complete_run, ask=providers.tally, emits=[RunCompleted])

render_invoices = on_tasks(
    tasks.RenderInvoice, archive.note_documents, ask=providers.file_invoices, emits=[DocumentArchived]
)
render_credit_notes = on_tasks(
    tasks.RenderCreditNote, archive.note_documents, ask=providers.file_credit_notes, emits=[DocumentArchived]
)
