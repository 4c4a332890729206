"""One day proven: every comparison, what it comes to, and the signed report of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from common.world import World
from functions.audit.proof.banks import banks
from functions.audit.proof.batches import batches
from functions.audit.proof.controls import controls, seen_as, waits
from functions.audit.proof.day import AskSap, Day
from functions.audit.proof.journals import journals
from functions.audit.proof.ledgers import sub_ledger
from functions.audit.proof.model import Outcome, Proof, Proven
from functions.audit.proof.report import secrets_in, written
from functions.audit.proof.sap import sap
from functions.audit.proof.settlements import providers
from functions.audit.proof.warehouse import warehouse

COMPARISONS: Final[tuple[Callable[[Day], Outcome], ...]] = (
    journals, sub_ledger, batches, sap, warehouse, banks, providers,
)  # fmt: skip


def prove_day(
    entity: str,
    on: date,
    world: World,
    ask_sap: AskSap,
    before: Proof | None,
    seen_before: Sequence[str],
    *,
    newest: bool,
) -> tuple[Proven, bytes]:
    """The proof of a day and its report; `before` is that of the day before.

    `seen_before`: what the last look at the control accounts could not explain; with the `newest` day they are.
    """
    day = Day(
        world,
        entity,
        on,
        ask_sap,
        before=Counter(before.balances if before else {}),
        entries_before=Counter(before.entries if before else {}),
        first=before is None,
        newest=newest,
        seen_before=frozenset(seen_before),
    )
    found = Outcome()
    for compare in COMPARISONS:
        found.add(compare(day))
    unexplained = None
    if newest:
        found.add(controls(day))
        unexplained = tuple(map(seen_as, waits(found)))
    proven = _proven(day, found, before.sha256 if before else "")
    return _signed(proven.model_copy(update={"unexplained": unexplained}), world)


def _proven(day: Day, found: Outcome, previous: str) -> Proven:
    return Proven(
        entity=day.entity,
        day=day.on,
        journals=len(day.journals),
        digest=day.digest,
        figures=tuple(found.figures),
        differences=tuple(found.differences),
        late=tuple(found.late),
        explained=tuple(found.explained),
        balances={key: minor for key, minor in sorted(day.balances.items()) if minor},
        entries=dict(sorted(day.entries_before.items())),
        verdict=found.verdict,
        proven_at=day.now,
        previous=previous,
    )


def _signed(proven: Proven, world: World) -> tuple[Proven, bytes]:
    content, digest = written(proven, secrets_in(world.settings.proof_secrets)[0])
    name = f"proofs/{proven.entity}/{proven.day.isoformat()}/{digest[:16]}.json"
    return proven.model_copy(update={"report": name, "sha256": digest}), content
