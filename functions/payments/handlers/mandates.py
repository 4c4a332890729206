"""Giving, changing and ending SEPA mandates; one at a time holds for a member and a legal entity."""

from collections.abc import Sequence
from datetime import date

from common.dates import day_in, noon_utc
from common.events.members import MemberErased
from common.failures import Rejected
from common.parties import SELLERS
from common.transaction import Transaction
from common.world import World
from functions.payments.handlers.succession import present
from functions.payments.model.debits import CollectWaiting
from functions.payments.model.mandates import (
    MANDATE,
    Debtor,
    ExpireMandate,
    ForgetMandate,
    Mandate,
    activated,
    amended,
    changed,
    checked_iban,
    checked_name,
    debtor_id_of,
    ended,
    keep_until,
    mandate_id_of,
    must_have_address,
    reference_for,
    resumed,
    signed,
    suspended,
    taken_over,
)
from functions.payments.requests.mandates import (
    AmendMandate,
    ByMandate,
    MandateAnswer,
    MandatePage,
    RequestMandate,
    SearchMandates,
    SignMandate,
    WithReason,
)
from functions.payments.sepa.banks import terms_of

MOST_OF_A_MEMBER = 100


def request_mandate(given: RequestMandate, transaction: Transaction) -> MandateAnswer:
    """Puts a mandate on record; one that was signed already holds from now on.

    Rejected `no_creditor_id` for a legal entity that collects no debits, `invalid_iban`, `unreadable_name`,
    `address_needed`, `reference_taken` (409), `another_mandate` (409), `signed_in_future`, `signed_long_ago`,
    `not_confirmed` (409), `too_many_mandates` (409), `member_merged` (409), which names who goes on.
    """
    mandate = _new(given, transaction)
    debtor = _debtor(mandate, transaction)
    if given.signed_on is None:
        return _keep(mandate, transaction)
    return _sign(mandate, given.signed_on, debtor, transaction)


def sign_mandate(given: SignMandate, transaction: Transaction) -> MandateAnswer:
    """Notes the debtor's signature; a CORE mandate holds from now on, a B2B one once their bank confirms it."""
    mandate = _existing(given, transaction)
    return _sign(mandate, given.signed_on, _debtor(mandate, transaction), transaction)


def confirm_mandate(given: ByMandate, transaction: Transaction) -> MandateAnswer:
    """Notes that the payer's bank has confirmed a B2B mandate; one that waited for it holds from now on.

    Rejected `not_b2b` (409): a CORE mandate needs nobody's confirmation.
    """
    mandate = _existing(given, transaction)
    if mandate.scheme != "B2B":
        raise Rejected("not_b2b", "only B2B mandates are confirmed by the payer's bank", status=409)
    debtor = _debtor(mandate, transaction)
    confirmed = mandate.but(confirmed=True, revision=mandate.revision + 1)
    if mandate.state == "signed":
        return _activate(confirmed, debtor, transaction)
    if not MANDATE.allows(mandate.state):
        raise Rejected("wrong_state", f"this mandate is {mandate.state}", status=409)
    return _keep(confirmed, transaction)


def amend_mandate(given: AmendMandate, transaction: Transaction) -> MandateAnswer:
    """Changes the account or the name; the payer's bank is told with the next debit."""
    mandate = _existing(given, transaction)
    iban = checked_iban(given.iban) if given.iban else ""
    must_have_address(iban or mandate.iban, given.address or mandate.address)
    name = checked_name(given.debtor_name) if given.debtor_name else ""
    after = amended(mandate, iban=iban, bic=given.bic, debtor_name=name, address=given.address, final=given.final)
    if after.scheme == "B2B" and not after.confirmed and after.state == "active":
        after = suspended(after, "not_confirmed")
    return _keep(after, transaction)


def suspend_mandate(given: WithReason, transaction: Transaction) -> MandateAnswer:
    """Stops debits by it for now."""
    return _keep(suspended(_existing(given, transaction), given.reason), transaction)


