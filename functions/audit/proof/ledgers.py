"""Journal and sub-ledger: the items and receipts that the day's journals touched, each against all its journals."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from common.documents import id_from
from functions.audit.proof.day import Body, Day, Key, booked, is_word, journal_id
from functions.audit.proof.model import Difference, Figure, Outcome, Timing

BY_NUMBER: Final = frozenset({"DR", "AB"})
"""Journals whose document is the invoice, where they book receivables."""


def sub_ledger(day: Day) -> Outcome:
    """What each touched item has open is what its journals leave on receivables; the same of receipts, unapplied."""
    found = Outcome()
    sums: Counter[tuple[str, str, str]] = Counter()
    for number in sorted(_numbers(day)):
        _compare_item(day, number, found, sums)
    for receipt_id in sorted(_receipts(day)):
        _compare_receipt(day, receipt_id, found, sums)
    for account, currency in sorted({(account, currency) for account, currency, _ in sums}):
        figure = {"account": account, "currency": currency}
        ours, theirs = sums[account, currency, "journal"], sums[account, currency, "sub_ledger"]
        found.figures.append(
            Figure(source="sub_ledger", measure="documents", journal_minor=ours, other_minor=theirs, **figure)
        )
    return found


def items(day: Day, numbers: set[str]) -> Outcome:
    """Those of these invoices whose item is not what its journals say."""
    found, sums = Outcome(), Counter[tuple[str, str, str]]()
    for number in sorted(numbers):
        _compare_item(day, number, found, sums)
    return found


# -- items -----------------------------------------------------------------------------------------


def _numbers(day: Day) -> set[str]:
    """The invoices whose receivables the day's journals booked; a credit note's is that of the journal it reverses."""
    ours = [one for one in day.journals.values() if one["document_type"] in BY_NUMBER and _receivable(one)]
    given_up = {one["document"] for one in ours if one.get("event", "").startswith("write_off.")}
    own = {one["document"] for one in ours} - given_up
    owed = [found["item_id"] for _, found in day.loaded("write_offs", given_up) if found]
    own |= {found["number"] for _, found in day.loaded("items", owed) if found}
    back = [one["reverses"] for one in day.journals.values() if one["document_type"] == "DG" and one["reverses"]]
    return own | {found["document"] for _, found in day.loaded("journals", back) if found}


def _receivable(journal: Body) -> bool:
    return any(is_word(line, "receivables") for line in journal["postings"])


def _compare_item(day: Day, number: str, found: Outcome, sums: Counter[tuple[str, str, str]]) -> None:
    item_id = id_from("item", number)
    item = dict(day.loaded("items", [item_id]))[item_id]
    journals = day.bodies("journals", document_key=id_from("k", number))
    credited = {part["match_id"] for part in item["allocations"] if part["kind"] == "credit"} if item else set()
    causes = [("credit_note", one) for one in credited]
    given_up = {part["match_id"] for part in item["allocations"] if part["kind"] == "write_off"} if item else set()
    causes += [(cause, one) for one in given_up for cause in ("write_off", "write_off_withdrawn")]
    journals += [one for _, one in day.loaded("journals", [journal_id(*cause) for cause in sorted(causes)]) if one]
    owed = sum(booked(one, "receivables") for one in journals)
    account, currency = _key(journals, "receivables")
    open_minor = int(item["open_minor"]) if item else 0
    sums[account, currency, "journal"] += owed
    sums[account, currency, "sub_ledger"] += open_minor
    left = item["total_minor"] - sum(part["amount_minor"] for part in item["allocations"]) if item else 0
    if item is None or owed != open_minor or left != open_minor:
        says = f"invoice {number} owes {owed} by its journals, its item has {open_minor} open and {left} left"
        _tell(day, ("items", item_id), (account, currency), open_minor - owed, says, found)


# -- receipts --------------------------------------------------------------------------------------


def _receipts(day: Day) -> set[str]:
    """The money the day's journals brought, matched or took back."""
    own = {one["document"] for one in day.journals.values() if one.get("event") == "payment.received"}
    others = [
        one["settles_with"] or one["reverses"]
        for one in day.journals.values()
        if one.get("settles_with") or (one.get("event") == "payment.returned" and one["reverses"])
    ]
    return own | {found["document"] for _, found in day.loaded("journals", others) if found}


def _compare_receipt(day: Day, receipt_id: str, found: Outcome, sums: Counter[tuple[str, str, str]]) -> None:
    receipt = dict(day.loaded("receipts", [receipt_id]))[receipt_id]
    payment = journal_id("payment", receipt_id)
    journal = dict(day.loaded("journals", [payment]))[payment]
    if journal is None:
        return
    account, currency = _key([journal], "unapplied")
    came, says = -booked(journal, "unapplied"), ""
    sums[account, currency, "journal"] -= came
    sums[account, currency, "sub_ledger"] -= receipt["amount_minor"] if receipt else 0
    if receipt is None:
        says = f"receipt {receipt_id} over {came} is not there"
    elif receipt["amount_minor"] != came:
        says = f"receipt {receipt_id} is over {receipt['amount_minor']}, its journal over {came}"
    elif receipt["unapplied_minor"] != came - sum(part["amount_minor"] for part in receipt["allocations"]):
        says = f"receipt {receipt_id} has {receipt['unapplied_minor']} left, by its allocations it has another amount"
    else:
        says = next(_unmatched(day, receipt), "")
    if says:
        off = (receipt["amount_minor"] if receipt else 0) - came
        _tell(day, ("receipts", receipt_id), (account, currency), off, says, found)


def _unmatched(day: Day, receipt: Body) -> Iterator[str]:
    """Matches of a receipt whose journal is missing or over another amount."""
    parts = [one for one in receipt["allocations"] if one["kind"] == "payment" and one["amount_minor"] > 0]
    names = {journal_id("match", one["match_id"]): one for one in parts}
    for name, journal in day.loaded("journals", names):
        told = booked(journal, "unapplied") if journal else 0
        if told != names[name]["amount_minor"]:
            yield f"match {names[name]['match_id']} puts {names[name]['amount_minor']} to use, its journal {told}"


# -- what it means ---------------------------------------------------------------------------------


def _key(journals: list[Body], word: str) -> Key:
    found = [(line["account"], one["currency"]) for one in journals for line in one["postings"] if is_word(line, word)]
    return found[0] if found else ("", "")


def _tell(day: Day, place: tuple[str, str], key: Key, off: int, says: str, found: Outcome) -> None:
    """What was written just now may be ahead of its journal, which is on its way."""
    reference = "/".join(place)
    if day.is_under_way(*place):
        late = Timing(source="sub_ledger", code="under_way", documents=(reference,), amount_minor=off, says=says)
        found.late.append(late)
        return
    found.differences.append(
        Difference(
            source="sub_ledger",
            code="item_differs" if place[0] == "items" else "receipt_differs",
            account=key[0],
            currency=key[1],
            amount_minor=off,
            documents=(reference,),
            says=says,
        )
    )
