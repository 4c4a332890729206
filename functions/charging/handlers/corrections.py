"""Taking charges back, approving credits, and changing subscriptions within their period."""

from common.failures import Rejected
from common.transaction import Transaction
from functions.charging.handlers.intake import keep
from functions.charging.handlers.knowledge import Knowledge, known_for, payers_of
from functions.charging.model.charges import Charge, Given, approved, must_be_billable, taken
from functions.charging.model.payers import MemberMonth
from functions.charging.model.reversals import Asked, Reversal, TakingBack, must_be_same, reversal_id, taking_back
from functions.charging.requests.charges import Approve, ChargeAnswer, charge_id_of
from functions.charging.requests.corrections import ChangePlan, PlanChanged, Reverse


def reverse_charge(given: Reverse, transaction: Transaction) -> ChargeAnswer:
    """Takes a charge back, whole or in part; tells the amount the other way round.

    All parts together are never more than the charge: before it is invoiced, charge and reversals are lines of one
    bill; afterwards a reversal is a line of the next one. Rejected `wrong_state`, `reversal_id_reused` (409),
    `more_than_charged`, `nothing_to_take_back`, `not_a_period`, `not_in_the_period`, `too_many_reversals` (422).
    """
    charge = existing(transaction.find(Charge, charge_id_of(given.charge_id)))
    done = transaction.find(Reversal, reversal_id(charge.id, given.asked)) if given.reversal else None
    if done is not None:
        must_be_same(done, given.asked)
        return ChargeAnswer.of(charge)
    known = Knowledge(payers_of([charge.member_id], transaction))
    month = _month_of(charge, transaction)
    back = _taking_back(charge, given.asked, known, transaction)
    _keep(back, month, transaction)
    return ChargeAnswer.of(back.charge)


def approve_credit(given: Approve, transaction: Transaction) -> ChargeAnswer:
    """Agrees to a credit above the limits; who gave it can't.

    Rejected `wrong_state` (409), `four_eyes` (403), `not_found` (404).
    """
    credit = existing(transaction.find(Charge, charge_id_of(given.charge_id)))
    known = known_for([credit.given], transaction)
    payer = known.payer(credit.member_id)
    credit = approved(credit, transaction.now, transaction.actor)
    if payer is not None:
        credit = credit.but(member_id=payer.id)
        known.note(known.month(payer, credit.given), credit, transaction)
    keep(credit, transaction)
    return ChargeAnswer.of(credit)


def change_plan(given: ChangePlan, transaction: Transaction) -> PlanChanged:
    """Changes a subscription within its period: gives back the rest of the old plan, charges the rest of the new one.

    Both are parts of a whole period's fee by days, so that each plan's parts add up to what its days cost, and a change
    to the same fee costs nothing. Rejected as `reverse_charge` and `take_charge`; `cannot_be_rated` (422) where the new
    plan has no fee.
    """
    old = existing(transaction.find(Charge, charge_id_of(given.charge_id)))
    new = _new_plan(old, given)
    if transaction.find(Charge, new.charge_id) is not None:
        raise Rejected("charge_id_reused", f"there is a charge {new.charge} already", status=409)
    must_be_billable(new, transaction.now)
    known = known_for([new], transaction)
    month = _month_of(old, transaction)
    asked = Asked(reversal=new.charge, reason=given.reason, unused_from=given.on)
    back = _taking_back(old, asked, known, transaction)
    if back.reversal is None:
        raise Rejected("nothing_to_take_back", "nothing was owed for the old plan")
    charge = known.decided(taken(new, old.member_id, transaction.now, transaction.actor), transaction)
    if charge.state == "parked":
        raise Rejected("cannot_be_rated", f"the new plan has no fee: {charge.parked_detail}")
    _keep(back, month, transaction)
    keep(charge, transaction)
    return PlanChanged(
        reversal_id=back.reversal.id,
        given_back_minor=-back.reversal.amount_minor,
        old=ChargeAnswer.of(back.charge),
        new=ChargeAnswer.of(charge),
    )


def existing(charge: Charge | None) -> Charge:
    """The charge; Rejected `not_found` (404) where there is none."""
    if charge is None:
        raise Rejected("not_found", "there is no such charge", status=404)
    return charge


def _new_plan(old: Charge, given: ChangePlan) -> Given:
    """The new plan for the rest of the old one's days; Rejected `not_a_period` or `not_in_the_period`."""
    period = old.given.period
    if period is None:
        raise Rejected("not_a_period", "only a charge for a period can change within it")
    if not period.active_from <= given.on <= period.active_to:
        raise Rejected("not_in_the_period", f"it is charged from {period.active_from} to {period.active_to}")
    fields = old.given.model_dump() | {
        "charge": given.charge,
        "category": given.category,
        "description": given.description,
        "occurred_on": given.on,
        "amount_minor": given.amount_minor,
        "gross": given.gross,
        "basis_minor": None,
        "active_from": given.on,
        "active_to": period.active_to,
    }
    return Given.model_validate(fields)


def _month_of(charge: Charge, transaction: Transaction) -> MemberMonth | None:
    """The month a charge counts in, where it does: of who pays for the member now."""
    if not (charge.turnover_minor or charge.given.credit):
        return None
    given = charge.given
    empty = MemberMonth.empty(charge.member_id, given.entity, given.currency, given.occurred_on)
    return transaction.find(MemberMonth, empty.id) or empty


def _taking_back(charge: Charge, asked: Asked, known: Knowledge, transaction: Transaction) -> TakingBack:
    whose = known.whose(charge.member_id)
    return taking_back(charge, whose, asked, transaction.now, transaction.actor)


def _keep(back: TakingBack, month: MemberMonth | None, transaction: Transaction) -> None:
    transaction.put(back.charge)
    if back.reversal is not None and back.told is not None:
        transaction.put(back.reversal)
        transaction.emit(back.told)
    if month is None:
        return
    if back.charge.given.credit and back.reversal is not None:
        month = month.with_credit(-back.reversal.amount_minor)
    if back.turnover_minor:
        month = month.with_turnover(back.charge.given.kind, -back.turnover_minor)
    transaction.put(month)
