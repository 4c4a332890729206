"""The items, receipts and aliases of one commit as they change, and what there is to tell of it."""

from collections.abc import Iterable, Iterator
from datetime import date

from common.documents import Document
from common.events.base import Event
from common.events.invoicing import CreditNoteIssued, Preceding
from common.events.matching import (
    CreditNoteApplied,
    ItemReopened,
    ItemSettled,
    PaymentMatched,
    PaymentSuggested,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
    WriteOffDecided,
    WriteOffWithdrawn,
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
from functions.matching.news import applied_note, of_item, overdue_changed, refund_of, settled
from functions.matching.scoring import Verdict
from functions.matching.suggesting import news_of, suggested, undecided
from functions.matching.verdicts import Why
from functions.matching.write_offs import RULES, WriteOff, WriteOffState, tolerated, withdrawn, write_off_id_of

OtherNews = RefundRequested | RefundWithdrawn
ItemNews = (
    CreditNoteApplied
    | PaymentMatched
    | PaymentUnmatched
    | ItemSettled
    | ItemReopened
    | WriteOffDecided
    | WriteOffWithdrawn
)


class Book:
    """Several facts of a slice may concern the same item or money: each sees what the ones before it did."""

    def __init__(
        self, items: Iterable[Item] = (), receipts: Iterable[Receipt] = (), aliases: Iterable[Alias] = ()
    ) -> None:
        self.items = {item.id: item for item in items}
        self.receipts = {receipt.id: receipt for receipt in receipts}
        self.aliases = {alias.id: alias for alias in aliases}
        self.write_offs: dict[str, WriteOff] = {}
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

    def keep(self, document: Item | Receipt | Alias | WriteOff) -> None:
        """Takes a document's new state."""
        if isinstance(document, Item):
            self.items[document.id] = document
        elif isinstance(document, WriteOff):
            self.write_offs[document.id] = document
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
        if not self.receipts[receipt_id].unapplied_minor:
            self._tolerate([share.item.id for share in verdict.shares], on)
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

    def _tolerate(self, item_ids: Iterable[str], on: date) -> None:
        """Writes off what so little is left of that nobody would ask for it."""
        for item_id in item_ids:
            item = self.items[item_id]
            if tolerated(item.open_minor, item.total_minor, item.currency):
                self.write_off(written_off(item, item.open_minor, "a difference of cents", RULES, on), on)

    def write_off(self, decided: WriteOff, on: date) -> None:
        """Takes a decided write-off off its item; Rejected `more_than_open` (409)."""
        item = self.items[decided.item_id]
        if decided.amount_minor > item.open_minor:
            raise Rejected("more_than_open", f"only {item.open_minor} is open on {item.number}", status=409)
        self.keep(decided)
        entry = Allocation(match_id=decided.id, kind="write_off", amount_minor=decided.amount_minor)
        self.keep(with_entry(item, entry))
        item = self.items[item.id]
        self.news.append(
            WriteOffDecided(
                **of_item(item),
                write_off_id=decided.id,
                entity=item.entity,
                amount_minor=decided.amount_minor,
                reason=decided.reason,
                decided_by=decided.decided_by,
                approved_by=decided.approved_by,
                decided_on=on,
            )
        )
        if item.state == "settled":
            self.news.append(settled(item, on))

    def claim_again(self, write_off: WriteOff, reason: str, on: date, *, reopens: bool = True) -> Item:
        """Takes a write-off back by a counter-entry; the item as it is then. Rejected `wrong_state` (409).

        `reopens`: whether a settled item is told as open again; it is not where something else settles it at once.
        """
        before = self.items[write_off.item_id]
        self.keep(withdrawn(write_off))
        self.keep(
            with_entry(
                before, Allocation(match_id=write_off.id, kind="write_off", amount_minor=-write_off.amount_minor)
            )
        )
        item = self.items[write_off.item_id]
        self.news.append(
            WriteOffWithdrawn(
                **of_item(item),
                write_off_id=write_off.id,
                entity=item.entity,
                amount_minor=write_off.amount_minor,
                reason=reason,
                withdrawn_on=on,
            )
        )
        if before.state == "settled" and reopens:
            self.news.append(ItemReopened(**of_item(item)))
        return item

    def _claim_what_is_credited(self, note: CreditNoteIssued, item: Item, on: date) -> None:
        """A credit note over more than was paid and is open takes back what was written off: it is not owed at all."""
        paid = sum(amount for _, _, amount in _to_release(item, item.total_minor))
        if note.total_minor - item.open_minor > paid:
            for write_off_id in open_write_offs(item):
                self.claim_again(self.write_offs[write_off_id], f"credit note {note.number}", on, reopens=False)

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
        self._claim_what_is_credited(note, item, on)
        item = self.items[item_id]
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


def written_off(
    item: Item, amount_minor: int, reason: str, by: str, on: date, state: WriteOffState = "decided"
) -> WriteOff:
    """A decision to give up so much of an item."""
    return WriteOff(
        id=write_off_id_of(item.id, item.version + len(item.allocations)),
        member_id=item.member_id,
        item_id=item.id,
        invoice_number=item.number,
        entity=item.entity,
        currency=item.currency,
        amount_minor=amount_minor,
        reason=reason,
        decided_by=by,
        decided_on=on,
        state=state,
    )


def open_write_offs(item: Item) -> list[str]:
    """The ids of the write-offs that stand on an item."""
    given_up = {a.match_id for a in item.allocations if a.kind == "write_off"}
    return [one for one, net in net_by_match(item.allocations).items() if net and one in given_up]


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
