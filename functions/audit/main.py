"""The functions of audit."""

from common.events.members import MemberErased
from common.functions import on_events, on_http, on_task
from functions.audit import handlers
from functions.audit.api import ROUTES
from functions.audit.model import ErasePersonal

api = on_http(ROUTES)
plan_erasure = on_events(MemberErased, handlers.plan_erasure)
erase_personal = on_task(ErasePersonal, handlers.erase_personal, ask=handlers.find_erasable)
