"""The functions of audit."""

from common.events.audit import FindingResolved, InvariantBroken
from common.events.members import MemberErased
from common.functions import on_events, on_http, on_schedule, on_task, on_tasks
from functions.audit.api import ROUTES
from functions.audit.findings import LookAgain, ProveMembers
from functions.audit.handlers import erasing, proving
from functions.audit.model import ErasePersonal

TOLD = (InvariantBroken, FindingResolved)

api = on_http(ROUTES, emits=[FindingResolved])
plan_erasure = on_events(MemberErased, erasing.plan_erasure)
erase_personal = on_task(ErasePersonal, erasing.erase_personal, ask=erasing.find_erasable)
prove = on_schedule("30 3 * * *", proving.start_proof)
prove_members = on_tasks(ProveMembers, proving.record_pages, ask=proving.look_at_pages, emits=TOLD)
look_again = on_tasks(LookAgain, proving.record_again, ask=proving.look_at_members, emits=TOLD)
