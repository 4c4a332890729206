"""The items, receipts and aliases of one commit as they change, and what there is to tell of it."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from common.documents import Document, id_from
from common.events.base import Event
from common.events.invoicing import CreditNoteIssued, Preceding
from common.events.matching import (
    CreditNoteApplied,
    ItemOverdue,
    ItemReopened,
    ItemSettled,
    OverdueItemChanged,
    PaymentMatched,
    PaymentSuggested,
    PaymentUnmatched,
    Refund,
    RefundRequested,
    RefundWithdrawn,
    SettledBy,
)
from common.failures import Rejected
from functions.matching.aliases import Alias, alias_id_of, learned, unknown
from functions.matching.model import (
    Allocation,
    Item,
    Receipt,
    applied,
    item_id_of,
    match_id_of,
    net_by_match,
    owned,
    unmatch_id_of,
    with_entry,
)
from functions.matching.scoring import Verdict
from functions.matching.suggesting import news_of, suggested, undecided
from functions.matching.verdicts import Why

SETTLED_BY: Final[dict[str, SettledBy]] = {"payment": "payment", "credit": "credit_note", "": "nothing"}
OtherNews = RefundRequested | RefundWithdrawn
ItemNews = CreditNoteApplied | PaymentMatched | PaymentUnmatched | ItemSettled | ItemReopened


class Book:
    """Several facts of a slice may concern the same item or money: each sees what the ones before it did."""

    def __init__(
        self, items: Iterable[Item] = (), receipts: Iterable[Receipt] = (), aliases: Iterable[Alias] = ()
    ) -> None:
        self.items = {item.id: item for item in items}
        self.receipts = {receipt.id: receipt for receipt in receipts}
        self.aliases = {alias.id: alias for alias in aliases}
        self.before = dict(self.receipts)
        self.changed: dict[str, Document] = {}
        self.news: list[ItemNews] = []
        self.refunds: list[OtherNews] = []

    def told(self) -> list[Event]:
        """What there is to tell, each event with what is open once all of the commit is done."""
        news = [event.model_copy(update={"open_minor": self.items[event.item_id].open_minor}) for event in self.news]
        changed = [document for document in self.changed.values() if isinstance(document, Item)]
        late = (overdue_changed(item) for item in changed if item.overdue_version)
        return [*news, *self.refunds, *late, *self._suggested()]

    def _suggested(self) -> Iterator[PaymentSuggested]:
        for document in self.changed.values():
            if isinstance(document, Receipt):
                yield from news_of(self.before.get(document.id), document)

    def keep(self, document: Item | Receipt | Alias) -> None:
        """Takes a document's new state."""
        if isinstance(document, Item):
            self.items[document.id] = document
        elif isinstance(document, Receipt):
            self.receipts[document.id] = document
        else:
            self.aliases[document.id] = document
        self.changed[document.id] = document

    def settle(self, receipt_id: str, verdict: Verdict, on: date) -> None:
        """Does what was decided: puts money where it belongs, or suggests it, or notes why neither.

        Learns whose account it came from where that is sure.
        """
        if verdict.zone == "automatic":
            self._match_all(receipt_id, verdict, on)
        elif verdict.zone == "suggested":
            self.keep(suggested(self.receipts[receipt_id], verdict, on))
        else:
            self.keep(undecided(self.receipts[receipt_id], verdict.evidence))

    def _match_all(self, receipt_id: str, verdict: Verdict, on: date) -> None:
        why = Why(
            evidence=verdict.evidence,
            score_basis_points=verdict.score_basis_points,
            rules_version=verdict.rules_version,
        )
        self.keep(self.receipts[receipt_id].but(zone="automatic", reasons=()))
        for share in verdict.shares:
            self.match(receipt_id, share.item.id, share.amount_minor, why, on)
        receipt = self.receipts[receipt_id]
        if verdict.sure and receipt.payer_iban and receipt.member_id:
            alias = self.aliases.get(alias_id_of(receipt.payer_iban)) or unknown(receipt.payer_iban)
            self.keep(learned(alias, receipt.member_id, on))

    def match(self, receipt_id: str, item_id: str, amount_minor: int, why: Why, on: date) -> str:
        """Puts an amount of a receipt on an item; the new match's id.

        Rejected `currency_differs`, `more_than_unapplied` or `more_than_open` (409).
        """
        item, receipt = self.items[item_id], self.receipts[receipt_id]
        _must_fit(item, receipt, amount_minor)
        match_id = match_id_of(receipt, item)
        self._enter(item, receipt, match_id, amount_minor, why)
        item, receipt = self.items[item_id], self.receipts[receipt_id]
        matched = PaymentMatched(
            **of_item(item),
            match_id=match_id,
            receipt_id=receipt.id,
            entity=item.entity,
            amount_minor=amount_minor,
            evidence=why.evidence,
            score_basis_points=why.score_basis_points,
            rules_version=why.rules_version,
            decided_by=why.by,
            unapplied_minor=receipt.unapplied_minor,
            matched_on=on,
        )
        self.news.append(matched)
        if item.state == "settled":
            self.news.append(settled(item, on))
        return match_id

    def carry_over(self, item_id: str, preceding: Preceding, on: date) -> None:
        """Puts what had paid for an invoice on the one that stands in its place."""
        old = self.items[item_id_of(preceding.invoice_number)]
        for receipt_id in paying_receipts(old):
            item, receipt = self.items[item_id], self.receipts[receipt_id]
            amount = min(receipt.unapplied_minor, item.open_minor)
            if amount and receipt.currency == item.currency:
                said = f"it had paid for {old.number}; {item.number} stands in the place of {preceding.number}"
                self.match(receipt_id, item_id, amount, Why(evidence=(said,)), on)
        if preceding.kind == "invoice":
            self.keep(old.but(replaced_by=self.items[item_id].number))

    def unmatch(self, receipt_id: str, match_id: str, reason: str, on: date) -> Item:
        """Takes back what a match still carries; the item as it is then. Rejected `not_matched` (409)."""
        receipt = self.receipts[receipt_id]
        amount = net_by_match(receipt.allocations).get(match_id, 0)
        if not amount:
            raise Rejected("not_matched", "this match was taken back before, or there never was one", status=409)
        item_id = next(a.item_id for a in receipt.allocations if a.match_id == match_id)
        before = self.items[item_id]
        self.counter(before, receipt, match_id, amount, reason, on)
        item = self.items[item_id]
        if before.state == "settled":
            self.news.append(ItemReopened(**of_item(item)))
        return item

    def credit(self, note: CreditNoteIssued, item_id: str, on: date) -> None:
        """Takes a credit note off an item; money that has already paid for it becomes unapplied again.

        Rejected `more_than_owed` where the credit notes are over more than the invoice.
        """
        item = self.items[item_id]
        if note.credit_note_id in net_by_match(item.allocations):
            return
        _must_be_owed(item, note)
        before = item
        released = _to_release(item, note.total_minor - item.open_minor)
        for match_id, receipt_id, amount in released:
            reason = f"credit note {note.number}"
            self.keep(owned(self.receipts[receipt_id], item.member_id))
            self.counter(self.items[item_id], self.receipts[receipt_id], match_id, amount, reason, on)
        entry = Allocation(match_id=note.credit_note_id, kind="credit", amount_minor=note.total_minor)
        self.keep(with_entry(self.items[item_id], entry))
        freed = _by_receipt(released)
        if note.rest == "refund":
            for receipt_id, amount in freed.items():
                self.set_aside(receipt_id, refund_of(note, self.receipts[receipt_id], amount, on))
        self.news.append(applied_note(note, self.items[item_id], freed, on))
        if before.state == "open" and self.items[item_id].state == "settled":
            self.news.append(settled(self.items[item_id], on))

    def set_aside(self, receipt_id: str, refund: RefundRequested) -> None:
        """Keeps money that is to be paid back from being put on anything else."""
        receipt = self.receipts[receipt_id]
        entry = Allocation(
            match_id=refund.refund_id, kind="refund", member_id=receipt.member_id, amount_minor=refund.amount_minor
        )
        self.keep(applied(receipt, entry))
        self.refunds.append(refund)

    def _enter(self, item: Item, receipt: Receipt, match_id: str, amount_minor: int, why: Why | None = None) -> None:
        self.keep(with_entry(item, Allocation(match_id=match_id, receipt_id=receipt.id, amount_minor=amount_minor)))
        entry = Allocation(
            match_id=match_id, item_id=item.id, member_id=item.member_id, amount_minor=amount_minor, why=why
        )
        self.keep(applied(receipt, entry))

    def counter(self, item: Item, receipt: Receipt, match_id: str, amount_minor: int, reason: str, on: date) -> None:
        """Takes so much of a match back."""
        self._enter(item, receipt, match_id, -amount_minor)
        self.news.append(
            PaymentUnmatched(
                **of_item(item),
                unmatch_id=unmatch_id_of(receipt, match_id),
                match_id=match_id,
                receipt_id=receipt.id,
                entity=item.entity,
                amount_minor=amount_minor,
                reason=reason,
                unmatched_on=on,
            )
        )


