"""Open items and receipts: two sides of every match, each with its own entries, and what they add up to."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from common.documents import Document, id_from
from common.events.base import Task
from common.events.dunning import OfReminder
from common.events.invoicing import InvoiceIssued
from common.events.payments import PaymentReceived, Purpose, WayBack
from common.failures import Rejected
from common.money import Currency, Minor
from common.parties import personal
from common.values import Exact
from functions.matching import keyed
from functions.matching.evidence.money import Item as Compared
from functions.matching.evidence.money import Paid
from functions.matching.verdicts import Part, Refusal, Suggestion, Why, Zone

ItemState = Literal["open", "settled"]
ReceiptState = Literal["unapplied", "partly", "applied"]


class Allocation(Exact):
    """An entry on an item or a receipt; a negative amount is the counter-entry of an earlier one.

    Money and items are never taken out of the list: what was wrong is countered, so that both stay on record.
    """

    match_id: str
    """The match, the credit note or the write-off; of what is on receipts alone, the refund or the return."""
    kind: Literal["payment", "credit", "write_off", "refund", "return"] = "payment"
    """`refund`: set aside to be paid back. `return`: taken back by the payer's bank."""
    receipt_id: str = ""
    item_id: str = ""
    member_id: str = ""
    amount_minor: Minor
    why: Why | None = None
    """Of a match, on the receipt's side."""


Allocations = tuple[Allocation, ...]


class Item(Document):
    """What a member owes on one invoice. `attempt` counts collections asked for, `ended_attempt` those over."""

    collection = "items"
    indexed = ("member_id", "state", "keys")

    invoice_id: str
    number: str
    reference: str
    entity: str
    member_id: str
    account: Annotated[str, personal("")] = ""
    """The marketplace's own id of the member, which payers quote."""
    email: Annotated[str, personal("")]
    language: str
    buyer_name: Annotated[str, personal()]
    currency: Currency
    total_minor: Minor = Field(ge=0)
    open_minor: Minor = Field(ge=0)
    due_on: date
    state: ItemState
    attempt: int = 0
    ended_attempt: int = 0
    overdue: bool = False
    """It was told as overdue, and not settled and opened again since."""
    overdue_version: int = 0
    """The version it was last told as overdue with; 0: never."""
    replaced_by: str = ""
    """The number of the invoice that stands in its place since it was reissued: money for it is for that one."""
    keys: Annotated[tuple[str, ...], personal(())] = ()
    """What money finds it by (`keyed.stored_keys`), hashed."""
    allocations: Allocations = ()

    @property
    def credit_notes(self) -> int:
        """How many were taken off it."""
        return sum(a.kind == "credit" for a in self.allocations)

    @property
    def in_flight(self) -> bool:
        """Whether a provider is collecting it."""
        return self.open_minor > 0 and self.attempt > self.ended_attempt

    @property
    def compared(self) -> Compared:
        """The item as evidence is compared with it."""
        item = keyed.compared(
            item_id=self.id,
            entity=self.entity,
            number=self.number,
            reference=self.reference,
            member_id=self.member_id,
            account=self.account,
            name=self.buyer_name,
            total_minor=self.total_minor,
            open_minor=self.open_minor,
            due=self.due_on.isoformat(),
        )
        item.paid = tuple(_paid(self.allocations))
        return item

    def with_keys(self) -> Self:
        """The item under the keys of its present state."""
        return self.model_copy(update={"keys": keyed.stored_keys(self.entity, self.compared)})

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.open_minor != self.total_minor - sum(a.amount_minor for a in self.allocations):
            raise ValueError("open is not total less allocations")
        if self.open_minor > self.total_minor or self.state != item_state(self.open_minor):
            raise ValueError("open is over total, or the state is not that of what is open")
        return self


