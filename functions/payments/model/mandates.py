"""Mandates: what a member has signed so that we may debit their account, and what has become of it since."""

import re
from datetime import date, datetime
from typing import Annotated, Final, Literal

from common.documents import Document, id_from
from common.events.base import Task
from common.events.mandates import MandateChanged
from common.failures import Rejected
from common.machine import Machine
from common.parties import SELLERS, Address, personal
from functions.payments.finality import months_after
from functions.payments.sepa import charset
from functions.payments.sepa.banks import Scheme
from functions.payments.sepa.messages import Amendment, Sequence

MandateState = Literal["requested", "signed", "active", "suspended", "cancelled", "expired"]
EEA: Final = frozenset(re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEISITLILTLULVMTNLNOPLPTROSESISK"))
MANDATE_MONTHS: Final = 36
"""A mandate that was not used for so long lapses (SDD Core rulebook, 4.1)."""
UNAUTHORISED_MONTHS: Final = 13
"""So long a debit without a mandate can be claimed back (the same, 4.4)."""
SEPA: Final = EEA | frozenset(re.findall("..", "ADALCHGBGGGIIMJEMCMDMEMKRSSMVA"))
"""European Payments Council, EPC409-09: countries of the schemes, by the first letters of their IBANs."""

MANDATE: Machine[MandateState] = Machine(
    "mandate",
    {
        "requested": {"sign": "signed", "cancel": "cancelled"},
        "signed": {"activate": "active", "cancel": "cancelled"},
        "active": {"amend": "active", "suspend": "suspended", "cancel": "cancelled", "expire": "expired"},
        "suspended": {"amend": "suspended", "resume": "active", "cancel": "cancelled", "expire": "expired"},
        "cancelled": {},
        "expired": {},
    },
)
"""`activate`: at once for CORE; for B2B when the payer's bank has confirmed the mandate to its customer's order."""


class Mandate(Document):
    """A member's mandate for one legal entity."""

    collection = "mandates"
    indexed = ("member_id",)

    member_id: str
    entity: str
    scheme: Scheme
    state: MandateState
    reference: str
    """Unique among all of a creditor's (UMR, AT-01)."""
    creditor_id: str
    debtor_name: Annotated[str, personal()]
    iban: Annotated[str, personal("")]
    bic: str = ""
    address: Annotated[Address | None, personal(None)] = None
    one_off: bool = False
    final: bool = False
    """The next debit is the last (FNAL)."""
    notice_days: int | None = None
    """What was agreed on pre-notification; None: the bank terms' usual."""
    requested_at: datetime
    signed_on: date | None = None
    confirmed: bool = False
    """The payer's bank has confirmed it (SDD B2B rulebook, 4.2: it must, before the first debit)."""
    spent: bool = False
    """Its only or last debit was handed in."""
    uses: int = 0
    last_used_on: date | None = None
    amendment: Amendment | None = None
    """What the next debit has to tell the payer's bank."""
    ended_on: date | None = None
    reason: str = ""
    """Why it was suspended or ended: a code of the scheme, or a word."""
    revision: int = 1

    @property
    def lapses_on(self) -> date | None:
        """When it is dead if nobody uses it; None before it was signed."""
        since = self.last_used_on or self.signed_on
        return months_after(since, MANDATE_MONTHS) if since else None


class Debtor(Document):
    """Which mandate of a member holds for a legal entity: one at a time."""

    collection = "debtors"

    member_id: str
    entity: str
    mandate_id: str = ""


class ExpireMandate(Task, name="payments.expire_mandate"):
    """Look whether a mandate was used lately; one that was not has lapsed."""

    mandate_id: str


class ForgetMandate(Task, name="payments.forget_mandate"):
    """Forget an erased member's mandate, once no debit by it can be disputed any more."""

    mandate_id: str


def mandate_id_of(creditor_id: str, reference: str) -> str:
    """Our id of a mandate: a reference is unique for each creditor identifier."""
    return id_from("mdt", creditor_id[:2] + creditor_id[7:], reference.upper())


def debtor_id_of(member_id: str, entity: str) -> str:
    """Where stands which of a member's mandates holds for a legal entity."""
    return id_from("dbt", member_id, entity)


def reference_for(member_id: str, entity: str, count: int) -> str:
    """A reference of our own making for a member's so manieth mandate."""
    return f"{entity}-M-{id_from('', member_id, entity, str(count))[1:21].upper()}"


def checked_iban(given: str) -> str:
    """An IBAN of a SEPA country, without spaces, by form and check digits; Rejected `invalid_iban`.

    Whether the bank in it exists is not asked: lists of banks are older than the newest bank.
    """
    from stdnum import iban
    from stdnum.exceptions import ValidationError

    try:
        compact = str(iban.validate(given, check_country=False))
    except ValidationError as fault:
        raise Rejected("invalid_iban", "this is no IBAN of any country") from fault
    if compact[:2] not in SEPA:
        raise Rejected("invalid_iban", "accounts in this country take no SEPA direct debits")
    return compact


def checked_name(given: str) -> str:
    """A debtor's name as given; Rejected `unreadable_name` where no bank message could carry any letter of it."""
    if not charset.name(given):
        raise Rejected("unreadable_name", "write the name in Latin, Greek or Cyrillic letters")
    return given


def must_have_address(iban: str, address: Address | None) -> None:
    """Rejected `address_needed` outside the European Economic Area (Regulation (EU) 2023/1113, art. 4)."""
    if iban[:2] not in EEA and address is None:
        raise Rejected("address_needed", "an account outside the European Economic Area needs the debtor's address")


def usable(mandate: Mandate | None, on: date) -> bool:
    """Whether a debit may be collected by it on a day: active, signed by then, not lapsed."""
    return (
        mandate is not None
        and mandate.state == "active"
        and not mandate.spent
        and mandate.signed_on is not None
        and mandate.lapses_on is not None
        and mandate.signed_on <= on < mandate.lapses_on
    )


def signed(mandate: Mandate, on: date, today: date) -> Mandate:
    """The mandate with its signature; Rejected `signed_in_future`, `signed_long_ago` (it would have lapsed)."""
    if on > today:
        raise Rejected("signed_in_future", "nobody can have signed it yet")
    if months_after(on, MANDATE_MONTHS) <= today:
        raise Rejected("signed_long_ago", f"a mandate lapses {MANDATE_MONTHS} months after its last use")
    state = MANDATE.move(mandate.state, "sign")
    return _next(mandate.but(state=state, signed_on=on))


def activated(mandate: Mandate) -> Mandate:
    """The mandate in force; Rejected `not_confirmed` for B2B without the confirmation of the payer's bank."""
    if mandate.scheme == "B2B" and not mandate.confirmed:
        raise Rejected("not_confirmed", "the payer's bank has not confirmed this B2B mandate", status=409)
    return _next(mandate.but(state=MANDATE.move(mandate.state, "activate")))


def suspended(mandate: Mandate, reason: str) -> Mandate:
    """No debits by it until it is resumed."""
    return _next(mandate.but(state=MANDATE.move(mandate.state, "suspend"), reason=reason))


def resumed(mandate: Mandate) -> Mandate:
    """In force again."""
    return _next(mandate.but(state=MANDATE.move(mandate.state, "resume"), reason=""))


def ended(mandate: Mandate, verb: Literal["cancel", "expire"], reason: str, today: date) -> Mandate:
    """Never again."""
    return _next(mandate.but(state=MANDATE.move(mandate.state, verb), reason=reason, ended_on=today))


def amended(
    mandate: Mandate,
    *,
    iban: str = "",
    bic: str = "",
    debtor_name: str = "",
    address: Address | None = None,
    final: bool = False,
) -> Mandate:
    """With another account or name; a new account goes to the payer's bank with the next debit (`SMNDA`).

    A B2B mandate has to be confirmed anew by the new account's bank before it is used: it waits, suspended.
    """
    changes: dict[str, object] = {
        "debtor_name": debtor_name or mandate.debtor_name,
        "address": address or mandate.address,
        "final": final or mandate.final,
    }
    moved = bool(iban) and iban != mandate.iban
    if moved:
        changes |= {"iban": iban, "bic": bic, "amendment": _with(mandate.amendment, new_account=mandate.uses > 0)}
    if moved and mandate.scheme == "B2B":
        changes["confirmed"] = False
    elif not moved and bic:
        changes["bic"] = bic
    return _next(mandate.but(state=MANDATE.move(mandate.state, "amend"), **changes))


def taken_over(mandate: Mandate, reference: str, creditor_id: str, creditor_name: str) -> Mandate:
    """A mandate that was given under another reference or to another creditor, before it was ours: told at first."""
    was = Amendment(
        original_reference=reference, original_creditor_id=creditor_id, original_creditor_name=creditor_name
    )
    return mandate.but(amendment=None if was == Amendment() else was)


def _with(known: Amendment | None, *, new_account: bool) -> Amendment | None:
    if not new_account:
        return known
    return (known or Amendment()).model_copy(update={"new_account": True})


def sequence_for(mandate: Mandate, *, first_as_recurring: bool) -> Sequence:
    """The next debit's sequence type (AT-21)."""
    if mandate.one_off:
        return "OOFF"
    if mandate.final:
        return "FNAL"
    return "RCUR" if mandate.uses or first_as_recurring else "FRST"


def used(mandate: Mandate, on: date) -> Mandate:
    """After a debit was handed in; what was amended is told by that."""
    return mandate.but(
        uses=mandate.uses + 1,
        last_used_on=max(on, mandate.last_used_on or on),
        amendment=None,
        spent=mandate.one_off or mandate.final,
    )


def unused(mandate: Mandate, amendment: Amendment | None) -> Mandate:
    """After that debit was rejected: the next one tells the same, and has the same place in the sequence."""
    return mandate.but(uses=max(0, mandate.uses - 1), amendment=mandate.amendment or amendment, spent=False)


def keep_until(mandate: Mandate) -> date | None:
    """Until when we must be able to show it: as long as a debit by it can be disputed as unauthorised."""
    last = mandate.last_used_on
    return months_after(last, UNAUTHORISED_MONTHS + 1) if last else None


def changed(mandate: Mandate) -> MandateChanged:
    """What tells of it as it is now."""
    return MandateChanged(
        member_id=mandate.member_id,
        mandate_id=mandate.id,
        revision=mandate.revision,
        entity=mandate.entity,
        scheme=mandate.scheme,
        state=mandate.state,
        reference=mandate.reference,
        creditor_id=mandate.creditor_id,
        creditor_name=SELLERS[mandate.entity].name,
        account_ending=mandate.iban[-4:],
        signed_on=mandate.signed_on,
        reason=mandate.reason,
    )


def _next(mandate: Mandate) -> Mandate:
    return mandate.but(revision=mandate.revision + 1)
