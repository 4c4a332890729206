"""Asking providers how disputes stand, and answering them."""

from collections.abc import Sequence

from common.world import World
from functions.payments.model.asking import Answer, DisputeSaid
from functions.payments.model.disputes import AnswerDispute
from functions.payments.model.webhooks import LookAtDispute
from functions.payments.providers.asking import Chosen, at_once
from functions.payments.providers.choosing import provider_named


def look_at(tasks: Sequence[LookAtDispute], world: World, chosen: Chosen | None = None) -> list[DisputeSaid]:
    """The providers' present word on disputes; what a signed notice said where a provider can't be asked."""
    named = chosen or provider_named(world.settings)
    return at_once(lambda task: task.said or named(task.provider).get_dispute(task.provider_id), tasks)


def answer(tasks: Sequence[AnswerDispute], world: World, chosen: Chosen | None = None) -> list[Answer]:
    """Sends evidence, or accepts disputes."""
    named = chosen or provider_named(world.settings)
    return at_once(
        lambda task: named(task.provider).answer_dispute(task.provider_id, task.texts, accept=task.accept), tasks
    )
