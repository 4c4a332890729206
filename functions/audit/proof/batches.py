"""Journal and sealed batches: every journal of the day in one batch, as it was when it was sealed."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Final

from common.documents import canonical, id_from
from functions.audit.proof.day import Body, Day, moved_by, net
from functions.audit.proof.model import MOST_NAMED, Difference, Figure, Outcome, Timing

COUNTING: Final = frozenset({"collecting", "prepared"})
GONE: Final = frozenset({"reversed", "void"})
"""States of a batch by which SAP has none of its journals."""
TURNED: Final = frozenset({"reversing", "unreversed", "reversed"})
"""States of a batch whose journals are posted anew by the next closing."""
MOST_DRILLED: Final = 5_000
"""Journals of a batch that are compared with their commits to find the one that was changed."""


def batches(day: Day) -> Outcome:
    """Compares the day's journals with what was sealed of them, currency by currency."""
    found = Outcome()
    for currency in sorted({one["currency"] for one in (*day.journals.values(), *day.batches)}):
        found.add(_of_currency(day, currency))
    return found


def live(day: Day) -> list[Body]:
    """The batches of the day by which SAP has journals, or is about to."""
    return [one for one in day.batches if one["state"] not in COUNTING | GONE]


def _of_currency(day: Day, currency: str) -> Outcome:
    found = Outcome()
    mine = [one for one in day.batches if one["currency"] == currency]
    counting = [f"sap_batches/{one['id']}" for one in mine if one["state"] in COUNTING]
    if counting:
        says = "a batch of the day is still being counted"
        return Outcome(late=[Timing(source="batches", code="counting", documents=tuple(counting), says=says)])
    sealed = [one for one in mine if one["state"] not in GONE]
    held = Counter(i for one in sealed for i in _held(day, one))
    found.differences += _placed(day, currency, held, found, turned=any(one["state"] in TURNED for one in mine))
    found.differences += [fault for one in sealed for fault in _unlike(day, one)]
    found.figures += _figures(day, currency, sealed)
    if not found.differences and not found.late:
        found.differences += [_apart(figure, sealed) for figure in found.figures if figure.difference_minor]
    return found


def _held(day: Day, batch: Body) -> list[str]:
    """The journals of a batch, in the order they were sealed."""
    names = [id_from("sapp", batch["id"], str(number)) for number in range(batch["pages"])]
    return [journal for _, page in day.loaded("sap_pages", names) if page for journal in page["journals"]]


def _placed(day: Day, currency: str, held: Counter[str], found: Outcome, *, turned: bool) -> Iterator[Difference]:
    """Journals that are in no batch, in two, or in one and not there."""
    mine = {name for name, journal in day.journals.items() if journal["currency"] == currency}
    for code, names in {
        "in_no_batch": sorted(mine - held.keys()),
        "in_two_batches": sorted(name for name, times in held.items() if times > 1),
        "not_there": sorted(held.keys() - mine),
    }.items():
        if names and code == "in_no_batch" and turned:
            says = f"{len(names)} journals of a batch that was reversed are posted by the next one"
            refs = tuple(f"journals/{name}" for name in names[:MOST_NAMED])
            found.late.append(Timing(source="batches", code="posted_anew", documents=refs, says=says))
            continue
        for name in names:
            yield Difference(
                source="batches",
                code=code,
                currency=currency,
                amount_minor=_total(day.journals.get(name)),
                documents=(f"journals/{name}",),
                says=f"journal {name} of {day.on} is {code.replace('_', ' ')}",
            )


def _total(journal: Body | None) -> int:
    return sum(line["debit_minor"] for line in journal["postings"]) if journal else 0


def _unlike(day: Day, batch: Body) -> Iterator[Difference]:
    """A batch whose journals are not those that were sealed, and which of them were changed since."""
    names = _held(day, batch)
    there = [day.journals[name] for name in names if name in day.journals]
    if len(there) < len(names) or digest_of(there) == batch["digest"]:
        return
    changed = [name for name in names[:MOST_DRILLED] if _differs(day, name)][:MOST_NAMED]
    yield Difference(
        source="batches",
        code="changed_since_sealed",
        currency=batch["currency"],
        documents=(*(f"journals/{name}" for name in changed), f"sap_batches/{batch['id']}"),
        says=f"the journals of batch {batch['id']} are not those that were sealed; changed: {', '.join(changed)}",
    )


def _differs(day: Day, name: str) -> bool:
    """Whether a journal is not as its commit wrote it."""
    written = [
        entry["body"]
        for record in day.world.records(documents=f"journals/{name}")
        for entry in record.body["documents"]
        if (entry["kind"], entry["id"]) == ("journals", name)
    ]
    return not written or any(day.journals[name].get(field) != written[0].get(field) for field in written[0])


def digest_of(journals: list[Body]) -> str:
    """What seals a batch over these journals (`functions.accounting.model.batches.digest_of`)."""
    digest = ""
    for journal in journals:
        kind = journal["document_type"]
        lines = [
            [kind, line["account"], line["tax_code"], line["country"], "", line["debit_minor"], line["credit_minor"]]
            for line in journal["postings"]
        ]
        facts = {"id": journal["id"], "document": journal["document"], "document_type": kind, "lines": lines}
        digest = hashlib.sha256(digest.encode() + canonical(facts)).hexdigest()
    return digest


def _figures(day: Day, currency: str, sealed: list[Body]) -> list[Figure]:
    ours = moved_by(one for one in day.journals.values() if one["currency"] == currency)
    theirs: Counter[str] = Counter()
    for batch in sealed:
        for line in batch["lines"]:
            theirs[line["account"]] += net(line)
    return [
        Figure(
            source="batches",
            measure="moved",
            account=account,
            currency=currency,
            journal_minor=ours[account, currency],
            other_minor=theirs[account],
        )
        for account in sorted({name for name, _ in ours} | theirs.keys())
    ]


def _apart(figure: Figure, sealed: list[Body]) -> Difference:
    return Difference(
        source="batches",
        code="sums_differ",
        account=figure.account,
        currency=figure.currency,
        amount_minor=figure.difference_minor,
        documents=tuple(f"sap_batches/{one['id']}" for one in sealed),
        says=f"account {figure.account}: the batches hold {figure.other_minor}, the journals {figure.journal_minor}",
    )
