"""The functions of `charging`."""

from common.events.charging import ChargeAccepted
from common.events.members import MemberChanged
from common.functions import on_events, on_http, on_tasks
from functions.charging import api as routes
from functions.charging import tasks
from functions.charging.handlers import parked, payers

api = on_http(routes.ROUTES, emits=[ChargeAccepted])
learn_payers = on_events(MemberChanged, payers.learn_payers)
rate_parked = on_tasks(tasks.RateParked, parked.rate_next, emits=[ChargeAccepted])
move_charges = on_tasks(tasks.MoveCharges, payers.move_charges)
