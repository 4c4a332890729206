"""The story that is told by the examples: a month of a small marketplace, every operation in its place."""

from typing import Final

from common.tools.examples import (
    booked,
    books,
    collecting,
    corrections,
    debits,
    giving_back,
    matches,
    members,
    money,
    payers,
    paying,
    proofs,
    reports,
    runs,
    sales,
    webhooks,
)
from common.tools.examples.stage import Stage, as_text

ACTS: Final = (
    members, sales, payers, runs, corrections, money, matches, paying, collecting, debits, webhooks, giving_back,
    booked, books, proofs, reports,
)  # fmt: skip


def written() -> str:
    """Plays the story; what is to be committed."""
    with Stage.opened() as stage:
        for one in ACTS:
            one.act(stage)
        return as_text(stage.noted)
