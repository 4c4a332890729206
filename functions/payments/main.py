"""The functions of `payments`."""

from common.events.audit import FindingResolved, InvariantBroken
from common.events.invoicing import InvoiceIssued
from common.events.matching import CreditNoteApplied, ItemReopened, ItemSettled
from common.events.members import MemberErased
from common.events.payments import PaymentFailed, PaymentReceived, PaymentRequested
from common.functions import on_events, on_http, on_tasks
from common.parking import freezing
from common.transaction import forgetting
from functions.payments import api as routes
from functions.payments import handlers, providers, statements
from functions.payments.model import (
    AskProvider,
    ChargeAttempt,
    Payment,
    PaymentFreeze,
    ProcessWebhook,
    RetryPayment,
    TakeEntry,
)

ANSWERED = (PaymentReceived, PaymentFailed)

api = on_http(routes.ROUTES, emits=[PaymentReceived])
collect = on_events(InvoiceIssued, handlers.collect, emits=[PaymentRequested])
charge_attempts = on_tasks(ChargeAttempt, handlers.record_charges, ask=providers.charge, emits=ANSWERED)
ask_provider = on_tasks(AskProvider, handlers.record_findings, ask=providers.find_out, emits=ANSWERED)
process_webhook = on_tasks(ProcessWebhook, handlers.record_webhooks, ask=providers.look_up, emits=ANSWERED)
retry_payments = on_tasks(RetryPayment, handlers.retry, emits=[PaymentRequested])
stop_retries = on_events(ItemSettled, handlers.follow_items)
allow_retries = on_events(ItemReopened, handlers.follow_items)
lower_retries = on_events(CreditNoteApplied, handlers.follow_items)
take_entries = on_tasks(TakeEntry, statements.take_entries, emits=[PaymentReceived])
forget_members = on_events(MemberErased, forgetting(Payment))
freeze_members = on_events(InvariantBroken, freezing(PaymentFreeze))
unfreeze_members = on_events(FindingResolved, freezing(PaymentFreeze))
