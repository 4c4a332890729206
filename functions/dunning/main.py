"""The functions of `dunning`."""

from common.events.dunning import CaseClosed, ReminderDue
from common.events.matching import ItemOverdue, ItemReopened, ItemSettled, PaymentMatched, PaymentUnmatched
from common.events.payments import PaymentFailed, PaymentRequested
from common.functions import on_events, on_http, on_tasks
from functions.dunning import api as routes
from functions.dunning import handlers
from functions.dunning.model import TakeStep

api = on_http(routes.ROUTES, emits=[CaseClosed])
open_cases = on_events(ItemOverdue, handlers.open_cases, emits=[CaseClosed])
close_cases = on_events(ItemSettled, handlers.close_cases, emits=[CaseClosed])
note_reopened = on_events(ItemReopened, handlers.note_reopened)
note_matches = on_events(PaymentMatched, handlers.note_open)
note_unmatches = on_events(PaymentUnmatched, handlers.note_open)
note_requests = on_events(PaymentRequested, handlers.note_requests)
note_failures = on_events(PaymentFailed, handlers.note_failures)
take_steps = on_tasks(TakeStep, handlers.take_steps, emits=[ReminderDue])
