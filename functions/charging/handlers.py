"""Taking charges once, rating them, and taking them back."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import ValidationError

from common.documents import id_from
from common.events.members import MemberChanged
from common.failures import Rejected
from common.transaction import Transaction
from common.world import World
from functions.charging.model import Charge, Given, Payer, must_be_same, new_charge, payer_after, rated, reversal
from functions.charging.requests import (
    OUR_ID,
    Batch,
    BatchAnswer,
    ById,
    ChargeAnswer,
    Item,
    Page,
    Rate,
    Reverse,
    Search,
    TakeCharge,
    Taken,
)

Outcome = Literal["accepted", "parked", "duplicate"]
Charges = dict[str, Charge | None]
Payers = dict[str, Payer | None]


def learn_payers(events: Sequence[MemberChanged], transaction: Transaction) -> None:
    """Keeps what fees depend on of each member; an older revision never overwrites a newer one."""
    newest: dict[str, MemberChanged] = {}
    for event in sorted(events, key=lambda event: event.revision):
        newest[event.member_id] = event
    known = transaction.find_all(Payer, list(newest))
    for event, payer in zip(newest.values(), known, strict=True):
        after = payer_after(payer, event)
        if after is not None:
            transaction.put(after)


def take_charge(given: TakeCharge, transaction: Transaction) -> Taken:
    """Takes a charge, once for each of the marketplace's ids.

    Rejected `charge_id_reused` (409), `unknown_member`, `unknown_entity`, `too_old`, `in_the_future` (422).
    """
    charges, payers = _loaded([given.given], transaction)
    charge, outcome = _take(given.given, charges, payers, transaction)
    return Taken(outcome=outcome, charge=ChargeAnswer.of(charge))


def take_charges(given: Batch, transaction: Transaction) -> BatchAnswer:
    """Takes many charges in one commit; each is told what became of it."""
    parsed = [_parsed(charge) for charge in given.charges]
    charges, payers = _loaded([one for one in parsed if isinstance(one, Given)], transaction)
    return BatchAnswer(items=[_one_of_many(one, charges, payers, transaction) for one in parsed])


def reverse_charge(given: Reverse, transaction: Transaction) -> ChargeAnswer:
    """Takes a charge back, once; tells the same amount the other way round."""
    charge = _existing(transaction.find(Charge, charge_id_of(given.charge_id)))
    taken_back, told = reversal(charge, given.reason, transaction.now)
    transaction.put(taken_back)
    if told is not None:
        transaction.emit(told)
    return ChargeAnswer.of(taken_back)


def rate_charge(given: Rate, transaction: Transaction) -> ChargeAnswer:
    """Rates a parked charge by the schedules as they are now; Rejected where it still can't be."""
    if transaction.actor.startswith("staff:") and not given.reason:
        raise Rejected("reason_missing", "staff say why they rate a charge again")
    charge = _existing(transaction.find(Charge, charge_id_of(given.charge_id)))
    charge = rated(charge, transaction.get(Payer, charge.member_id))
    _keep(charge, transaction)
    return ChargeAnswer.of(charge)


def show_charge(given: ById, world: World) -> ChargeAnswer:
    """A charge by our id or the marketplace's."""
    return ChargeAnswer.of(_existing(world.read.find(Charge, charge_id_of(given.charge_id))))


def search_charges(given: Search, world: World) -> Page:
    """Charges of a member, in a state, or all."""
    equals: dict[str, str] = {"state": given.state} if given.state else {}
    if given.member:
        equals["member_id"] = given.member if given.member.startswith("mem_") else id_from("mem", given.member)
    found = world.read.select(Charge, limit=given.limit, after=given.page_token, **equals)
    more = found[-1].id if len(found) == given.limit else ""
    return Page(items=[ChargeAnswer.of(charge) for charge in found], next_page_token=more)


def charge_id_of(named: str) -> str:
    """Our id of a charge named by our id or the marketplace's."""
    return named if OUR_ID.fullmatch(named) else id_from("chg", named)


def _loaded(given: Sequence[Given], transaction: Transaction) -> tuple[Charges, Payers]:
    charge_ids = [one.charge_id for one in given]
    member_ids = [one.member_id for one in given]
    charges = transaction.find_all(Charge, charge_ids)
    payers = transaction.find_all(Payer, member_ids)
    return dict(zip(charge_ids, charges, strict=True)), dict(zip(member_ids, payers, strict=True))


def _take(given: Given, charges: Charges, payers: Payers, transaction: Transaction) -> tuple[Charge, Outcome]:
    known = charges[given.charge_id]
    if known is not None:
        must_be_same(known, given)
        return known, "duplicate"
    charge = new_charge(given, payers[given.member_id], transaction.now)
    _keep(charge, transaction)
    charges[charge.id] = charge
    return charge, "parked" if charge.state == "parked" else "accepted"


def _keep(charge: Charge, transaction: Transaction) -> None:
    """Saves a charge; one that costs something is told."""
    transaction.put(charge)
    if charge.amount_minor:
        transaction.emit(charge.accepted())


def _one_of_many(parsed: Given | Item, charges: Charges, payers: Payers, transaction: Transaction) -> Item:
    if isinstance(parsed, Item):
        return parsed
    try:
        charge, outcome = _take(parsed, charges, payers, transaction)
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


def _existing(charge: Charge | None) -> Charge:
    if charge is None:
        raise Rejected("not_found", "there is no such charge", status=404)
    return charge