def settled(item: Item, on: date) -> ItemSettled:
    """That nothing is open on an item any more."""
    return ItemSettled(**of_item(item), total_minor=item.total_minor, settled_on=on, by=SETTLED_BY[_last_kind(item)])


def applied_note(note: CreditNoteIssued, item: Item, freed: dict[str, int], on: date) -> CreditNoteApplied:
    """What became of a credit note on its item, when so much money of each receipt had paid for it."""
    paid = sum(freed.values())
    back = note.rest == "refund"
    return CreditNoteApplied(
        **of_item(item),
        credit_note_id=note.credit_note_id,
        credit_note_number=note.number,
        entity=item.entity,
        offset_minor=note.total_minor - paid,
        credit_minor=0 if back else paid,
        refund_minor=paid if back else 0,
        refunds=tuple(Refund(receipt_id=one, amount_minor=amount) for one, amount in freed.items()) if back else (),
        applied_on=on,
    )


def _last_kind(item: Item) -> str:
    return item.allocations[-1].kind if item.allocations else ""


def refund_of(note: CreditNoteIssued, receipt: Receipt, amount_minor: int, on: date) -> RefundRequested:
    """That so much of some money is to be paid back for a credit note."""
    return refund_requested(
        receipt,
        id_from("ref", note.credit_note_id, receipt.id),
        amount_minor,
        on,
        reason=f"credit note {note.number}",
        credit_note_id=note.credit_note_id,
        credit_note_number=note.number,
        invoice_number=note.invoice_number,
    )


