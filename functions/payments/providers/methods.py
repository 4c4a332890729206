"""Asking providers what became of methods that were set up, and whether mandates are still good."""

from collections.abc import Sequence

from common.world import World
from functions.payments.model.asking import SetUp
from functions.payments.model.webhooks import LookAtMandate, LookAtSetUp
from functions.payments.providers.asking import Chosen, at_once
from functions.payments.providers.choosing import provider_named


def look_at(tasks: Sequence[LookAtSetUp | LookAtMandate], world: World, chosen: Chosen | None = None) -> list[SetUp]:
    """The providers' present word on set-ups, or on mandates."""
    named = chosen or provider_named(world.settings)
    return at_once(lambda task: named(task.provider).get_set_up(task.provider_id), tasks)
