"""The functions of `charging`."""

from common.events.charging import ChargeAccepted
from common.events.members import MemberChanged
from common.functions import on_events, on_http
from functions.charging import api as routes
from functions.charging import handlers

api = on_http(routes.ROUTES, emits=[ChargeAccepted])
learn_payers = on_events(MemberChanged, handlers.learn_payers)
