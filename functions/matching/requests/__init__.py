"""What callers send to `matching` and what they are told."""

import re
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StrictInt

from common.events.payments import WayBack
from common.functions.routes import Input, Limit, Output
from common.money import EXPONENTS, LARGEST
from functions.matching.model import Allocation, Item, ItemState, Receipt, ReceiptState, net_by_match, payments_in
from functions.matching.verdicts import Zone

Id = Annotated[str, Field(max_length=100)]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
MOST_SHARES: Final = 100
_AMOUNT: Final = re.compile(r"([0-9]{1,14})(?:[.,]([0-9]{1,3}))? ?([A-Z]{3})")


def _in_minor_units(text: str) -> str:
    """`12.50 EUR` and `1250 EUR` as receipts have it: minor units without a point, major units with one."""
    if not text:
        return text
    match = _AMOUNT.fullmatch(text)
    places = EXPONENTS.get(match[3]) if match else None
    if match is None or places is None or (match[2] is not None and len(match[2]) != places):
        raise ValueError("write 1250 EUR (minor units) or 12.50 EUR")
    return f"{int(match[1] + (match[2] or ''))} {match[3]}"


class ByItem(Input):
    """One item."""

    item_id: Id


class ByReceipt(Input):
    """One receipt."""

    receipt_id: Id


class SearchItems(Input):
    """Which items."""

    member_id: Id = ""
    number: Id = ""
    state: ItemState | Literal[""] = ""
    limit: Limit = 50
    page_token: Id = ""

    @property
    def equals(self) -> dict[str, str]:
        """The fields that are asked for."""
        return {name: value for name in ("member_id", "state") if (value := getattr(self, name))}


class SearchReceipts(Input):
    """Which receipts."""

    state: ReceiptState | Literal[""] = ""
    zone: Zone | Literal[""] = ""
    min_age_days: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Only money that came at least so many days ago; a page may then hold fewer than asked for, and go on."""
    member_id: Id = ""
    amount: Annotated[str, AfterValidator(_in_minor_units)] = ""
    iban_ending: Annotated[str, Field(pattern="^([0-9A-Z]{4})?$")] = ""
    limit: Limit = 50
    page_token: Id = ""

    @property
    def equals(self) -> dict[str, str]:
        """The fields that are asked for, as receipts are indexed."""
        asked = {
            "state": self.state,
            "zone": self.zone,
            "member_id": self.member_id,
            "amount_text": self.amount,
            "iban_ending": self.iban_ending,
        }
        return {name: value for name, value in asked.items() if value}


class MatchByHand(Input):
    """Put so much of a receipt on an item, and why."""

    receipt_id: Id
    item_id: Id
    amount_minor: Annotated[StrictInt, Field(gt=0, le=LARGEST)]
    reason: Reason


class ShareGiven(Input):
    """So much for that item."""

    item_id: Id
    amount_minor: Annotated[StrictInt, Field(gt=0, le=LARGEST)]


class MatchSeveral(Input):
    """Put parts of a receipt on several items, of one member or of many, and why: all of it or nothing."""

    receipt_id: Id
    shares: Annotated[list[ShareGiven], Field(min_length=1, max_length=MOST_SHARES)]
    reason: Reason


class Accept(Input):
    """Put a receipt's money where it is suggested to belong."""

    receipt_id: Id
    reason: Annotated[str, Field(max_length=500)] = ""


class Refuse(Input):
    """Refuse what is suggested for a receipt's money, and why: it is not suggested again."""

    receipt_id: Id
    reason: Reason


class Unmatch(Input):
    """Take a match back, and why."""

    receipt_id: Id
    match_id: Id
    reason: Reason


class RefundMoney(Input):
    """Pay so much of a receipt's unapplied money back, and why."""

    receipt_id: Id
    amount_minor: Annotated[StrictInt, Field(gt=0, le=LARGEST)]
    reason: Reason


class WhyAnswer(Output):
    """Why money lies where it does: the evidence, its score, the rules' version, and who decided."""

    evidence: list[str]
    score_basis_points: int
    """How probable it was by the evidence; 0 where a person decided by themselves."""
    rules_version: str
    by: str
    """The person, or `rules`."""


class PartAnswer(Output):
    """So much for that item."""

    item_id: str
    number: str
    member_id: str
    amount_minor: int


class SuggestionAnswer(Output):
    """What money is probably for."""

    parts: list[PartAnswer]
    score_basis_points: int
    evidence: list[str]
    rules_version: str
    on: date


