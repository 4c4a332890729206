"""The functions of audit."""

from functools import partial

from common.events.audit import FindingResolved, InvariantBroken, ProofCompleted
from common.events.members import MemberErased
from common.functions import on_events, on_http, on_schedule, on_task, on_tasks
from functions.audit import providers
from functions.audit.api import ROUTES
from functions.audit.findings import LookAgain, ProveMembers
from functions.audit.handlers import daily_proof, erasing, proving
from functions.audit.model import ErasePersonal
from functions.audit.proof.model import ProveDay

TOLD = (InvariantBroken, FindingResolved)

api = on_http(ROUTES, emits=[FindingResolved])
plan_erasure = on_events(MemberErased, erasing.plan_erasure)
erase_personal = on_task(ErasePersonal, erasing.erase_personal, ask=erasing.find_erasable)
prove = on_schedule("30 3 * * *", proving.start_proof)
prove_members = on_tasks(ProveMembers, proving.record_pages, ask=proving.look_at_pages, emits=TOLD)
look_again = on_tasks(LookAgain, proving.record_again, ask=proving.look_at_members, emits=TOLD)
start_daily_proof = on_schedule("50 3 * * *", daily_proof.start_daily_proof)
prove_days = on_tasks(
    ProveDay,
    daily_proof.record_days,
    ask=partial(daily_proof.prove_days, ask_sap=providers.balances),
    emits=[*TOLD, ProofCompleted],
)
