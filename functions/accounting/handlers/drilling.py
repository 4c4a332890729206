"""From a SAP document to the journals behind each of its lines, and from a journal to its SAP documents."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from common.failures import Rejected
from common.values import Value
from common.world import World
from functions.accounting.model.batches import (
    COUNTING,
    GONE,
    LineKey,
    SapBatch,
    SapPage,
    SummaryLine,
    batch_id,
    chain_ids,
    digest_of,
    lines_of,
    page_id,
)
from functions.accounting.model.journals import Journal
from functions.accounting.model.parts import Part, SapDocument, number_key
from functions.accounting.requests_of_sap import BehindLine, SapDocumentAsked, SapDocumentShown, SapLineShown
from functions.accounting.sap.rules import rules_of


def show_document(asked: SapDocumentAsked, world: World) -> SapDocumentShown:
    """A SAP document by its number: its lines, and a page of the journals behind one of them.

    Rejected `not_found`, `ambiguous` where the number is known in several company codes or years, `no_such_line`.
    """
    document, batch, part = found(asked.number, asked.company_code, asked.year, world)
    lines = [SapLineShown.of(number, line) for number, line in enumerate(_lines(batch, part), start=1)]
    journals: list[BehindLine] = []
    token = ""
    if asked.line:
        key = _key(batch, part, asked.line)
        journals, token = _page(batch, key, asked.limit, asked.page_token, world)
    return SapDocumentShown.of(document, batch, lines, journals, token)


def found(number: str, company: str, year: str, world: World) -> tuple[SapDocument, SapBatch, Part]:
    """The document of that number, its batch and its part."""
    named = world.read.select(SapDocument, number_key=number_key(number))
    known = [one for one in named if company in {"", one.company_code} and year in {"", one.year}]
    if not known:
        raise Rejected("not_found", f"no batch of ours is SAP document {number}", status=404)
    if len(known) > 1:
        listed = ", ".join(f"{one.company_code} {one.year}" for one in known)
        raise Rejected("ambiguous", f"{number} is a document in {listed}: name the company code and the year")
    batch = world.read.find(SapBatch, known[0].batch_id)
    if batch is None:
        raise Rejected("not_found", f"the batch of SAP document {number} is gone", status=404)
    return known[0], batch, next(part for part in batch.parts if part.number == known[0].part)


def _lines(batch: SapBatch, part: Part) -> Sequence[SummaryLine]:
    return batch.lines[part.first : part.last]


def _key(batch: SapBatch, part: Part, line: int) -> LineKey:
    if not 1 <= line <= part.last - part.first:
        raise Rejected("no_such_line", f"the document has lines 1 to {part.last - part.first}", status=404)
    return batch.lines[part.first + line - 1].key


def _page(batch: SapBatch, key: LineKey, limit: int, after: str, world: World) -> tuple[list[BehindLine], str]:
    shown: list[BehindLine] = []
    for journal in journals_of(batch, world, after):
        if behind := behind_line(journal, batch, key):
            shown.append(behind)
        if len(shown) == limit:
            return shown, journal.id
    return shown, ""


def journals_of(batch: SapBatch, world: World, after: str = "") -> Iterator[Journal]:
    """The journals a batch holds, in order of id, page by page. RuntimeError where one of them is gone."""
    for number in range(bisect_left(batch.bounds, after) if after else 0, batch.pages):
        page = world.read.find(SapPage, page_id(batch.id, number))
        if page is None:
            raise RuntimeError(f"page {number} of {batch.id} is gone")
        wanted = [journal for journal in page.journals if journal > after]
        for name, journal in zip(wanted, world.read.find_all(Journal, wanted), strict=True):
            if journal is None:
                raise RuntimeError(f"{name} of {batch.id} is gone")
            yield journal


def keyed(journal: Journal, batch: SapBatch) -> dict[LineKey, tuple[int, int]]:
    """What a journal adds to each line of its batch: debit and credit."""
    sums: dict[LineKey, tuple[int, int]] = {}
    receivables = rules_of(batch.entity).receivables
    for line in lines_of(journal, batch.debtors.get(journal.member_id, ""), receivables):
        debit, credit = sums.get(line.key, (0, 0))
        sums[line.key] = (debit + line.debit_minor, credit + line.credit_minor)
    return sums


def behind_line(journal: Journal, batch: SapBatch, key: LineKey) -> BehindLine | None:
    """What a journal adds to one line; None where it adds nothing."""
    sides = keyed(journal, batch).get(key)
    if sides is None:
        return None
    return BehindLine(
        journal_id=journal.id,
        document=journal.document,
        document_type=journal.document_type,
        member_id=journal.member_id,
        debit_minor=sides[0],
        credit_minor=sides[1],
    )


class Place(Value):
    """Where a journal went: its batch, and the SAP documents that hold its lines."""

    batch_id: str
    state: str
    sap_documents: tuple[str, ...]


def located(journals: Sequence[Journal], world: World) -> dict[str, Place]:
    """Where each journal went; one that is in no sealed batch is left out."""
    by_day: dict[str, list[Journal]] = defaultdict(list)
    for journal in journals:
        by_day[journal.batch_day].append(journal)
    places: dict[str, Place] = {}
    for of_day in by_day.values():
        for batch in _sealed_batches(of_day[0], world):
            places |= _in_batch(batch, of_day, world)
    return places


def _sealed_batches(journal: Journal, world: World) -> list[SapBatch]:
    """A day's batches that were sealed, those that were reversed first: what holds now is told last."""
    day, entity, currency = journal.batch_day.split("|")
    first = world.read.find(SapBatch, batch_id(journal.posted_on.fromisoformat(day), entity, currency))
    if first is None:
        return []
    chain = [first, *filter(None, world.read.find_all(SapBatch, chain_ids(first)))]
    told = [batch for batch in chain if batch.state not in COUNTING and batch.state != "void"]
    return sorted(told, key=lambda batch: batch.state not in GONE)


