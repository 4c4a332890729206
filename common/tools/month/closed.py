"""Whether a month's books are closed: periods, SAP, trial balance, the returns, and an auditor's walk both ways."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from common.client import Billing, models
from common.google import channels
from common.money import EXPONENTS
from common.parties import SELLERS
from common.tools.local import Local
from common.tools.month.outside import Outside
from functions.accounting.handlers.drilling import journals_of, keyed, located
from functions.accounting.model.batches import LineKey, SapBatch
from functions.accounting.model.journals import Journal
from functions.accounting.providers import balances
from functions.accounting.sap.rules import rules_of
from functions.audit.invariants.state import Body, State

GONE: Final = frozenset({"reversed", "void"})
STEP: Final = 500
RANGE: Final = 90
"""Days of one trial balance."""
DEFERRED: Final = "contract_liability"
Key = tuple[str, ...]


@dataclass
class Closed:
    """All that is compared, read once."""

    platform: Local
    state: State
    outside: Outside
    api: Billing
    months: Sequence[str]
    """The months that accounting closed."""
    walked: Counter[str] = field(default_factory=Counter)
    """How many lines, journals and documents the auditor saw."""

    @cached_property
    def batches(self) -> list[SapBatch]:
        """Every batch by which something is in SAP, or is to be."""
        read = self.platform.runtime.world.read
        ids = sorted(body["id"] for body in self.state.bodies("sap_batches") if body["state"] not in GONE)
        return [batch for batch in read.find_all(SapBatch, ids) if batch is not None]

    @cached_property
    def through(self) -> dict[str, date]:
        """The last closed day of each legal entity."""
        found = self.state.bodies("closings")
        return {closing["id"]: date.fromisoformat(closing["closed_through"]) for closing in found}

    @cached_property
    def sold(self) -> dict[str, Body]:
        """Every invoice and credit note, by its number."""
        return {body["number"]: body for kind in ("invoices", "credit_notes") for body in self.state.bodies(kind)}

    @cached_property
    def currencies(self) -> set[tuple[str, str]]:
        """The legal entities that have journals, and in which currencies."""
        return {(journal["entity"], journal["currency"]) for journal in self.state.bodies("journals")}

    def at_sap(self, message_id: str) -> list[Any]:
        """The documents SAP has by a message."""
        found: list[Any] = self.outside.get(f"sap/documents?message_id={message_id}")["documents"]
        return found

    def ask(self, sql: str) -> list[Any]:
        """What the warehouse answers."""
        return list(channels.bigquery_client(self.platform.settings).query(sql).result())


Check = Callable[[Closed], Iterator[str]]


def closed(platform: Local, state: State, outside: Outside, api: Billing, months: Sequence[str]) -> dict[str, Any]:
    """The figures of the closing, and what each check says: nothing where the books are closed."""
    found = Closed(platform, state, outside, api, months)
    failed = {name: list(check(found)) for name, check in CHECKS.items()}
    documents = [part.posting.document for batch in found.batches for part in batch.parts]
    periods = {body["id"]: body["state"] for body in state.bodies("periods")}
    books = {
        "periods": periods,
        "sap_batches": len(found.batches),
        "sap_documents": sum(bool(number) for number in documents),
        "closed_through": {entity: day.isoformat() for entity, day in found.through.items()},
        "auditor_walked": dict(found.walked),
    }
    return {"books": books, "failed": failed}


# -- the checks ------------------------------------------------------------------------------------


def periods_are_closed(found: Closed) -> Iterator[str]:
    """Every month that was closed is closed for each legal entity."""
    states = {body["id"]: body["state"] for body in found.state.bodies("periods")}
    if not found.months:
        yield "no month was closed"
    for name in (f"{entity}-{month}" for month in found.months for entity in SELLERS):
        if states.get(name) != "closed":
            yield f"{name} is {states.get(name, 'open')}"


def sap_has_every_batch(found: Closed) -> Iterator[str]:
    """Each batch has the number of each of its SAP documents, and SAP has exactly one of that number."""
    for batch in found.batches:
        if batch.state != "accepted" or not batch.parts:
            yield f"batch {batch.id} of {batch.posted_on} is {batch.state}"
        for part in batch.parts:
            numbers = [one["accounting_document"] for one in found.at_sap(part.posting.message_id)]
            if not part.posting.document or numbers != [part.posting.document]:
                yield f"part {part.number} of {batch.id} is {part.posting.document or 'nothing'}, at SAP {numbers}"


def journals_are_in_one_batch(found: Closed) -> Iterator[str]:
    """Each journal of a closed day is in one batch, and none of a month that was closed came after."""
    sealed = {batch.id for batch in found.batches}
    pages = [page for page in found.state.bodies("sap_pages") if page["batch_id"] in sealed]
    held = Counter(name for page in pages for name in page["journals"])
    for journal in found.state.bodies("journals"):
        if journal["posted_on"] <= found.through[journal["entity"]].isoformat() and held[journal["id"]] != 1:
            yield f"journal {journal['id']} of {journal['posted_on']} is in {held[journal['id']]} batches"


def trial_balance_is_zero(found: Closed) -> Iterator[str]:
    """Debits are credits over all closed days, and each account stands as it does at SAP."""
    for entity, currency in sorted(found.currencies):
        ours = _trial_balance(entity, currency, found)
        if sum(ours.values()):
            yield f"{entity} {currency} is off by {sum(ours.values())}"
        theirs = Counter(
            {
                balance.account: balance.balance_minor
                for balance in balances(entity, found.through[entity], found.platform.runtime.world)
                if balance.currency == currency
            }
        )
        for account in sorted(ours.keys() | theirs.keys()):
            if ours[account] != theirs[account]:
                yield f"account {account} of {entity}: {ours[account]} {currency} here, {theirs[account]} at SAP"


def vat_return_is_the_invoices(found: Closed) -> Iterator[str]:
    """The VAT return tells what the documents owe, month by month, in the tax office's currency."""
    documents: Counter[Key] = Counter()
    for body, sign in _documents(found):
        exchange = body["exchange"] or {"currency": body["currency"], "vat_minor": body["vat_minor"]}
        key = (body["entity"], body["issued_on"][:7], exchange["currency"])
        documents[key] += sign * exchange["vat_minor"]
    told: Counter[Key] = Counter()
    for row in found.ask("SELECT * FROM billing_reporting.vat_return WHERE period = 'month'"):
        told[row.entity, row.period_from.isoformat()[:7], row.currency] += row.vat_minor
    yield from _differ("VAT return", told, documents)
    yield from _differ("VAT", *_by_rate(found))


