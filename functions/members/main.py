"""The functions of `members`."""

from common.events.members import MemberChanged, MemberErased, MemberMerged
from common.functions import on_http, on_tasks
from functions.members import api as routes
from functions.members import handlers, providers
from functions.members.checks import CheckVatId

api = on_http(routes.ROUTES, emits=[MemberChanged, MemberErased, MemberMerged])
check_vat_ids = on_tasks(CheckVatId, handlers.record_answers, ask=providers.check, emits=[MemberChanged])
