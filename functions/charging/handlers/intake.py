"""Taking charges and credits once, and rating them."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import ValidationError

from common.failures import Rejected
from common.transaction import Transaction
from functions.charging.handlers.knowledge import Knowledge, known_for
from functions.charging.model.charges import Charge, Given, must_be_billable, must_be_same, taken
from functions.charging.model.payers import Payer
from functions.charging.requests.charges import (
    Batch,
    BatchAnswer,
    ChargeAnswer,
    GiveCredit,
    Item,
    TakeCharge,
    Taken,
)

Outcome = Literal["accepted", "parked", "duplicate"]
Charges = dict[str, Charge | None]


def take_charge(given: TakeCharge, transaction: Transaction) -> Taken:
    """Takes a charge, once for each of the marketplace's ids; one that can't be rated yet is parked with its reason.

    Rejected `charge_id_reused` (409), `unknown_entity`, `too_old`, `in_the_future` (422).
    """
    return _take_one(given.given, transaction)


def give_credit(given: GiveCredit, transaction: Transaction) -> Taken:
    """Gives a member a credit, once for each id; above the limits it waits for a second person's approval.

    Rejected as `take_charge`.
    """
    return _take_one(given.given, transaction)


def take_charges(given: Batch, transaction: Transaction) -> BatchAnswer:
    """Takes many charges in one commit; each is told what became of it."""
    parsed = [_parsed(charge) for charge in given.charges]
    charges, known = _loaded([one for one in parsed if isinstance(one, Given)], transaction)
    return BatchAnswer(items=[_one_of_many(one, charges, known, transaction) for one in parsed])


def keep(charge: Charge, transaction: Transaction) -> None:
    """Saves a charge; one that costs something is told."""
    transaction.put(charge)
    if charge.amount_minor:
        transaction.emit(charge.accepted())


def _take_one(given: Given, transaction: Transaction) -> Taken:
    charges, known = _loaded([given], transaction)
    charge, outcome = _take(given, charges, known, transaction)
    return Taken(outcome=outcome, charge=ChargeAnswer.of(charge))


def _loaded(given: Sequence[Given], transaction: Transaction) -> tuple[Charges, Knowledge]:
    charge_ids = [one.charge_id for one in given]
    charges = dict(zip(charge_ids, transaction.find_all(Charge, charge_ids), strict=True))
    return charges, known_for([one for one in given if charges[one.charge_id] is None], transaction)


def _take(given: Given, charges: Charges, known: Knowledge, transaction: Transaction) -> tuple[Charge, Outcome]:
    before = charges[given.charge_id]
    if before is not None:
        must_be_same(before, given)
        return before, "duplicate"
    must_be_billable(given, transaction.now)
    charge = known.decided(taken(given, given.member_id, transaction.now, transaction.actor), transaction)
    if charge.parked_code == "unknown_member":
        _wait_for(charge.member_id, known, transaction)
    keep(charge, transaction)
    charges[charge.id] = charge
    return charge, "parked" if charge.state == "parked" else "accepted"


def _wait_for(member_id: str, known: Knowledge, transaction: Transaction) -> None:
    """Notes that charges wait for a member, so that learning of them need not look for any."""
    payer = known.payers.get(member_id) or Payer(id=member_id)
    if not payer.waiting:
        known.payers[member_id] = payer.but(waiting=True)
        transaction.put(known.payers[member_id])


def _one_of_many(parsed: Given | Item, charges: Charges, known: Knowledge, transaction: Transaction) -> Item:
    if isinstance(parsed, Item):
        return parsed
    try:
        charge, outcome = _take(parsed, charges, known, transaction)
    except Rejected as refusal:
        return Item(charge=parsed.charge, outcome="refused", code=refusal.code, detail=refusal.detail)
    return Item(
        charge=parsed.charge,
        outcome=outcome,
        charge_id=charge.id,
        state=charge.state,
        amount_minor=charge.amount_minor,
        code=charge.parked_code,
        detail=charge.parked_detail,
    )


def _parsed(charge: dict[str, Any]) -> Given | Item:
    try:
        return TakeCharge.model_validate(charge).given
    except ValidationError as fault:
        errors = tuple(
            {"pointer": "/" + "/".join(map(str, error["loc"])), "detail": error["msg"], "code": error["type"]}
            for error in fault.errors(include_url=False, include_input=False, include_context=False)[:20]
        )
        named = str(charge.get("charge", ""))[:100]
        return Item(charge=named, outcome="refused", code="invalid", detail="the charge has faults", errors=errors)