class Receipt(Document):
    """Money that came. What is not applied to items is the member's credit, or nobody's yet."""

    collection = "receipts"
    indexed = ("member_id", "state", "amount_text", "iban_ending", "zone", "suggested_items", "proposal")

    source: str
    entity: str
    currency: Currency
    amount_minor: Minor = Field(gt=0)
    unapplied_minor: Minor = Field(ge=0)
    received_on: date
    state: ReceiptState
    member_id: str
    known_member_id: str = ""
    """Whose it is by what came with it, before any match."""
    amount_text: str
    """As it is searched for, in minor units: `1250 EUR`."""
    iban_ending: str = ""
    invoice_number: str = ""
    purposes: tuple[Purpose, ...] = ()
    """What the payer chose to pay with it, where they chose several invoices."""
    provider_id: str = ""
    final_on: date | None = None
    """From this day on it can't be taken back; the ways in which it can until then are `ways_back`."""
    ways_back: tuple[WayBack, ...] = ()
    reference: str = ""
    references: tuple[str, ...] = ()
    """Further ones."""
    text: Annotated[str, personal("")] = ""
    end_to_end_id: Annotated[str, personal("")] = ""
    payer_name: Annotated[str, personal("")] = ""
    payer_iban: Annotated[str, personal("")] = ""
    ultimate_debtor: Annotated[str, personal("")] = ""
    """For whom the payer paid, where they said so."""
    zone: Zone | Literal[""] = ""
    """How it was decided when it was last looked at by the rules; empty while it waits for an invoice it names."""
    reasons: tuple[str, ...] = ()
    """Why the rules did not put it anywhere by themselves."""
    suggestion: Suggestion | None = None
    suggested_items: tuple[str, ...] = ()
    """Those of the suggestion that stands."""
    once_suggested: tuple[Part, ...] = ()
    """Every item it was ever suggested for."""
    refused: tuple[Refusal, ...] = ()
    proposal: Literal["", "return"] = ""
    """What the policy proposes for money that nobody claims."""
    allocations: Allocations = ()

    @property
    def refund_minor(self) -> int:
        """What is set aside to be paid back, or has been."""
        return sum(a.amount_minor for a in self.allocations if a.kind == "refund")

    @property
    def returned_minor(self) -> int:
        """What the payer's bank has taken back."""
        return sum(a.amount_minor for a in self.allocations if a.kind == "return")

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        applied = sum(a.amount_minor for a in self.allocations)
        if not 0 <= applied <= self.amount_minor or self.unapplied_minor != self.amount_minor - applied:
            raise ValueError("unapplied is not amount less allocations")
        if self.state != receipt_state(self.amount_minor, self.unapplied_minor):
            raise ValueError("the state is not that of what is unapplied")
        return self


class MarkOverdue(Task, name="matching.mark_overdue"):
    """The due date is over: look whether anything is still owed."""

    item_id: str


class CheckReminder(OfReminder, Task, name="matching.check_reminder"):
    """Look again whether a reminder that was put off is to be passed on."""


class ReviewMoney(Task, name="matching.review_money"):
    """Money lies there for long: do with it what the policy says."""

    receipt_ids: tuple[str, ...]


class TryAgain(Task, name="matching.try_again"):
    """Money named an invoice that was not there: look again."""

    receipt_id: str
    tries: int = 1


def item_id_of(number: str) -> str:
    """The id of the item of an invoice number."""
    return id_from("item", number)


def match_id_of(receipt: Receipt, item: Item) -> str:
    """A new id for the next match between the two: the same two can be matched again after a mistake."""
    return id_from("mat", receipt.id, item.id, str(len(receipt.allocations)))


def unmatch_id_of(receipt: Receipt, match_id: str) -> str:
    """A new id for the next counter-entry of a match, which can be cut several times."""
    return id_from("unm", match_id, str(len(receipt.allocations)))


def item_state(open_minor: int) -> ItemState:
    """An item's state by what is open."""
    return "open" if open_minor else "settled"


def receipt_state(amount_minor: int, unapplied_minor: int) -> ReceiptState:
    """A receipt's state by what is left of it."""
    if unapplied_minor == amount_minor:
        return "unapplied"
    return "partly" if unapplied_minor else "applied"


def opened(invoice: InvoiceIssued) -> Item:
    """The item of an invoice; where the buyer's method collects by itself, the first attempt is under way.

    Rejected `negative_total` for what is no invoice.
    """
    if invoice.total_minor < 0:
        raise Rejected("negative_total", f"{invoice.number} is over {invoice.total_minor}: credit notes take back")
    item = Item(
        id=item_id_of(invoice.number),
        invoice_id=invoice.invoice_id,
        number=invoice.number,
        reference=invoice.reference,
        entity=invoice.entity,
        member_id=invoice.buyer.member_id,
        account=invoice.buyer.account,
        email=invoice.buyer.email,
        language=invoice.buyer.language,
        buyer_name=invoice.buyer.name,
        currency=invoice.currency,
        total_minor=invoice.total_minor,
        open_minor=invoice.total_minor,
        due_on=invoice.due_on,
        state=item_state(invoice.total_minor),
        attempt=0 if invoice.buyer.payment_method == "transfer" else 1,
    )
    return item.with_keys()


