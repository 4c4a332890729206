"""Taking in what was booked on our accounts: each payment once, to whoever waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from common.documents import id_from
from common.events.payments import BankEntryBooked, PaymentReceived, PaymentReturned
from common.parties import SELLERS
from common.transaction import Transaction
from functions.payments.bank.identity import Placed, Sighting, id_of, number_of
from functions.payments.bank.kinds import EntryKind, Sort, sort_of
from functions.payments.model.debits import TakeDebitBooking
from functions.payments.model.statements import BankEntry, EntryTally, Statement, TakeArrival
from functions.payments.model.transfers import END_TO_END, MESSAGE, TakeTransferBooking, TransferBooking

OWN_ACCOUNTS: Final = frozenset(iban for seller in SELLERS.values() for iban in (seller.iban, seller.qr_iban) if iban)
_UNTOLD: Final = frozenset(
    {"debit_settlement", "debit_return", "provider_payout", "own_transfer", "refund_out", "interest", "bank_fee"}
)
"""Kinds whose credits are somebody else's to tell, or nobody's."""
Booked = Literal["bank_fee", "interest", "own_transfer", "unknown"]
BOOKED_AS: Final[dict[EntryKind, Booked]] = {
    "bank_fee": "bank_fee",
    "interest": "interest",
    "own_transfer": "own_transfer",
}
"""How what is nobody's payment is told; all else is unknown."""
_REVERSALS: Final = 20
_IT_AND_ITS_CHARGE: Final = 2


@dataclass(slots=True)
class _Coming:
    """A payment with the id it has for good, and what it is."""

    id: str
    one: Placed
    statement: Statement
    sort: Sort
    first_id: str
    """Of the first payment in its entry."""
    reverses: str = ""
    """The id of the credit it takes back."""


@dataclass(slots=True)
class Taken:
    """What became of some payments."""

    told: int = 0
    recorded: int = 0
    known: dict[str, int] = field(default_factory=dict)
    """How many of each statement had come before."""


def take(given: Sequence[tuple[Statement, Placed]], transaction: Transaction) -> Taken:
    """Records and tells what had not come before. Reads first; several statements of one commit come in one call."""
    tallies = _tallied(given, transaction)
    coming = [_coming(statement, one, tallies) for statement, one in given]
    found = [one for one in coming if one is not None]
    wanted = list(dict.fromkeys(i for one in found for i in (one.id, one.first_id)))
    known = {entry.id: entry for entry in transaction.find_all(BankEntry, wanted) if entry is not None}
    _find_reversed(found, known, transaction)
    taken = Taken()
    for tally in tallies.values():
        if tally.changed:
            transaction.put(tally.document())
    for (statement, _), one in zip(given, coming, strict=True):
        if one is None or not _is_new(one, known):
            taken.known[statement.id] = taken.known.get(statement.id, 0) + 1
        else:
            _record(one, known, taken, transaction)
    return taken


@dataclass(slots=True)
class _Tally:
    """The sightings of one key, with those of this commit."""

    id: str
    stored: EntryTally | None
    sightings: dict[str, Sighting] = field(default_factory=dict)
    changed: bool = False

    def see(self, fresh: Sighting) -> Sighting:
        """What a statement brings, settled when it is seen first."""
        known = self.sightings.get(fresh.statement_id)
        if known is None:
            before = number_of(self.sightings.values())
            after = number_of([*self.sightings.values(), fresh])
            known = fresh.model_copy(update={"known_before": before, "brings": after - before})
            self.sightings[fresh.statement_id] = known
            self.changed = True
        return known

    def document(self) -> EntryTally:
        """As it is to be kept."""
        sightings = tuple(self.sightings.values())
        return self.stored.but(sightings=sightings) if self.stored else EntryTally(id=self.id, sightings=sightings)


def _tallied(given: Sequence[tuple[Statement, Placed]], transaction: Transaction) -> dict[str, _Tally]:
    keys = list(dict.fromkeys(one.key for _, one in given if not one.strong))
    stored = transaction.find_all(EntryTally, keys)
    return {
        key: _Tally(key, one, {sighting.statement_id: sighting for sighting in one.sightings} if one else {})
        for key, one in zip(keys, stored, strict=True)
    }


