"""Asking providers for their payouts and what they are made of."""

from collections.abc import Sequence

from common.world import World
from functions.payments.model.asking import PayoutSaid
from functions.payments.model.webhooks import LookAtPayout
from functions.payments.providers.asking import Chosen, at_once
from functions.payments.providers.choosing import provider_named


def look_at(tasks: Sequence[LookAtPayout], world: World, chosen: Chosen | None = None) -> list[PayoutSaid]:
    """Payouts with every line they are made of."""
    named = chosen or provider_named(world.settings)
    return at_once(lambda task: named(task.provider).get_payout(task.provider_id), tasks)