def arrived(money: PaymentReceived, known_member_id: str) -> Receipt:
    """The receipt of money nothing has been done with; Rejected `no_money` unless it is some."""
    if money.amount_minor <= 0:
        raise Rejected("no_money", f"{money.receipt_id} is over {money.amount_minor}")
    iban = money.payer_iban.replace(" ", "").upper()
    return Receipt(
        id=money.receipt_id,
        source=money.source,
        entity=money.entity,
        currency=money.currency,
        amount_minor=money.amount_minor,
        unapplied_minor=money.amount_minor,
        received_on=money.received_on,
        state="unapplied",
        member_id=known_member_id,
        known_member_id=known_member_id,
        amount_text=f"{money.amount_minor} {money.currency}",
        iban_ending=iban[-4:],
        invoice_number=money.invoice_number,
        purposes=money.purposes,
        provider_id=money.provider_id,
        final_on=money.final_on,
        ways_back=money.ways_back,
        reference=money.reference,
        references=tuple(one for one in money.references if one != money.reference),
        text=money.text,
        end_to_end_id=money.end_to_end_id,
        payer_name=money.payer_name,
        payer_iban=iban,
        ultimate_debtor=money.ultimate_debtor,
    )


def ended(item: Item, attempt: int) -> Item:
    """The item after the end of a collection, however it ended; a later one is still in flight."""
    return item.but(attempt=max(item.attempt, attempt), ended_attempt=max(item.ended_attempt, attempt))


def begun(item: Item, attempt: int) -> Item:
    """The item that is being collected by an attempt; itself where that is known."""
    return item.but(attempt=attempt) if attempt > item.attempt else item


def told_overdue(item: Item) -> Item:
    """The item that is told as overdue by the commit that writes it."""
    return item.but(overdue=True, overdue_version=item.version + 1)


def owned(receipt: Receipt, member_id: str) -> Receipt:
    """The receipt known as a member's, unless it is known as somebody's already."""
    known = receipt.known_member_id or member_id
    return receipt.but(known_member_id=known, member_id=receipt.member_id or known)


def with_entry(item: Item, entry: Allocation) -> Item:
    """The item with a further entry; a settled item that is open again may be told as overdue again."""
    open_minor = item.open_minor - entry.amount_minor
    overdue = item.overdue and item.state == "open"
    changed = item.but(
        open_minor=open_minor,
        state=item_state(open_minor),
        overdue=overdue,
        allocations=(*item.allocations, entry),
    )
    return changed.with_keys()


def applied(receipt: Receipt, entry: Allocation) -> Receipt:
    """The receipt with a further entry; it is the member's whose item it pays.

    Once any of it is put somewhere, what it was suggested for is decided.
    """
    allocations = (*receipt.allocations, entry)
    unapplied = receipt.unapplied_minor - entry.amount_minor
    net = net_by_match(allocations)
    members = [a.member_id for a in allocations if net[a.match_id]]
    decided = entry.amount_minor > 0
    return receipt.but(
        suggestion=None if decided else receipt.suggestion,
        suggested_items=() if decided else receipt.suggested_items,
        proposal="" if decided else receipt.proposal,
        unapplied_minor=unapplied,
        state=receipt_state(receipt.amount_minor, unapplied),
        member_id=members[0] if members else receipt.known_member_id,
        allocations=allocations,
    )


def payments_in(allocations: Allocations) -> Allocations:
    """The entries that put money on items."""
    return tuple(a for a in allocations if a.kind == "payment")


def net_by_match(allocations: Allocations) -> dict[str, int]:
    """What each match still carries after its counter-entries, in the order they were made."""
    net: dict[str, int] = {}
    for allocation in allocations:
        net[allocation.match_id] = net.get(allocation.match_id, 0) + allocation.amount_minor
    return net


def _paid(allocations: Allocations) -> Iterator[Paid]:
    """What money an item was given, and what of it was not taken back."""
    receipts = {a.match_id: a.receipt_id for a in allocations if a.kind == "payment"}
    for match_id, amount in net_by_match(allocations).items():
        if match_id in receipts and amount:
            yield Paid(receipts[match_id], amount)
