"""What providers tell of methods that were set up and of mandates: kept, or not used any more."""

from collections.abc import Iterable, Sequence
from typing import Final

from common.transaction import Transaction
from functions.payments.handlers.collecting import MOST_OPEN, give_up
from functions.payments.handlers.looking import look_later
from functions.payments.handlers.recording_checkouts import known_checkouts, record_set_up
from functions.payments.handlers.succession import forerunners
from functions.payments.model.asking import SetUp
from functions.payments.model.ended_means import MANDATE_ENDED, EndedMeans, means_ids
from functions.payments.model.kept import KeptMethod
from functions.payments.model.payments import BY_FILE, Payment, may_retry
from functions.payments.model.webhooks import WAITS, LookAtMandate, LookAtSetUp

MOST_SHARING: Final = 20
"""So many members at most are looked for who use the same mandate; of further ones it is found when it is used."""
LOOK_ONCE_MORE: Final = WAITS["unknown_payment"][3]
"""After what has changed: of two answers that were asked for at the same moment the older may be written last."""
SILENT: Final = frozenset({"unknown", "not_found"})


def record_set_ups(tasks: Sequence[LookAtSetUp], answers: Sequence[SetUp], transaction: Transaction) -> None:
    """Keeps methods that members have set up on a provider's page, each once, whoever tells of it first.

    Rejected `provider_silent` where nobody answers, `unknown_set_up` where it stays none of ours.
    """
    known = known_checkouts([said.invitation_id for said in answers], transaction)
    for task, said in zip(tasks, answers, strict=True):
        if said.outcome in SILENT:
            look_later(task, "provider_silent", "the provider does not answer about", transaction)
        elif not record_set_up(said, known, transaction):
            look_later(task, "unknown_set_up", "we invited nobody to", transaction)


def record_mandates(tasks: Sequence[LookAtMandate], answers: Sequence[SetUp], transaction: Transaction) -> None:
    """Notes mandates that have ended at their provider, or are in force again; nothing is asked for by an ended one.

    Members whose collections were planned with it are asked for another method at once, others with their next
    invoice. Rejected `provider_silent` where nobody answers.
    """
    pairs = list(zip(tasks, answers, strict=True))
    by_task = [means_ids(task.provider, _token(task, said)) for task, said in pairs]
    found = transaction.find_all(EndedMeans, list(dict.fromkeys(one for ids in by_task for one in ids)))
    known = {one.id: one for one in found if one is not None}
    affected = {
        task.event_id: _planned(ids, said, transaction) for (task, said), ids in zip(pairs, by_task, strict=True)
    }
    given_up: set[str] = set()
    for (task, said), ids in zip(pairs, by_task, strict=True):
        if said.outcome in SILENT:
            look_later(task, "provider_silent", "the provider does not answer about", transaction)
        elif _noted(task, said, ids, known, transaction) and said.outcome == "failed":
            fresh = [one for one in affected[task.event_id] if one.id not in given_up]
            given_up |= {one.id for one in fresh}
            for payment in fresh:
                give_up(payment, transaction, MANDATE_ENDED)


def _token(task: LookAtMandate, said: SetUp) -> str:
    """As a member's token names it; of one that has ended some providers tell no more than its own id."""
    return said.token or said.provider_id or task.provider_id


def _noted(
    task: LookAtMandate, said: SetUp, ids: Iterable[str], known: dict[str, EndedMeans], transaction: Transaction
) -> bool:
    """Whether what the provider says is new; one that has always been good leaves no trace."""
    ended = said.outcome == "failed"
    new = [one for one in ids if (known[one].ended if one in known else False) != ended]
    for one in new:
        now = transaction.now
        fresh = EndedMeans(id=one, provider=task.provider, ended=ended, code=said.code, said_at=now)
        known[one] = after = known.get(one, fresh).but(ended=ended, code=said.code, said_at=now)
        transaction.put(after)
    if new:
        transaction.later(task.model_copy(update={"tries": 0}), transaction.now + LOOK_ONCE_MORE)
    return bool(new)


def _planned(ids: Sequence[str], said: SetUp, transaction: Transaction) -> list[Payment]:
    """The collections that are planned with an ended mandate, of all members who are known to use it."""
    if said.outcome != "failed":
        return []
    kept = [one for means in ids for one in transaction.select(KeptMethod, means=means, limit=MOST_SHARING)]
    members = dict.fromkeys([*(one.member_id for one in kept), *([said.member_id] if said.member_id else [])])
    everybody = dict.fromkeys([*members, *(one for name in members for one in forerunners(name, transaction))])
    found = [
        payment
        for member_id in everybody
        for state in ("requested", "failed")
        for payment in transaction.select(Payment, member_id=member_id, state=state, limit=MOST_OPEN)
    ]
    return [one for one in found if _uses(one, ids)]


def _uses(payment: Payment, ids: Sequence[str]) -> bool:
    planned = payment.next_at is not None and may_retry(payment) and payment.provider != BY_FILE
    return planned and bool(set(means_ids(payment.provider, payment.token)) & set(ids))
