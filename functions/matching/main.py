"""The functions of `matching`."""

from common.events.dunning import ReminderDoubted, ReminderDue
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.matching import (
    CreditNoteApplied,
    ItemOverdue,
    ItemReopened,
    ItemSettled,
    OverdueItemChanged,
    PaymentMatched,
    PaymentSuggested,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
    ReminderOwed,
    WriteOffDecided,
    WriteOffWithdrawn,
)
from common.events.members import MemberErased, MemberMerged
from common.events.payments import (
    CollectionAnnounced,
    PaymentFailed,
    PaymentReceived,
    PaymentRequested,
    PaymentReturned,
)
from common.functions import on_events, on_http, on_schedule, on_tasks
from common.transaction import forgetting
from functions.matching import api as routes
from functions.matching.handlers import (
    accounts,
    credit_notes,
    items,
    money,
    netting,
    reminders,
    returns,
    suggestions,
    unapplied,
)
from functions.matching.model import CheckReminder, Item, MarkOverdue, ReviewMoney, TryAgain

MATCHED = (PaymentMatched, PaymentSuggested, ItemSettled, OverdueItemChanged, WriteOffDecided)
CREDITED = (
    CreditNoteApplied, PaymentUnmatched, ItemSettled, OverdueItemChanged, RefundRequested, WriteOffWithdrawn,
)  # fmt: skip
RETURNED = (PaymentUnmatched, PaymentSuggested, ItemReopened, OverdueItemChanged, RefundWithdrawn)

api = on_http(routes.ROUTES, emits=(*MATCHED, PaymentUnmatched, ItemReopened, RefundRequested, WriteOffWithdrawn))
open_items = on_events(InvoiceIssued, items.open_items, emits=MATCHED)
match_payments = on_events(PaymentReceived, money.match_payments, emits=MATCHED)
try_again = on_tasks(TryAgain, money.try_again, emits=MATCHED)
apply_credit_notes = on_events(CreditNoteIssued, credit_notes.apply_credit_notes, emits=CREDITED)
take_returns = on_events(PaymentReturned, returns.take_returns, emits=RETURNED)
use_credit = on_events(CollectionAnnounced, netting.use_credit, emits=MATCHED)
note_requests = on_events(PaymentRequested, items.note_requests, emits=[OverdueItemChanged])
note_failures = on_events(PaymentFailed, items.note_failures, emits=[OverdueItemChanged])
mark_overdue = on_tasks(MarkOverdue, items.mark_overdue, emits=[ItemOverdue])
pass_on_reminders = on_events(ReminderDue, reminders.pass_on, emits=[ReminderOwed])
look_again_at_reminders = on_tasks(CheckReminder, reminders.look_again, emits=[ReminderOwed])
put_off_reminders = on_events(ReminderDoubted, reminders.put_off)
look_again = on_events(ItemSettled, suggestions.look_again, emits=MATCHED)
start_review = on_schedule("40 4 * * *", unapplied.start_review, ask=unapplied.aged)
review_money = on_tasks(ReviewMoney, unapplied.review_money, emits=[RefundRequested, PaymentSuggested])
forget_members = on_events(MemberErased, forgetting(Item))
forget_accounts = on_events(MemberErased, accounts.forget_members)
follow_merges = on_events(MemberMerged, accounts.follow_merges)
