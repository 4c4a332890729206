"""Asking providers what has changed since we last knew everything; who does not answer is asked again the next hour."""

from collections.abc import Sequence
from datetime import timedelta

from common.failures import TryLater
from common.functions.declared import Tick
from common.world import World
from functions.payments.model.asking import ProviderName
from functions.payments.model.webhooks import FIRST, OVERLAP, Changed, PollCursor, PollProvider
from functions.payments.providers.asking import Chosen, at_once
from functions.payments.providers.choosing import in_use, provider_named


def in_use_now(ticks: Sequence[Tick], world: World) -> list[list[ProviderName]]:
    """The providers there are credentials for."""
    return [in_use(world.settings) for _ in ticks]


def changed(tasks: Sequence[PollProvider], world: World, chosen: Chosen | None = None) -> list[Changed]:
    """What has changed at each; a provider that can't say is silent, which is no failure of ours."""
    named = chosen or provider_named(world.settings)
    cursors = world.read.find_all(PollCursor, [task.provider for task in tasks])
    pairs = list(zip(tasks, cursors, strict=True))
    return at_once(lambda pair: _changed(named, *pair, world), pairs)


def _changed(named: Chosen, task: PollProvider, cursor: PollCursor | None, world: World) -> Changed:
    now = world.now
    since = (cursor.since if cursor else now - FIRST) - OVERLAP
    try:
        told = named(task.provider).changes(since)
    except TryLater as later:
        return Changed(asked_at=now, silent=str(later) or "no answer")
    whole_second = now - timedelta(microseconds=now.microsecond)
    return Changed(asked_at=whole_second, notices=tuple(notice for notice in told if notice.about))
