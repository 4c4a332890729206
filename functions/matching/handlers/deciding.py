"""The decision on money: what is certain by itself first, then what the evidence says, as things stand now."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from common.failures import TryLater
from common.transaction import Reader, Transaction
from functions.matching.book import Book
from functions.matching.evidence.deciding import Decision, settle
from functions.matching.evidence.money import Money
from functions.matching.evidence.names import likeness, words
from functions.matching.evidence.reading import Reading
from functions.matching.evidence.rules import Rules, present_rules, present_weights
from functions.matching.evidence.text import fold
from functions.matching.handlers.searching import Search
from functions.matching.keyed import ground
from functions.matching.model import Item, Receipt, item_id_of, net_by_match
from functions.matching.scoring import NOTHING, Share, Verdict, by_name, by_purpose, named_numbers, quoted_numbers

NOT_ANOTHER: Final = frozenset({"full", "strong", "initial", "absent"})
IN_FULL: Final = frozenset({"reference", "number"})
LONGEST: Final = 1_000
"""Characters of a text that are read: a bank's have 140, several entries of one payment some more."""
_WHOLE: Final = 10_000


class Judge:
    """Decides on one payment; reads what it needs, writes nothing."""

    def __init__(
        self,
        receipt: Receipt,
        book: Book,
        reader: Reader | Transaction,
        today: date,
        rules: Rules | None = None,
    ) -> None:
        self.receipt = receipt
        self.book = book
        self.rules = rules or present_rules()
        self.search = Search(receipt, book, reader, today)
        self.numbers = named_numbers(receipt)
        known = self.search.known([item_id_of(number) for number in self.numbers])
        self.by_number = {n: self.search.present(known[i]) for n in self.numbers if (i := item_id_of(n)) in known}
        self.named: list[Item] = list({item.id: item for item in self.by_number.values()}.values())
        """What it names in full, each once, in the place of what was reissued."""

    @property
    def missing(self) -> list[str]:
        """Invoices it names that are not there."""
        return [number for number in self.numbers if number not in self.by_number]

    def verdict(self, *, last: bool) -> Verdict | None:
        """What the money is for; None where it has to wait for an invoice it names, unless this is the `last` look.

        TryLater where what was collected, or chosen, is not there yet.
        """
        receipt = self.receipt
        if self.missing and (receipt.invoice_number or receipt.purposes):
            raise TryLater(f"there is no item {', '.join(self.numbers)} yet")
        if self.missing and not last:
            return None
        if receipt.purposes:
            return self._or_reasons(by_purpose(receipt, self.by_number))
        if receipt.invoice_number:
            return self._or_reasons(by_name(receipt, self.named, 1))
        return self._by_evidence()

    def _by_evidence(self) -> Verdict:
        certain = self._quoted()
        for verdict in (certain, self._numbered()):
            if verdict.shares and self._is_exact(verdict):
                return verdict
        decision = self.decision()
        found = self._verdict(decision)
        if self._decided_before(found):
            return Verdict(evidence=(*decision.evidence, "but somebody decided that it is not for that"))
        if found.zone != "automatic" and certain.shares and not self._decided_before(certain):
            return certain
        return found if found.zone != "manual" else self._or_reasons(NOTHING, decision.evidence)

    def decision(self) -> Decision:
        """What the evidence says."""
        money = _money(self.receipt)
        reading = Reading(money, ground(self.receipt.entity))
        return settle(reading, self.search.begun(), self.search.fetch, self.rules, present_weights())

    def _quoted(self) -> Verdict:
        """By references with check digits: they are not mistyped."""
        quoted = quoted_numbers(self.receipt)
        items = list({i.id: i for n in quoted if (i := self.by_number.get(n)) is not None}.values())
        return by_name(self.receipt, items, len(self.numbers)) if items else NOTHING

    def _numbered(self) -> Verdict:
        """By whole numbers of ours in the text, where the payer's name does not tell of somebody else."""
        payer = words(self.receipt.payer_name)
        alike = all(likeness(payer, item.compared.words) in NOT_ANOTHER for item in self.named)
        return by_name(self.receipt, self.named, len(self.numbers)) if self.named and alike else NOTHING

    def _is_exact(self, verdict: Verdict) -> bool:
        whole = all(share.amount_minor == share.item.open_minor for share in verdict.shares)
        used = sum(share.amount_minor for share in verdict.shares)
        return whole and used == self.receipt.unapplied_minor and not self._decided_before(verdict)

    def _decided_before(self, verdict: Verdict) -> bool:
        """Whether somebody refused just that, or took a match with it back."""
        items = tuple(sorted(share.item.id for share in verdict.shares))
        refused = any(one.items == items for one in self.receipt.refused)
        return bool(items) and (refused or bool(taken_back(self.receipt) & set(items)))

    def _verdict(self, decision: Decision) -> Verdict:
        if decision.zone == "manual":
            return Verdict(evidence=decision.evidence, rules_version=decision.version)
        shares = tuple(Share(self.book.items[one.item.invoice], one.cents) for one in decision.shares)
        score = int(decision.score * _WHOLE)
        return Verdict(
            shares,
            decision.evidence,
            sure=self._teaches(shares, decision),
            zone=decision.zone,
            score_basis_points=score,
            rules_version=decision.version,
        )

    def _teaches(self, shares: Sequence[Share], decision: Decision) -> bool:
        """Whether that tells whose account it came from: named in full, exactly what is open, of one member."""
        named = decision.mention in IN_FULL
        exact = all(share.amount_minor == share.item.open_minor for share in shares)
        used = sum(share.amount_minor for share in shares)
        return named and exact and used == self.receipt.unapplied_minor and len({s.item.member_id for s in shares}) == 1

    def _or_reasons(self, verdict: Verdict, others: Sequence[str] = ()) -> Verdict:
        """The verdict, or why there is none."""
        return verdict if verdict.shares else Verdict(evidence=(*self._reasons(), *(others or self._paid())))

    def _reasons(self) -> list[str]:
        own = self.receipt.currency
        foreign = [item for item in self.named if item.currency != own]
        reasons = [f"{item.number} is owed in {item.currency}, the money is {own}" for item in foreign]
        return reasons + [f"there is no invoice {number}" for number in self.missing]

    def _paid(self) -> list[str]:
        return [f"{item.number} is paid already" for item in self.named if not item.open_minor]


def taken_back(receipt: Receipt) -> frozenset[str]:
    """Items this money was on and is not any more."""
    net = net_by_match(receipt.allocations)
    gone = {a.item_id for a in receipt.allocations if a.kind == "payment" and not net[a.match_id]}
    return frozenset(gone - {a.item_id for a in receipt.allocations if a.kind == "payment" and net[a.match_id]})


def _money(receipt: Receipt) -> Money:
    """The receipt as the evidence reads it."""
    said = [receipt.text, *receipt.references, receipt.ultimate_debtor]
    if _says_something(receipt):
        said.append(receipt.end_to_end_id)
    return Money(
        payment=receipt.id,
        date=receipt.received_on.isoformat(),
        amount_cents=receipt.unapplied_minor,
        payer_name=receipt.payer_name,
        payer_iban=receipt.payer_iban,
        remittance="\n".join(one for one in said if one)[:LONGEST],
        structured_reference=receipt.reference,
    )


def _says_something(receipt: Receipt) -> bool:
    """Whether the payer's own id of the payment has a number or reference of ours: most are made by machines."""
    known, folded = ground(receipt.entity), fold(receipt.end_to_end_id)
    return bool(known.numbers.found(folded) or known.references.found(folded))
