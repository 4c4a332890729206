"""The functions of `notifications`."""

from common.events.dunning import ReminderDue
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.matching import CreditNoteApplied, ItemSettled
from common.events.members import MemberErased
from common.events.notifications import NotificationSent, NotificationSuppressed
from common.functions import on_events, on_http, on_tasks
from common.transaction import forgetting
from functions.notifications import api as routes
from functions.notifications import handlers, providers
from functions.notifications.model import Notification, SendNotification

api = on_http(routes.ROUTES)
tell_of_invoices = on_events(InvoiceIssued, handlers.tell_of_invoices)
tell_of_credit_notes = on_events(CreditNoteIssued, handlers.tell_of_credit_notes)
tell_what_became_of_credit_notes = on_events(CreditNoteApplied, handlers.tell_what_became_of_credit_notes)
tell_of_reminders = on_events(ReminderDue, handlers.tell_of_reminders)
tell_of_receipts = on_events(ItemSettled, handlers.tell_of_receipts)
send = on_tasks(
    SendNotification, handlers.record_answers, ask=providers.send, emits=[NotificationSent, NotificationSuppressed]
)
forget_members = on_events(MemberErased, forgetting(Notification))
