"""The functions of `payments`."""

from common.events.audit import FindingResolved, InvariantBroken
from common.events.dunning import ReminderDoubted
from common.events.invoicing import InvoiceIssued
from common.events.mandates import DebitAnnounced, MandateChanged
from common.events.matching import (
    CreditNoteApplied,
    ItemReopened,
    ItemSettled,
    PaymentMatched,
    PaymentSuggested,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
    ReminderOwed,
)
from common.events.members import MemberChanged, MemberErased, MemberMerged
from common.events.payments import (
    BankEntryBooked,
    CollectionAnnounced,
    DisputeClosed,
    DisputeOpened,
    PaymentActionRequired,
    PaymentExpected,
    PaymentFailed,
    PaymentMethodSetUp,
    PaymentReceived,
    PaymentRequested,
    PaymentReturned,
    PayoutArrived,
    PayoutSettled,
    RefundFailed,
    RefundPaid,
    ReminderConfirmed,
)
from common.functions import on_events, on_http, on_schedule, on_task, on_tasks
from common.parking import freezing
from common.transaction import forgetting
from functions.payments import api as routes
from functions.payments.handlers import (
    announcing,
    collecting,
    debit_batches,
    debits,
    disputes,
    inbox,
    mandates,
    merging,
    methods,
    payables,
    payouts,
    polling,
    recording_checkouts,
    refunds,
    reminders,
    statements,
    transfers,
    webhooks,
)
from functions.payments.handlers.one_by_one import one_by_one
from functions.payments.model.checkouts import ClosePage, InviteMember, LookAtCheckout
from functions.payments.model.debit_batches import FileBatch, RejectDebits, SealBatch, SettleGroup
from functions.payments.model.debits import AnnounceDebit, CollectWaiting, ConfirmReturn, TakeDebitBooking
from functions.payments.model.disputes import AnswerDispute, RemindOfDispute
from functions.payments.model.mandates import ExpireMandate, ForgetMandate
from functions.payments.model.payments import (
    AnnounceCollection,
    AskProvider,
    ChargeAttempt,
    Payment,
    PaymentFreeze,
    RetryPayment,
)
from functions.payments.model.payouts import ExplainPage
from functions.payments.model.refunds import AskRefund, BeginRefund, SendRefund
from functions.payments.model.statements import TakeArrival, TakeSlice, TakeStatementFile
from functions.payments.model.successors import FollowMerge
from functions.payments.model.transfers import FileTransfers, SealTransfers, SettleTransfers, TakeTransferBooking
from functions.payments.model.webhooks import (
    LookAtDispute,
    LookAtMandate,
    LookAtPayout,
    LookAtRefund,
    LookAtSetUp,
    PollProvider,
    ProcessWebhook,
    ReportEvent,
)
from functions.payments.providers import asking, debit_files, disputing, inviting, refunding, settling, transfer_files
from functions.payments.providers import methods as set_up
from functions.payments.providers import polling as changes

BOOKED = (BankEntryBooked, PaymentReceived, PaymentReturned)
ANSWERED = (PaymentReceived, PaymentFailed, CollectionAnnounced, PaymentActionRequired)
HEARD = (*ANSWERED, PaymentExpected)
PAID = (PaymentReceived, PaymentMethodSetUp, PaymentExpected)

api = on_http(routes.ROUTES, emits=[*ANSWERED, *BOOKED])
GIVEN_UP = (PaymentFailed, PaymentActionRequired)
collect = on_events(InvoiceIssued, collecting.collect, emits=[CollectionAnnounced, *GIVEN_UP])
announce_collections = on_tasks(AnnounceCollection, collecting.announce_collections, emits=[CollectionAnnounced])
charge_attempts = on_tasks(ChargeAttempt, collecting.record_charges, ask=asking.charge, emits=ANSWERED)
ask_provider = on_tasks(AskProvider, collecting.record_findings, ask=asking.find_out, emits=ANSWERED)
process_webhook = on_tasks(ProcessWebhook, webhooks.record_webhooks, ask=asking.look_up, emits=HEARD)
poll_providers = on_schedule("25 * * * *", polling.start_polls, ask=changes.in_use_now)
note_changes = on_tasks(PollProvider, polling.record_changes, ask=changes.changed)
report_events = on_task(ReportEvent, webhooks.report_event)
retry_payments = on_tasks(
    RetryPayment, collecting.retry, emits=[PaymentRequested, CollectionAnnounced, PaymentFailed, PaymentActionRequired]
)
stop_retries = on_events(ItemSettled, collecting.follow_items)
allow_retries = on_events(ItemReopened, collecting.follow_items)
lower_retries = on_events(CreditNoteApplied, collecting.follow_items)
note_suggestions = on_events(PaymentSuggested, collecting.note_suggestions, emits=[CollectionAnnounced])
follow_matches = on_events(PaymentMatched, collecting.follow_items)
follow_unmatches = on_events(PaymentUnmatched, collecting.follow_items)
take_new_means = on_events(MemberChanged, collecting.take_new_means, emits=[CollectionAnnounced])
take_slices = on_tasks(TakeSlice, statements.take_slices, ask=inbox.open_slices, emits=BOOKED)
look_into_inbox = on_schedule("*/5 * * * *", inbox.note_files, ask=inbox.look)
take_statement_files = on_tasks(TakeStatementFile, inbox.take_files, ask=inbox.prepare, emits=BOOKED)
take_arrivals = on_tasks(TakeArrival, one_by_one(statements.take_arrival), emits=[PayoutArrived])
forget_members = on_events(MemberErased, forgetting(Payment))
freeze_members = on_events(InvariantBroken, freezing(PaymentFreeze))
unfreeze_members = on_events(FindingResolved, freezing(PaymentFreeze))
note_invoices = on_events(InvoiceIssued, payables.note_invoices)
note_matches = on_events(PaymentMatched, payables.follow_payables)
note_unmatches = on_events(PaymentUnmatched, payables.follow_payables)
note_settled = on_events(ItemSettled, payables.follow_payables)
note_reopened = on_events(ItemReopened, payables.follow_payables)
note_credits = on_events(CreditNoteApplied, payables.follow_payables)
note_members = on_events(MemberChanged, payables.follow_members)
confirm_reminders = on_events(ReminderOwed, reminders.confirm, emits=[ReminderConfirmed, ReminderDoubted])
invite_members = on_tasks(InviteMember, recording_checkouts.record_invitations, ask=inviting.invite)
close_pages = on_tasks(ClosePage, recording_checkouts.record_closed, ask=inviting.close)
look_at_checkouts = on_tasks(LookAtCheckout, recording_checkouts.record_looks, ask=inviting.look, emits=PAID)
look_at_set_ups = on_tasks(LookAtSetUp, methods.record_set_ups, ask=set_up.look_at, emits=PAID)
look_at_mandates = on_tasks(LookAtMandate, methods.record_mandates, ask=set_up.look_at, emits=GIVEN_UP)
forget_payers = on_events(MemberErased, payables.forget)

