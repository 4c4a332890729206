"""Looking again later at what a notice is about, where nothing can be made of it yet."""

from common.failures import Rejected
from common.transaction import Transaction
from functions.payments.model.webhooks import (
    SOON,
    WAITS,
    LookAtDispute,
    LookAtMandate,
    LookAtPayout,
    LookAtRefund,
    LookAtSetUp,
)

Looking = LookAtRefund | LookAtDispute | LookAtPayout | LookAtSetUp | LookAtMandate


def look_later(task: Looking, code: str, why: str, transaction: Transaction) -> None:
    """Plans the next look; Rejected `code` after the last: a human looks."""
    waits = WAITS.get(code, SOON)
    if task.tries >= len(waits):
        raise Rejected(code, f"{task.provider} {task.type} {task.event_id}: {why} {task.provider_id}")
    again = task.model_copy(update={"tries": task.tries + 1})
    transaction.later(again, transaction.now + waits[task.tries])