class AllocationAnswer(Output):
    """An entry; a negative amount is a counter-entry. `match_id` is the credit note's for a credit."""

    match_id: str
    kind: str
    receipt_id: str
    item_id: str
    amount_minor: int
    why: WhyAnswer | None = None
    """Of a match, on the receipt's side."""

    @classmethod
    def of(cls, allocation: Allocation) -> Self:
        """As the document has it."""
        return cls.model_validate(allocation.model_dump(include=set(cls.model_fields)))


class ItemAnswer(Output):
    """An open item."""

    item_id: str
    member_id: str
    invoice_id: str
    number: str
    reference: str
    entity: str
    buyer_name: str
    currency: str
    total_minor: int
    open_minor: int
    due_on: date
    state: ItemState
    in_flight: bool
    overdue: bool
    allocations: list[AllocationAnswer]
    allowed: list[str]

    @classmethod
    def of(cls, item: Item) -> Self:
        """As the document has it, and what may be done: `match` while something is open."""
        kept = item.model_dump(include=set(cls.model_fields) - {"allocations"})
        return cls(
            item_id=item.id,
            in_flight=item.in_flight,
            allocations=[AllocationAnswer.of(allocation) for allocation in item.allocations],
            allowed=["match"] if item.open_minor else [],
            **kept,
        )


class ItemTotals(Output):
    """What all items of a member add up to in one currency, not only those of a page."""

    open_minor: int = 0
    overdue_minor: int = 0


class ItemPage(Output):
    """Some items; an empty token is the end. Where a member is asked for, `totals` by currency is over all theirs."""

    items: list[ItemAnswer]
    next_page_token: str = ""
    totals: dict[str, ItemTotals] = Field(default_factory=dict)


class ReceiptAnswer(Output):
    """Money that came. `matched` is what each match still carries."""

    receipt_id: str
    source: str
    entity: str
    currency: str
    amount_minor: int
    unapplied_minor: int
    refund_minor: int
    """Set aside to be paid back, or paid back."""
    returned_minor: int
    """Taken back by the payer's bank."""
    final_on: date | None
    """From this day on it can't be taken back by the rules of the way it came."""
    ways_back: list[WayBack]
    """How it can be taken back until then, and the last day of each way."""
    received_on: date
    state: ReceiptState
    member_id: str
    reference: str
    text: str
    payer_name: str
    iban_ending: str
    zone: Zone | Literal[""]
    """How the rules decided when they last looked; empty while it waits for an invoice it names."""
    reasons: list[str]
    """Why the rules did not put it anywhere by themselves."""
    suggestion: SuggestionAnswer | None
    allocations: list[AllocationAnswer]
    matched: dict[str, int]
    allowed: list[str]

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """As the document has it (of the IBAN only its end), and what may be done."""
        suggestion = receipt.suggestion.model_dump() if receipt.suggestion else None
        matched = {match_id: net for match_id, net in net_by_match(payments_in(receipt.allocations)).items() if net}
        allowed = ["match", "refund"] * bool(receipt.unapplied_minor) + ["unmatch"] * bool(matched)
        allowed += ["accept", "refuse"] * (receipt.suggestion is not None)
        return cls(
            receipt_id=receipt.id,
            allocations=[AllocationAnswer.of(allocation) for allocation in receipt.allocations],
            matched=matched,
            refund_minor=receipt.refund_minor,
            returned_minor=receipt.returned_minor,
            ways_back=list(receipt.ways_back),
            allowed=allowed,
            suggestion=SuggestionAnswer.model_validate(suggestion) if suggestion else None,
            **receipt.model_dump(include=set(cls.model_fields) - {"allocations", "ways_back", "suggestion"}),
        )


class ReceiptPage(Output):
    """Some receipts; an empty token is the end. Where a member is asked for, all their unapplied money by currency."""

    items: list[ReceiptAnswer]
    next_page_token: str = ""
    unapplied_minor: dict[str, int] = Field(default_factory=dict)


class Matched(Output):
    """A match that was made or taken back, and both its sides afterwards."""

    match_id: str
    item: ItemAnswer
    receipt: ReceiptAnswer


class MatchAnswer(Output):
    """A match that was made, and its item afterwards."""

    match_id: str
    item: ItemAnswer


class Accepted(Output):
    """Matches that were made in one go, and the receipt afterwards."""

    matches: list[MatchAnswer]
    receipt: ReceiptAnswer