def _in_batch(batch: SapBatch, journals: Sequence[Journal], world: World) -> dict[str, Place]:
    pages = {journal.id: page_id(batch.id, bisect_left(batch.bounds, journal.id)) for journal in journals}
    wanted = list(dict.fromkeys(pages.values()))
    held = {one.id: set(one.journals) for one in world.read.find_all(SapPage, wanted) if one}
    return {
        journal.id: Place(batch_id=batch.id, state=batch.state, sap_documents=_documents(journal, batch))
        for journal in journals
        if journal.id in held.get(pages[journal.id], ())
    }


def _documents(journal: Journal, batch: SapBatch) -> tuple[str, ...]:
    keys = keyed(journal, batch).keys()
    return tuple(
        part.posting.document
        for part in batch.parts
        if part.posting.document and any(line.key in keys for line in batch.lines[part.first : part.last])
    )


class Drilled(Value):
    """A whole batch added up anew from its journals: what differs, and whether they are those that were sealed."""

    intact: bool
    """The digest over the journals is the one that was kept."""
    journals: int
    differences: tuple[str, ...]


def drilled(batch: SapBatch, world: World) -> Drilled:
    """Adds up a batch's journals again, line by line, in memory of the size of its summary."""
    sums: dict[LineKey, tuple[int, int]] = defaultdict(lambda: (0, 0))
    digest, counted = "", 0
    for journal in journals_of(batch, world):
        digest, counted = digest_of([journal], digest), counted + 1
        for key, (debit, credit) in keyed(journal, batch).items():
            sums[key] = (sums[key][0] + debit, sums[key][1] + credit)
    kept = {line.key: (line.debit_minor, line.credit_minor) for line in batch.lines}
    differences = tuple(
        f"{' '.join(filter(None, key))}: {kept.get(key)} kept, {sums.get(key)} from journals"
        for key in sorted(kept.keys() | sums.keys())
        if kept.get(key) != sums.get(key)
    )
    return Drilled(intact=digest == batch.digest, journals=counted, differences=differences)


def explained(number: str, company: str, year: str, world: World) -> dict[str, Any]:
    """A SAP document whole: each line with every journal behind it, added up anew and compared.

    `exact` says that for each line the sum of its journals is what SAP was told, `intact` that the journals are
    those the batch was sealed with. Rejected as `show_document` is.
    """
    document, batch, part = found(number, company, year, world)
    checked = drilled(batch, world)
    behind: dict[LineKey, list[dict[str, Any]]] = defaultdict(list)
    for journal in journals_of(batch, world):
        for key in keyed(journal, batch):
            if line := behind_line(journal, batch, key):
                behind[key].append(line.model_dump(mode="json"))
    lines = [
        {**line.model_dump(mode="json"), "exact": _adds_up(line, behind[line.key]), "journals": behind[line.key]}
        for line in _lines(batch, part)
    ]
    return {
        "schema": "explain-sap/1",
        **document.model_dump(mode="json", exclude={"id", "version", "number_key"}),
        "posted_on": batch.posted_on.isoformat(),
        "currency": batch.currency,
        "state": batch.state,
        "journals": checked.journals,
        "intact": checked.intact,
        "exact": all(line["exact"] for line in lines),
        "differences": list(checked.differences),
        "lines": lines,
    }


def _adds_up(line: SummaryLine, behind: Sequence[dict[str, Any]]) -> bool:
    sides = [sum(one[side] for one in behind) for side in ("debit_minor", "credit_minor")]
    return sides == [line.debit_minor, line.credit_minor]
