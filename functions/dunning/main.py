"""The functions of `dunning`."""

from common.events.audit import FindingResolved, InvariantBroken
from common.events.dunning import CaseClosed, ReminderDue
from common.events.matching import ItemOverdue, OverdueItemChanged, PaymentSuggested
from common.events.members import MemberErased
from common.events.payments import DisputeClosed, DisputeOpened, PaymentActionRequired, PaymentExpected
from common.functions import on_events, on_http, on_tasks
from common.parking import freezing
from common.transaction import forgetting
from functions.dunning import api as routes
from functions.dunning import handlers
from functions.dunning.model import Case, DunningFreeze, TakeStep

api = on_http(routes.ROUTES, emits=[CaseClosed])
open_cases = on_events(ItemOverdue, handlers.open_cases, emits=[CaseClosed])
follow_items = on_events(OverdueItemChanged, handlers.follow_items, emits=[CaseClosed])
take_steps = on_tasks(TakeStep, handlers.take_steps, emits=[ReminderDue])
wait_for_money = on_events(PaymentExpected, handlers.note_holds)
wait_for_decisions = on_events(PaymentSuggested, handlers.note_holds)
wait_for_members = on_events(PaymentActionRequired, handlers.note_holds)
wait_for_disputes = on_events(DisputeOpened, handlers.note_holds)
follow_disputes = on_events(DisputeClosed, handlers.note_holds)
forget_members = on_events(MemberErased, forgetting(Case))
freeze_members = on_events(InvariantBroken, freezing(DunningFreeze))
unfreeze_members = on_events(FindingResolved, freezing(DunningFreeze))