def _coming(statement: Statement, one: Placed, tallies: dict[str, _Tally]) -> _Coming | None:
    """The payment with its id; None where a weak one is one of those that are known."""
    occurrence = one.rank
    if one.sighting is not None:
        seen = tallies[one.key].see(one.sighting)
        occurrence = one.rank - (seen.count - seen.brings) + seen.known_before
        if one.rank <= seen.count - seen.brings:
            return None
    sort = sort_of(one.entry, one.detail, OWN_ACCOUNTS)
    id_ = id_of(one.key, occurrence, one.part)
    return _Coming(id_, one, statement, sort, first_id=id_of(one.key, occurrence, 0))


def _is_new(coming: _Coming, known: dict[str, BankEntry]) -> bool:
    """An entry that came with other details before, or as a whole, is not told again by them."""
    first = known.get(coming.first_id)
    return coming.id not in known and (first is None or first.parts == coming.one.parts)


def _tells(coming: _Coming) -> bool:
    """Whether it is told as money received."""
    return coming.one.detail.amount_minor > 0 and not coming.one.entry.reversal and coming.sort.kind not in _UNTOLD


def _record(coming: _Coming, known: dict[str, BankEntry], taken: Taken, transaction: Transaction) -> None:
    told = _tells(coming)
    entry = _bank_entry(coming, told=told)
    known[coming.id] = entry
    taken.recorded += 1
    taken.told += told
    transaction.put(entry)
    if told:
        transaction.emit(_received(coming))
    elif coming.reverses:
        known[coming.reverses] = known[coming.reverses].but(returned=True)
        transaction.put(known[coming.reverses])
        transaction.emit(_returned(coming, known[coming.reverses]))
    elif coming.sort.kind in {"debit_settlement", "debit_return"}:
        transaction.later(_debit_booking(coming))
    elif coming.sort.kind == "provider_payout":
        transaction.later(_arrival(coming))
    elif coming.sort.kind == "refund_out" and (booking := _transfer(coming)) is not None:
        transaction.later(TakeTransferBooking(booking=booking))
    elif not _is_fee_of_a_return(coming):
        transaction.emit(_booked(coming))


def _is_fee_of_a_return(coming: _Coming) -> bool:
    """What the bank took for a returned debit is told with the return."""
    one = coming.one
    return one.charged is not None and sort_of(one.entry, one.charged, OWN_ACCOUNTS).kind == "debit_return"


# -- reversals -------------------------------------------------------------------------------------


def _find_reversed(coming: Sequence[_Coming], known: dict[str, BankEntry], transaction: Transaction) -> None:
    """Finds the credit that a reversal takes back: the one of that amount with the bank's or the payer's reference."""
    used: set[str] = set()
    for reversal in coming:
        if not reversal.one.entry.reversal or reversal.one.detail.amount_minor >= 0 or reversal.id in known:
            continue
        wanted = _marks(reversal.one, reversal.statement, -reversal.one.detail.amount_minor)
        stored = _marked(wanted, transaction)
        known |= {entry.id: entry for entry in stored if entry.id not in known}
        here = [one.id for one in coming if one.id not in known and _tells(one) and _has(one, wanted)]
        chosen = {i for i in here if i not in used}
        chosen |= {one.id for one in stored if one.told and not one.returned and one.id not in used}
        if len(chosen) == 1:
            reversal.reverses = chosen.pop()
            used.add(reversal.reverses)


def _has(one: _Coming, wanted: tuple[str, ...]) -> bool:
    return not set(wanted).isdisjoint(_marks(one.one, one.statement, one.one.detail.amount_minor))


def _marked(wanted: tuple[str, ...], transaction: Transaction) -> list[BankEntry]:
    for mark in wanted:
        found = transaction.select(BankEntry, marks=mark, limit=_REVERSALS)
        if found:
            return found
    return []


def _marks(one: Placed, statement: Statement, amount_minor: int) -> tuple[str, ...]:
    """The strongest first."""
    said = {
        "bank": one.detail.bank_reference or one.entry.bank_reference,
        "uetr": one.detail.uetr.lower(),
        "end to end": one.detail.end_to_end_id,
    }
    account = (statement.account_iban, statement.currency, str(amount_minor))
    return tuple(id_from("mrk", *account, name, value) for name, value in said.items() if value)


# -- what is written and told ----------------------------------------------------------------------