def resume_mandate(given: ByMandate, transaction: Transaction) -> MandateAnswer:
    """Lets debits by it go on; Rejected `not_confirmed` (409) for B2B without the bank's confirmation."""
    mandate = _existing(given, transaction)
    if mandate.scheme == "B2B" and not mandate.confirmed:
        raise Rejected("not_confirmed", "the payer's bank has not confirmed this B2B mandate", status=409)
    after = resumed(mandate)
    transaction.later(CollectWaiting(member_id=after.member_id, entity=after.entity))
    return _keep(after, transaction)


def cancel_mandate(given: WithReason, transaction: Transaction) -> MandateAnswer:
    """Ends it for good; what was announced by it is not collected any more."""
    mandate = _existing(given, transaction)
    debtor = _debtor(mandate, transaction)
    return _end(mandate, "cancel", given.reason, debtor, transaction)


def expire_mandate(task: ExpireMandate, transaction: Transaction) -> None:
    """Ends a mandate that nobody used for 36 months; one that was used is looked at again when it may lapse."""
    mandate = transaction.get(Mandate, task.mandate_id)
    debtor = _debtor(mandate, transaction)
    if "expire" not in MANDATE.allows(mandate.state) or mandate.lapses_on is None:
        return
    if mandate.lapses_on > _today(mandate, transaction):
        transaction.later(task, noon_utc(mandate.lapses_on))
    else:
        _end(mandate, "expire", "unused", debtor, transaction)


def forget_mandates(erased: Sequence[MemberErased], transaction: Transaction) -> None:
    """Ends an erased member's mandates, and forgets them as soon as no debit by them can be disputed any more."""
    ids = [one.member_id for one in erased]
    found = [one for i in ids for one in transaction.select(Mandate, member_id=i, limit=MOST_OF_A_MEMBER)]
    debtors = {one.id: _debtor(one, transaction) for one in found}
    for mandate in found:
        if "cancel" in MANDATE.allows(mandate.state):
            _end(mandate, "cancel", "erased", debtors[mandate.id], transaction, forget=True)
        else:
            _forget(mandate, transaction)


def forget_mandate(task: ForgetMandate, transaction: Transaction) -> None:
    """Looks whether an erased member's mandate may be forgotten by now."""
    _forget(transaction.get(Mandate, task.mandate_id), transaction)


def show_mandate(given: ByMandate, world: World) -> MandateAnswer:
    """A mandate."""
    mandate = world.read.find(Mandate, given.mandate_id)
    if mandate is None:
        raise _unknown()
    return MandateAnswer.of(mandate)


