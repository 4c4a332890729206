"""The daily proof: each night every closed day that is not proven yet, one after another, entity by entity."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import orjson

from common.functions.declared import Tick
from common.log import log
from common.parties import SELLERS
from common.transaction import Transaction
from common.world import World
from functions.audit.findings import Finding
from functions.audit.proof.day import AskSap, Day
from functions.audit.proof.model import (
    Difference,
    Proof,
    ProofProgress,
    ProveDay,
    Proven,
    Step,
    as_case,
    case_id,
    closed,
    completed,
    opened,
    proof_id,
    recorded,
)
from functions.audit.proof.proving import prove_day

A_NIGHT: Final = timedelta(days=1)
FIRST_LOOK_BACK: Final = 366
"""Days a first proof looks back on for the first day that has journals."""
MOST_AGAIN: Final = 32
"""So many days that are not green are proven again in a night, the oldest and the newest; the others wait."""
MOST_OPEN: Final = 400
LOOK_BACK: Final = 3
"""Days that are looked at for journals that came after they were proven: closings look back as far."""
MOST_CASES: Final = 50
"""So many cases one proof opens; its report has all differences."""


def start_daily_proof(tick: Tick, transaction: Transaction) -> None:
    """Begins the night's proof of every legal entity; a night that was missed is in the next one's."""
    if transaction.now - tick.slot <= A_NIGHT:
        for entity in SELLERS:
            transaction.later(ProveDay(member_id="", entity=entity, slot=tick.slot))


def prove_days(tasks: Sequence[ProveDay], world: World, ask_sap: AskSap) -> list[Step]:
    """For each task the next day that is due, proven, its report archived."""
    return [_step(task, world, ask_sap) for task in tasks]


def record_days(tasks: Sequence[ProveDay], steps: Sequence[Step], transaction: Transaction) -> None:
    """Records each proof with its cases, tells it, and goes on with the next day."""
    progress = transaction.find_all(ProofProgress, [task.entity for task in tasks])
    found = [step.proven for step in steps if step.proven]
    proofs = transaction.find_all(Proof, [proof_id(one.entity, one.day) for one in found])
    known = {one.id: one for one in proofs if one}
    cases = _cases(found, known, transaction)
    for step, stood in zip(steps, progress, strict=True):
        if step.proven:
            _record(step.proven, known.get(proof_id(step.proven.entity, step.proven.day)), cases, transaction)
            transaction.put(_moved_on(stood, step.proven))
        if step.following:
            transaction.later(step.following)


# -- which day ---------------------------------------------------------------------------------------


def _step(task: ProveDay, world: World, ask_sap: AskSap) -> Step:
    closing = world.stored("closings", task.entity)
    if closing is None:
        return Step()
    through = date.fromisoformat(orjson.loads(closing["body"])["closed_through"])
    progress = world.read.find(ProofProgress, task.entity)
    due = task if task.begun else _begun(task, progress, world, ask_sap, through)
    day = due.again[0] if due.again else due.on
    if day is None or day > through:
        return Step()
    before = world.read.find(Proof, proof_id(task.entity, day - timedelta(days=1)))
    seen_before = progress.unexplained if progress else ()
    proven, content = prove_day(task.entity, day, world, ask_sap, before, seen_before, newest=day == through)
    world.put_file(proven.report, content, "application/json")
    return Step(proven=proven, following=_after(due))


def _after(due: ProveDay) -> ProveDay:
    if due.again:
        return due.model_copy(update={"again": due.again[1:]})
    return due.model_copy(update={"on": due.on + timedelta(days=1) if due.on else None})


def _begun(task: ProveDay, progress: ProofProgress | None, world: World, ask_sap: AskSap, through: date) -> ProveDay:
    """What is due this night: days that are not green, then all from the first that is new, or got other journals."""
    if progress is None:
        return task.model_copy(update={"begun": True, "on": _first_day(task.entity, world, through)})
    first = min([*_changed(progress, world, ask_sap), progress.through + timedelta(days=1)])
    again = [day for day in progress.open_days if day < first]
    if len(again) > MOST_AGAIN:
        again = [*again[: MOST_AGAIN // 2], *again[-MOST_AGAIN // 2 :]]
    return task.model_copy(update={"begun": True, "again": tuple(again), "on": first})


def _changed(progress: ProofProgress, world: World, ask_sap: AskSap) -> list[date]:
    """Days that got journals after they were proven; the last few are read again."""
    last = [progress.through - timedelta(days=back) for back in range(LOOK_BACK)]
    days = [day for day in last if day >= progress.first]
    proofs = world.read.find_all(Proof, [proof_id(progress.id, day) for day in days])
    pairs = zip(days, proofs, strict=True)
    return [day for day, proof in pairs if proof and Day(world, progress.id, day, ask_sap).digest != proof.digest]


def _first_day(entity: str, world: World, through: date) -> date:
    """The first day that has journals; the last closed one where none has."""
    for back in range(FIRST_LOOK_BACK, 0, -1):
        day = through - timedelta(days=back)
        if next(world.scan("journals", page=1, entity_day=f"{day.isoformat()}|{entity}"), None):
            return day
    return through


# -- what becomes of it --------------------------------------------------------------------------------


def _cases(found: Sequence[Proven], known: dict[str, Proof], transaction: Transaction) -> dict[str, Finding | None]:
    """The cases of all that differs now, and of what differed when the day was proven before."""
    wanted = {case_id(one.entity, each) for one in found for each in one.differences[:MOST_CASES]}
    wanted |= {finding for proof in known.values() for finding in proof.findings}
    ids = sorted(wanted)
    return dict(zip(ids, transaction.find_all(Finding, ids), strict=True))


def _record(proven: Proven, known: Proof | None, cases: dict[str, Finding | None], transaction: Transaction) -> None:
    now = transaction.now
    names = list(
        dict.fromkeys(_open(proven.entity, one, cases, transaction) for one in proven.differences[:MOST_CASES])
    )
    if proven.verdict != "incomplete":
        for name in known.findings if known else ():
            if name not in names:
                _close(cases[name], now, transaction)
    else:
        names += [name for name in (known.findings if known else ()) if name not in names]
    proof = recorded(known, proven, names)
    transaction.put(proof)
    told = completed(proof)
    transaction.emit(told)
    log("ERROR" if proof.verdict == "red" else "INFO", f"daily proof {proof.verdict}", **told.model_dump(mode="json"))


def _open(entity: str, difference: Difference, cases: dict[str, Finding | None], transaction: Transaction) -> str:
    name = case_id(entity, difference)
    before = cases[name]
    after = as_case(before, entity, difference, transaction.now)
    if after is not before:
        told = opened(after)
        transaction.put(after)
        transaction.emit(told)
        cases[name] = after
    return name


def _close(case: Finding | None, now: datetime, transaction: Transaction) -> None:
    after, told = closed(case, now) if case is not None else (None, None)
    if after is not None and after is not case:
        transaction.put(after)
    if told is not None:
        transaction.emit(told)


def _moved_on(progress: ProofProgress | None, proven: Proven) -> ProofProgress:
    left = [day for day in (progress.open_days if progress else ()) if day != proven.day]
    if proven.verdict != "green":
        left.append(proven.day)
    keep = tuple(sorted(left)[-MOST_OPEN:])
    if progress is None:
        progress = ProofProgress(id=proven.entity, first=proven.day, through=proven.day)
    seen = progress.unexplained if proven.unexplained is None else proven.unexplained
    return progress.but(through=max(progress.through, proven.day), open_days=keep, unexplained=seen)