REFUNDED = (RefundPaid, RefundFailed)
DISPUTED = (DisputeOpened, DisputeClosed, PaymentReturned, PaymentReceived)

begin_refunds = on_events(RefundRequested, refunds.take_wishes)
withdraw_refunds = on_events(RefundWithdrawn, refunds.withdraw)
begin_waiting_refunds = on_tasks(BeginRefund, refunds.begin_waiting)
send_refunds = on_tasks(SendRefund, refunds.record_sent, ask=refunding.send, emits=REFUNDED)
ask_refunds = on_tasks(AskRefund, refunds.record_findings, ask=refunding.find_out, emits=REFUNDED)
look_at_refunds = on_tasks(LookAtRefund, refunds.record_looks, ask=refunding.look_at, emits=REFUNDED)
look_at_disputes = on_tasks(LookAtDispute, disputes.record_looks, ask=disputing.look_at, emits=DISPUTED)
answer_disputes = on_tasks(AnswerDispute, disputes.record_responses, ask=disputing.answer)
start_transfers = on_schedule("10 6 * * 1-5", transfers.start_transfers)
seal_transfers = on_tasks(SealTransfers, one_by_one(transfers.seal))
file_transfers = on_task(FileTransfers, transfers.note_file, ask=transfer_files.write)
take_transfer_bookings = on_tasks(TakeTransferBooking, one_by_one(transfers.take_booking), emits=REFUNDED)
settle_transfers = on_tasks(SettleTransfers, one_by_one(transfers.settle), emits=REFUNDED)
remind_of_disputes = on_tasks(RemindOfDispute, disputes.remind)
look_at_payouts = on_tasks(LookAtPayout, payouts.record_looks, ask=settling.look_at, emits=[PayoutSettled])
explain_payouts = on_tasks(ExplainPage, one_by_one(payouts.explain), emits=[PayoutSettled])

BEGUN = (PaymentRequested, DebitAnnounced, PaymentFailed, PaymentActionRequired)
TURNED = (PaymentReceived, PaymentReturned, PaymentFailed, PaymentActionRequired, MandateChanged)

begin_debits = on_events(InvoiceIssued, announcing.announce, emits=BEGUN)
announce_debits = on_tasks(AnnounceDebit, announcing.announce_debits, emits=BEGUN)
collect_waiting = on_tasks(CollectWaiting, one_by_one(announcing.collect_waiting))
hand_in_debits = on_schedule("0 6 * * 1-5", debit_batches.start_batches)
seal_batches = on_tasks(SealBatch, one_by_one(debit_batches.seal_batch), emits=[PaymentFailed, PaymentActionRequired])
file_batches = on_task(FileBatch, debit_batches.note_file, ask=debit_files.write)
reject_debits = on_tasks(RejectDebits, one_by_one(debits.reject_debits), emits=TURNED)
settle_groups = on_tasks(SettleGroup, one_by_one(debits.settle_group), emits=TURNED)
take_debit_bookings = on_tasks(TakeDebitBooking, debits.take_bookings, emits=TURNED)
confirm_returns = on_tasks(ConfirmReturn, one_by_one(debits.confirm_return), emits=TURNED)
follow_merges = on_events(MemberMerged, merging.follow_merges)
hand_over = on_tasks(FollowMerge, one_by_one(merging.follow_merge), emits=[MandateChanged])
expire_mandates = on_tasks(ExpireMandate, one_by_one(mandates.expire_mandate), emits=[MandateChanged])
forget_mandates = on_events(MemberErased, mandates.forget_mandates, emits=[MandateChanged])
forget_old_mandates = on_tasks(ForgetMandate, one_by_one(mandates.forget_mandate))