def _bank_entry(coming: _Coming, *, told: bool) -> BankEntry:
    entry, detail = coming.one.entry, coming.one.detail
    return BankEntry(
        id=coming.id,
        statement_id=coming.statement.id,
        account_iban=coming.statement.account_iban,
        amount_minor=detail.amount_minor,
        currency=coming.statement.currency,
        booked_on=entry.booked_on,
        kind=coming.sort.kind,
        told=told,
        parts=coming.one.parts,
        code=detail.code or entry.code or detail.proprietary or entry.proprietary,
        reason=detail.reason,
        reversal=entry.reversal,
        marks=_marks(coming.one, coming.statement, detail.amount_minor) if told else (),
    )


def _received(coming: _Coming) -> PaymentReceived:
    """A credit transfer is final when it is booked."""
    detail, booked_on = coming.one.detail, coming.one.entry.booked_on
    return PaymentReceived(
        receipt_id=coming.id,
        source="bank",
        entity=coming.statement.entity,
        amount_minor=detail.amount_minor,
        currency=coming.statement.currency,
        received_on=booked_on,
        reference=next(iter(detail.references), ""),
        references=detail.references,
        text=detail.text,
        end_to_end_id=detail.end_to_end_id,
        payer_name=detail.payer_name,
        payer_iban=detail.payer_iban,
        ultimate_debtor=detail.ultimate_debtor,
        charges_minor=detail.charges_minor,
        original_minor=detail.original_minor,
        original_currency=detail.original_currency,
        account_iban=coming.statement.account_iban,
        final_on=booked_on,
    )


def _returned(coming: _Coming, reversed_: BankEntry) -> PaymentReturned:
    return PaymentReturned(
        return_id=coming.id,
        receipt_id=reversed_.id,
        source="bank",
        kind="return",
        entity=coming.statement.entity,
        amount_minor=reversed_.amount_minor,
        currency=reversed_.currency,
        code=coming.one.detail.reason,
        returned_on=coming.one.entry.booked_on,
    )


def _debit_booking(coming: _Coming) -> TakeDebitBooking:
    entry, detail = coming.one.entry, coming.one.detail
    return TakeDebitBooking(
        booking_id=coming.id,
        entity=coming.statement.entity,
        account_iban=coming.statement.account_iban,
        amount_minor=detail.amount_minor,
        currency=coming.statement.currency,
        booked_on=entry.booked_on,
        end_to_end_id=detail.end_to_end_id,
        message_id=detail.batch_id or entry.batch_id or detail.message_id or entry.message_id,
        return_code=detail.reason,
        charges_minor=max(detail.charges_minor, coming.one.fee_minor if coming.one.parts == _IT_AND_ITS_CHARGE else 0),
        reference=next(iter(detail.references), ""),
        text=detail.text,
        payer_name=detail.payer_name,
        payer_iban=detail.payer_iban,
    )


def _transfer(coming: _Coming) -> TransferBooking | None:
    """A transfer of ours, or a batch of them; None where it only reads like a refund."""
    entry, detail = coming.one.entry, coming.one.detail
    one = detail.end_to_end_id if END_TO_END.fullmatch(detail.end_to_end_id) else ""
    told = (detail.batch_id, entry.batch_id, detail.message_id, entry.message_id)
    batch = next((name for name in told if MESSAGE.fullmatch(name)), "")
    if not one and not batch:
        return None
    return TransferBooking(
        end_to_end_id=one,
        message_id=batch,
        amount_minor=detail.amount_minor,
        currency=coming.statement.currency,
        booked_on=entry.booked_on,
        code=detail.reason,
    )


def _booked(coming: _Coming) -> BankEntryBooked:
    kind: Booked = BOOKED_AS.get(coming.sort.kind, "unknown")
    return BankEntryBooked(
        entry_id=coming.id,
        kind=kind,
        entity=coming.statement.entity,
        amount_minor=coming.one.detail.amount_minor,
        currency=coming.statement.currency,
        account_iban=coming.statement.account_iban,
        booked_on=coming.one.entry.booked_on,
    )


def _arrival(coming: _Coming) -> TakeArrival:
    return TakeArrival.model_validate(
        {
            "entry_id": coming.id,
            "provider": coming.sort.provider,
            "entity": coming.statement.entity,
            "account_iban": coming.statement.account_iban,
            "amount_minor": coming.one.detail.amount_minor,
            "currency": coming.statement.currency,
            "booked_on": coming.one.entry.booked_on,
            "text": coming.one.detail.text,
        }
    )
