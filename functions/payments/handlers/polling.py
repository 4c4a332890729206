"""Asking providers what has changed, every hour: a webhook that never came becomes the same task a little later."""

from collections.abc import Sequence
from datetime import timedelta

from common.events.base import Fact
from common.transaction import Transaction
from functions.payments.handlers.webhooks import take_in
from functions.payments.model.asking import ProviderName
from functions.payments.model.webhooks import (
    FIRST,
    PAGE,
    SILENT_FOR,
    Changed,
    PollCursor,
    PollProvider,
    ProviderEvent,
    ReportEvent,
    event_key,
)


def start_polls(_: Fact, names: Sequence[ProviderName], transaction: Transaction) -> None:
    """Asks each provider in use, a second apart: each has a commit of its own, so that none waits for another."""
    for number, name in enumerate(names):
        transaction.later(PollProvider(provider=name), transaction.now + timedelta(seconds=number))


def record_changes(tasks: Sequence[PollProvider], answers: Sequence[Changed], transaction: Transaction) -> None:
    """Makes a task of each change that no webhook has told, and moves the cursor once all are known."""
    pairs = list(zip(tasks, answers, strict=True))
    known = transaction.find_all(PollCursor, [task.provider for task in tasks])
    cursors = {task.provider: cursor for task, cursor in zip(tasks, known, strict=True)}
    transaction.find_all(ProviderEvent, [event_key(t.provider, notice) for t, a in pairs for notice in a.notices])
    for task, answer in pairs:
        cursor = cursors[task.provider] or PollCursor(id=task.provider, since=answer.asked_at - FIRST)
        if answer.silent:
            _note_silence(task, cursor, answer, transaction)
        else:
            _note_changes(task, cursor, answer, transaction)


def _note_changes(task: PollProvider, cursor: PollCursor, answer: Changed, transaction: Transaction) -> None:
    """What is left goes on in a further round, which passes over what this one has taken."""
    began_at = task.began_at or answer.asked_at
    if take_in(task.provider, answer.notices, "poll", transaction, most=PAGE):
        transaction.later(task.model_copy(update={"began_at": began_at}))
    else:
        transaction.put(cursor.but(since=max(cursor.since, began_at), silent=0))


def _note_silence(task: PollProvider, cursor: PollCursor, answer: Changed, transaction: Transaction) -> None:
    """The cursor stays where it is, so that the next poll covers the gap; a long silence is told to people."""
    after = cursor.but(silent=cursor.silent + 1)
    transaction.put(after)
    if after.silent % SILENT_FOR == 0:
        transaction.later(
            ReportEvent(
                provider=task.provider,
                event_id=f"poll {answer.asked_at.isoformat()}",
                code="provider_silent",
                detail=f"{after.silent} polls without an answer: {answer.silent}",
            )
        )
