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
from functions.payments.handlers import collecting, statements, webhooks
from functions.payments.model.payments import (
    AskProvider,
    ChargeAttempt,
    Payment,
    PaymentFreeze,
    ProcessWebhook,
    RetryPayment,
)
from functions.payments.model.statements import TakeEntry
from functions.payments.providers import asking

ANSWERED = (PaymentReceived, PaymentFailed)

api = on_http(routes.ROUTES, emits=[PaymentReceived])
collect = on_events(InvoiceIssued, collecting.collect, emits=[PaymentRequested])
charge_attempts = on_tasks(ChargeAttempt, collecting.record_charges, ask=asking.charge, emits=ANSWERED)
ask_provider = on_tasks(AskProvider, collecting.record_findings, ask=asking.find_out, emits=ANSWERED)
process_webhook = on_tasks(ProcessWebhook, webhooks.record_webhooks, ask=asking.look_up, emits=ANSWERED)
retry_payments = on_tasks(RetryPayment, collecting.retry, emits=[PaymentRequested])
stop_retries = on_events(ItemSettled, collecting.follow_items)
allow_retries = on_events(ItemReopened, collecting.follow_items)
lower_retries = on_events(CreditNoteApplied, collecting.follow_items)
take_entries = on_tasks(TakeEntry, statements.take_entries, emits=[PaymentReceived])
forget_members = on_events(MemberErased, forgetting(Payment))
freeze_members = on_events(InvariantBroken, freezing(PaymentFreeze))
unfreeze_members = on_events(FindingResolved, freezing(PaymentFreeze))