def search_mandates(given: SearchMandates, world: World) -> MandatePage:
    """Mandates, all or a member's."""
    equals = {"member_id": given.member_id} if given.member_id else {}
    found = world.read.select(Mandate, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return MandatePage(items=[MandateAnswer.of(mandate) for mandate in found], next_page_token=following)


def end_by_bank(mandate: Mandate, verb: str, code: str, debtor: Debtor | None, transaction: Transaction) -> Mandate:
    """The mandate after what a bank said of a debit by it; itself where that changes nothing."""
    if verb == "keep" or verb not in MANDATE.allows(mandate.state):
        return mandate
    if verb == "suspend":
        after = suspended(mandate, code)
        _keep(after, transaction)
        return after
    after = ended(mandate, "cancel", code, _today(mandate, transaction))
    _release(debtor, mandate, transaction)
    _keep(after, transaction)
    return after


def _new(given: RequestMandate, transaction: Transaction) -> Mandate:
    if terms_of(given.entity) is None:
        raise Rejected("no_creditor_id", f"{given.entity} collects no SEPA direct debits")
    iban, name = checked_iban(given.iban), checked_name(given.debtor_name)
    must_have_address(iban, given.address)
    if (into := present([given.member_id], transaction)[given.member_id]) != given.member_id:
        raise Rejected("member_merged", f"this account was closed in favour of {into}", status=409)
    others = transaction.select(Mandate, member_id=given.member_id, limit=MOST_OF_A_MEMBER)
    if len(others) == MOST_OF_A_MEMBER:
        raise Rejected("too_many_mandates", f"a member has at most {MOST_OF_A_MEMBER}", status=409)
    reference = given.reference or reference_for(given.member_id, given.entity, len(others) + 1)
    creditor_id = SELLERS[given.entity].creditor_id
    mandate_id = mandate_id_of(creditor_id, reference)
    if transaction.find(Mandate, mandate_id) is not None:
        raise Rejected("reference_taken", f"another mandate has the reference {reference}", status=409)
    mandate = Mandate(
        id=mandate_id,
        member_id=given.member_id,
        entity=given.entity,
        scheme=given.scheme,
        state="requested",
        reference=reference,
        creditor_id=creditor_id,
        debtor_name=name,
        iban=iban,
        bic=given.bic,
        address=given.address,
        one_off=given.one_off,
        notice_days=given.notice_days,
        requested_at=transaction.now,
        confirmed=given.confirmed and given.scheme == "B2B",
    )
    return taken_over(mandate, given.original_reference, given.original_creditor_id, given.original_creditor_name)


def _sign(mandate: Mandate, on: date, debtor: Debtor | None, transaction: Transaction) -> MandateAnswer:
    after = signed(mandate, on, _today(mandate, transaction))
    if after.scheme == "B2B" and not after.confirmed:
        return _keep(after, transaction)
    return _activate(after, debtor, transaction)


def _activate(mandate: Mandate, debtor: Debtor | None, transaction: Transaction) -> MandateAnswer:
    """Rejected `another_mandate` (409) where another one holds for the member and the legal entity."""
    if debtor is not None and debtor.mandate_id not in {"", mandate.id}:
        raise Rejected("another_mandate", f"{debtor.mandate_id} holds for this member; cancel it first", status=409)
    after = activated(mandate)
    holder = debtor or Debtor(
        id=debtor_id_of(mandate.member_id, mandate.entity), member_id=mandate.member_id, entity=mandate.entity
    )
    transaction.put(holder.but(mandate_id=mandate.id))
    transaction.later(CollectWaiting(member_id=mandate.member_id, entity=mandate.entity))
    if after.lapses_on is not None:
        transaction.later(ExpireMandate(member_id=mandate.member_id, mandate_id=mandate.id), noon_utc(after.lapses_on))
    return _keep(after, transaction)


def _end(
    mandate: Mandate,
    verb: str,
    reason: str,
    debtor: Debtor | None,
    transaction: Transaction,
    *,
    forget: bool = False,
) -> MandateAnswer:
    after = ended(mandate, "expire" if verb == "expire" else "cancel", reason, _today(mandate, transaction))
    _release(debtor, mandate, transaction)
    answer = _keep(after, transaction)
    if forget:
        _forget(after, transaction)
    return answer


def _release(debtor: Debtor | None, mandate: Mandate, transaction: Transaction) -> None:
    if debtor is not None and debtor.mandate_id == mandate.id:
        transaction.put(debtor.but(mandate_id=""))


def _forget(mandate: Mandate, transaction: Transaction) -> None:
    until = keep_until(mandate)
    if until is not None and until > _today(mandate, transaction):
        transaction.later(ForgetMandate(member_id=mandate.member_id, mandate_id=mandate.id), noon_utc(until))
    elif (after := mandate.forgotten()) is not mandate:
        transaction.put(after)


def _keep(mandate: Mandate, transaction: Transaction) -> MandateAnswer:
    transaction.put(mandate)
    transaction.emit(changed(mandate))
    return MandateAnswer.of(mandate)


def _existing(given: ByMandate, transaction: Transaction) -> Mandate:
    found = transaction.find(Mandate, given.mandate_id)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> Rejected:
    return Rejected("not_found", "there is no such mandate", status=404)


def _debtor(mandate: Mandate, transaction: Transaction) -> Debtor | None:
    return transaction.find(Debtor, debtor_id_of(mandate.member_id, mandate.entity))


def _today(mandate: Mandate, transaction: Transaction) -> date:
    return day_in(SELLERS[mandate.entity].time_zone, transaction.now)
