"""The functions of `members`."""

from common.events.members import MemberChanged, MemberErased, MemberMerged
from common.events.payments import PaymentMethodSetUp
from common.functions import on_events, on_http, on_tasks
from functions.members import api as routes
from functions.members import handlers, providers
from functions.members.checks import CheckVatId

api = on_http(routes.ROUTES, emits=[MemberChanged, MemberErased, MemberMerged])
check_vat_ids = on_tasks(CheckVatId, handlers.record_answers, ask=providers.check, emits=[MemberChanged])
take_methods = on_events(PaymentMethodSetUp, handlers.take_methods, emits=[MemberChanged])