def refund_requested(receipt: Receipt, refund_id: str, amount_minor: int, on: date, **why: str) -> RefundRequested:
    """That so much of some money is to be paid back, the way it came."""
    return RefundRequested(
        member_id=receipt.member_id,
        refund_id=refund_id,
        receipt_id=receipt.id,
        source=receipt.source,
        provider_id=receipt.provider_id,
        entity=receipt.entity,
        amount_minor=amount_minor,
        currency=receipt.currency,
        payer_name=receipt.payer_name,
        payer_iban=receipt.payer_iban,
        requested_on=on,
        **why,
    )


def overdue(item: Item) -> ItemOverdue:
    """That an item is owed beyond its due date."""
    return ItemOverdue(
        **of_item(item),
        reference=item.reference,
        entity=item.entity,
        total_minor=item.total_minor,
        due_on=item.due_on,
        email=item.email,
        language=item.language,
        buyer_name=item.buyer_name,
    )


def overdue_changed(item: Item) -> OverdueItemChanged:
    """What has become of an item that was told as overdue."""
    return OverdueItemChanged(**of_item(item), overdue_version=item.overdue_version, in_flight=item.in_flight)


def of_item(item: Item) -> dict[str, Any]:
    """What every event of an item says of it, as the commit under way leaves it."""
    return {
        "member_id": item.member_id,
        "item_id": item.id,
        "item_version": item.version + 1,
        "invoice_id": item.invoice_id,
        "invoice_number": item.number,
        "currency": item.currency,
        "open_minor": item.open_minor,
    }


def paying_receipts(item: Item) -> list[str]:
    """The receipts whose money is on an item."""
    return list(dict.fromkeys(a.receipt_id for a in item.allocations if a.receipt_id))


def _must_fit(item: Item, receipt: Receipt, amount_minor: int) -> None:
    if item.currency != receipt.currency:
        raise Rejected("currency_differs", f"the money is {receipt.currency}, the item {item.currency}", status=409)
    if amount_minor > receipt.unapplied_minor:
        raise Rejected("more_than_unapplied", f"only {receipt.unapplied_minor} of the money is left", status=409)
    if amount_minor > item.open_minor:
        raise Rejected("more_than_open", f"only {item.open_minor} is open on {item.number}", status=409)


def _must_be_owed(item: Item, note: CreditNoteIssued) -> None:
    credited = sum(a.amount_minor for a in item.allocations if a.kind == "credit")
    if note.currency != item.currency or not 0 < note.total_minor <= item.total_minor - credited:
        raise Rejected("more_than_owed", f"{note.number} is over more than is left of {item.number}")


def _by_receipt(released: Iterable[tuple[str, str, int]]) -> dict[str, int]:
    freed: dict[str, int] = {}
    for _, receipt_id, amount in released:
        freed[receipt_id] = freed.get(receipt_id, 0) + amount
    return freed


def _to_release(item: Item, wanted: int) -> list[tuple[str, str, int]]:
    """Which matches give way, the latest first: match, receipt, amount, together `wanted`."""
    receipts = {a.match_id: a.receipt_id for a in item.allocations if a.kind == "payment"}
    released = []
    for match_id, carried in reversed(net_by_match(item.allocations).items()):
        if wanted > 0 and carried and match_id in receipts:
            released.append((match_id, receipts[match_id], min(carried, wanted)))
            wanted -= released[-1][2]
    return released
