"""What the platform asks payment providers, put to the simulated ones."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from functions.payments.providers import asking, disputing, inviting, methods, polling, refunding, settling


def asked_of_providers(providers: Mapping[str, Any]) -> dict[str, Callable[..., Sequence[Any]]]:
    """By function, its question, asked of these."""
    asks: dict[str, Callable[..., Sequence[Any]]] = {
        "payments-charge-attempts": asking.charge,
        "payments-ask-provider": asking.find_out,
        "payments-process-webhook": asking.look_up,
        "payments-note-changes": polling.changed,
        "payments-invite-members": inviting.invite,
        "payments-look-at-checkouts": inviting.look,
        "payments-close-pages": inviting.close,
        "payments-send-refunds": refunding.send,
        "payments-ask-refunds": refunding.find_out,
        "payments-look-at-refunds": refunding.look_at,
        "payments-look-at-disputes": disputing.look_at,
        "payments-answer-disputes": disputing.answer,
        "payments-look-at-payouts": settling.look_at,
        "payments-look-at-set-ups": methods.look_at,
        "payments-look-at-mandates": methods.look_at,
    }
    chosen = providers.__getitem__
    return {name: _one_by_one(partial(ask, chosen=chosen)) for name, ask in asks.items()}


def _one_by_one(ask: Callable[..., Sequence[Any]]) -> Callable[..., Sequence[Any]]:
    """The same, a slice's questions one after the other: threads would make their own order, and share the clock."""
    return lambda tasks, world: [answer for task in tasks for answer in ask([task], world)]
