"""The story that is told by the examples: one October of a small marketplace, every operation in its place."""

from common.tools.examples import corrections, members, money, proofs, runs, sales
from common.tools.examples.stage import Stage, as_text


def written() -> str:
    """Plays the story; what is to be committed."""
    with Stage.opened() as stage:
        members.act(stage)
        sales.act(stage)
        runs.act(stage)
        corrections.act(stage)
        money.act(stage)
        proofs.act(stage)
        return as_text(stage.noted)
