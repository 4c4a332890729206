"""The functions of `notifications`."""

from common.events.dunning import ReminderDoubted
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.mandates import DebitAnnounced, MandateChanged
from common.events.matching import CreditNoteApplied, ItemReopened, ItemSettled, OverdueItemChanged, PaymentMatched
from common.events.members import MemberChanged, MemberErased
from common.events.notifications import NotificationSent, NotificationSuppressed
from common.events.payments import (
    CollectionAnnounced,
    DisputeOpened,
    PaymentActionRequired,
    PaymentExpected,
    PaymentFailed,
    PaymentMethodSetUp,
    PaymentReceived,
    PaymentReturned,
    RefundPaid,
    ReminderConfirmed,
)
from common.functions import on_events, on_http, on_tasks
from common.transaction import forgetting
from functions.notifications import api as routes
from functions.notifications.handlers import (
    collecting,
    documents,
    following,
    methods,
    receipts,
    refunds,
    reminding,
    sending,
)
from functions.notifications.knowledge import Addressee, KnownMandate
from functions.notifications.model import Notification, SendNotification
from functions.notifications.providers import mailing

api = on_http(routes.ROUTES)
tell_of_invoices = on_events(InvoiceIssued, documents.tell_of_invoices)
tell_of_credit_notes = on_events(CreditNoteIssued, documents.tell_of_credit_notes)
tell_what_became_of_credit_notes = on_events(CreditNoteApplied, documents.tell_what_became_of_credit_notes)
tell_of_reminders = on_events(ReminderConfirmed, reminding.tell_of_reminders, emits=[ReminderDoubted])
tell_of_receipts = on_events(ItemSettled, receipts.tell_of_receipts, emits=[NotificationSuppressed])
tell_of_parts = on_events(PaymentMatched, receipts.tell_of_parts)
tell_of_payments = on_events(PaymentReceived, receipts.tell_of_payments)
tell_of_failures = on_events(PaymentFailed, collecting.tell_of_failures)
tell_of_questions = on_events(PaymentActionRequired, collecting.tell_of_questions)
tell_of_returns = on_events(PaymentReturned, collecting.tell_of_returns)
tell_of_debits = on_events(DebitAnnounced, collecting.tell_of_debits)
tell_of_mandates = on_events(MandateChanged, methods.tell_of_mandates)
tell_of_methods = on_events(PaymentMethodSetUp, methods.tell_of_methods)
tell_of_refunds = on_events(RefundPaid, refunds.tell_of_refunds)
tell_of_disputes = on_events(DisputeOpened, refunds.tell_of_disputes)
keep_addressees = on_events(MemberChanged, following.keep_addressees)
follow_reopened = on_events(ItemReopened, following.follow_items)
follow_overdue = on_events(OverdueItemChanged, following.follow_items)
follow_collections = on_events(CollectionAnnounced, following.follow_collections)
follow_money = on_events(PaymentExpected, following.follow_money)
send = on_tasks(
    SendNotification,
    sending.record_answers,
    ask=mailing.send,
    emits=[NotificationSent, NotificationSuppressed, ReminderDoubted],
)
forget_members = on_events(MemberErased, forgetting(Notification))
forget_addressees = on_events(MemberErased, forgetting(Addressee))
forget_mandates = on_events(MemberErased, forgetting(KnownMandate))