def oss_return_is_the_invoices(found: Closed) -> Iterator[str]:
    """The OSS return tells what the documents owe elsewhere, by quarter, country and rate."""
    documents: Counter[Key] = Counter()
    for body, sign in _documents(found):
        for total in body["vat"]:
            if total["scheme"] == "oss":
                key = (_quarter(body["issued_on"]), total["country"], str(total["rate_basis_points"]), body["currency"])
                documents[*key, "base"] += sign * total["base_minor"]
                documents[*key, "vat"] += sign * total["vat_minor"]
    told: Counter[Key] = Counter()
    for row in found.ask("SELECT * FROM billing_reporting.oss_return"):
        key = (row.quarter.isoformat(), row.country, str(row.rate_basis_points), row.currency)
        told[*key, "base"] += row.base_minor
        told[*key, "vat"] += row.vat_minor
        if row.currency == "EUR" and row.vat_eur_minor != row.vat_minor:
            yield f"OSS {' '.join(key)}: {row.vat_minor} in euro became {row.vat_eur_minor}"
    yield from _differ("OSS return", told, documents)


def the_walk_is_exact(found: Closed) -> Iterator[str]:
    """From every line at SAP to the documents behind it: they add up to it, and each leads back to that document."""
    backward: dict[str, set[str]] = defaultdict(set)
    forward: dict[str, set[str]] = defaultdict(set)
    for batch in found.batches:
        yield from _lines_walked(batch, forward, backward, found)
    for journal in sorted(forward.keys() | backward.keys()):
        if forward[journal] != backward[journal]:
            yield f"{journal} is behind {sorted(forward[journal])}, and leads back to {sorted(backward[journal])}"


CHECKS: Final[dict[str, Check]] = {
    "each period is closed for each legal entity": periods_are_closed,
    "every batch has its SAP documents": sap_has_every_batch,
    "each journal is in one batch": journals_are_in_one_batch,
    "the trial balance is zero, and SAP's": trial_balance_is_zero,
    "the VAT return is the sum of the documents": vat_return_is_the_invoices,
    "the OSS return is the sum of the documents": oss_return_is_the_invoices,
    "every SAP line leads to its documents and back": the_walk_is_exact,
}


# -- how they are made ------------------------------------------------------------------------------


def _trial_balance(entity: str, currency: str, found: Closed) -> Counter[str]:
    """Every account's balance over all closed days."""
    moved: Counter[str] = Counter()
    days = [journal["posted_on"] for journal in found.state.bodies("journals") if journal["entity"] == entity]
    start, last = date.fromisoformat(min(days)), found.through[entity]
    while start <= last:
        end = min(start + timedelta(days=RANGE), last)
        shown = found.api.accounting.show_balance(day_from=start, day_to=end, entity=entity, currency=currency)
        moved.update(_balances(shown))
        start = end + timedelta(days=1)
    return moved


def _balances(shown: models.BalanceShown) -> Counter[str]:
    moved: Counter[str] = Counter()
    for row in shown.rows:
        moved[row.account] += row.balance_minor
    return moved


def _documents(found: Closed) -> Iterator[tuple[Body, int]]:
    yield from ((body, 1) for body in found.state.bodies("invoices"))
    yield from ((body, -1) for body in found.state.bodies("credit_notes"))


def _by_rate(found: Closed) -> tuple[Counter[Key], Counter[Key]]:
    """Base and VAT by month, scheme, country and rate: as the warehouse tells them, and as the documents do."""
    told: Counter[Key] = Counter()
    for row in found.ask("SELECT * FROM billing_reporting.vat_by_country_rate"):
        key = (row.month.isoformat()[:7], row.scheme, row.country, str(row.rate_basis_points), row.currency)
        told[*key, "base"] += row.base_minor
        told[*key, "vat"] += row.vat_minor
    owed: Counter[Key] = Counter()
    for body, sign in _documents(found):
        for total in body["vat"]:
            rate = (total["scheme"], total["country"], str(total["rate_basis_points"]), body["currency"])
            owed[body["issued_on"][:7], *rate, "base"] += sign * total["base_minor"]
            owed[body["issued_on"][:7], *rate, "vat"] += sign * total["vat_minor"]
    return told, owed


def _differ(what: str, told: Counter[Key], documents: Counter[Key]) -> Iterator[str]:
    for key in sorted(told.keys() | documents.keys()):
        if told[key] != documents[key]:
            yield f"{what} {' '.join(key)}: {told[key]} told, {documents[key]} on documents"


def _quarter(day: str) -> str:
    return f"{day[:4]}-{(int(day[5:7]) - 1) // 3 * 3 + 1:02}-01"


def _lines_walked(
    batch: SapBatch, forward: dict[str, set[str]], backward: dict[str, set[str]], found: Closed
) -> Iterator[str]:
    """One batch: every line added up from its journals, each of those held against its document, and walked back."""
    world = found.platform.runtime.world
    sums: dict[LineKey, list[int]] = defaultdict(lambda: [0, 0])
    document_of = {
        line.key: part.posting.document for part in batch.parts for line in batch.lines[part.first : part.last]
    }
    held = list(journals_of(batch, world))
    for journal in held:
        yield from _is_its_document(journal, found)
        for key, (debit, credit) in keyed(journal, batch).items():
            sums[key] = [sums[key][0] + debit, sums[key][1] + credit]
            forward[journal.id].add(document_of[key])
    for start in range(0, len(held), STEP):
        for name, place in located(held[start : start + STEP], world).items():
            backward[name] |= set(place.sap_documents)
    for line in batch.lines:
        if sums.pop(line.key, None) != [line.debit_minor, line.credit_minor]:
            yield f"line {' '.join(line.key)} of {batch.id} is not the sum of its journals"
    yield from (f"journals of {batch.id} book {' '.join(key)}, which no line has" for key in sums)
    found.walked.update({"lines": len(batch.lines), "journals": len(held)})
    yield from _is_at_sap(batch, found)


def _is_its_document(journal: Journal, found: Closed) -> Iterator[str]:
    """The journal of an invoice or credit note books its total, its VAT and its net amount."""
    if journal.document_type not in {"DR", "DG"}:
        return
    body = found.sold.get(journal.document)
    if body is None:
        yield f"journal {journal.id} is for {journal.document}, which does not exist"
        return
    found.walked["documents"] += 1
    sign = 1 if journal.document_type == "DR" else -1
    booked: Counter[str] = Counter()
    for line in journal.postings:
        word = "revenue" if line.word == DEFERRED else line.word.partition(".")[0]
        booked[word] += sign * (line.debit_minor - line.credit_minor)
    wanted = {"receivables": body["total_minor"], "vat": -body["vat_minor"], "revenue": -body["net_minor"]}
    for word, minor in wanted.items():
        if booked[word] != minor:
            yield f"journal {journal.id} books {booked[word]} as {word}, {journal.document} says {minor}"


def _is_at_sap(batch: SapBatch, found: Closed) -> Iterator[str]:
    """SAP's items of each document are the lines we know behind it, account by account."""
    from emulators.sap.books import gl_account

    places = EXPONENTS[batch.currency]
    for part in batch.parts:
        ours: Counter[str] = Counter()
        for line in batch.lines[part.first : part.last]:
            ours[line.account] += line.debit_minor - line.credit_minor
        theirs: Counter[str] = Counter()
        for document in found.at_sap(part.posting.message_id):
            for item in document["items"]:
                minor = int(Decimal(item["AmountInTransactionCurrency"]).scaleb(places))
                theirs[gl_account(item) or item["account"]] += minor
        for account in sorted((ours.keys() | theirs.keys()) - {rules_of(batch.entity).splitting}):
            if ours[account] != theirs[account]:
                yield f"SAP {part.posting.document} has {theirs[account]} on {account}, we {ours[account]}"
