"""Direct debits of our own: announced, handed in with a batch, credited, and maybe taken back."""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from common.documents import Document, id_from
from common.events.base import Task
from common.events.mandates import DebitAnnounced
from common.machine import Machine
from common.money import Currency, Minor
from common.parties import SELLERS, personal
from common.references import NoReference, reference_of
from common.values import Exact
from functions.payments.finality import Finality, Rail, finality
from functions.payments.model.mandates import Mandate
from functions.payments.model.payables import Payable
from functions.payments.model.payments import Payment
from functions.payments.sepa.banks import Scheme
from functions.payments.sepa.identifiers import debit_id_of, end_to_end_id
from functions.payments.sepa.messages import Account, DebitOrder, Remittance, Sequence

DebitState = Literal["announced", "sealed", "settled", "returned", "rejected", "dropped"]
COLLECTED: Final = frozenset({"settled", "returned"})
RAILS: Final[dict[Scheme, Rail]] = {"CORE": "sepa_core", "B2B": "sepa_b2b"}

DEBIT: Machine[DebitState] = Machine(
    "debit",
    {
        "announced": {"seal": "sealed", "drop": "dropped"},
        "sealed": {"settle": "settled", "reject": "rejected"},
        "rejected": {"settle": "settled"},
        "settled": {"return": "returned"},
        "returned": {"reinstate": "settled"},
        "dropped": {},
    },
)
"""A rejected one can still be credited: where the bank books the batch whole and takes it back afterwards."""


class Return(Exact):
    """A debit taken back after it was credited (or said to be, before we have seen the credit)."""

    code: str
    amount_minor: Minor = Field(gt=0)
    fee_minor: Minor = Field(default=0, ge=0)
    returned_on: date


class Debit(Document):
    """One attempt to collect one invoice by one mandate. Its id comes from its end-to-end id."""

    collection = "debits"
    indexed = ("batch_id", "due", "member_id")

    member_id: str
    payment_id: str
    attempt: int
    invoice_id: str
    invoice_number: str
    entity: str
    currency: Currency
    end_to_end_id: str
    mandate_id: str
    mandate_reference: str
    scheme: Scheme
    amount_minor: Minor = Field(gt=0)
    announced_on: date
    notice_days: int
    collect_on: date
    state: DebitState
    due: str = ""
    """The key of what is collected together; empty once it waits no longer."""
    batch_id: str = ""
    order: DebitOrder | None = None
    """What the bank was told, frozen when it was sealed: a repeated file says the same."""
    code: str = ""
    """Why it was rejected, returned or dropped."""
    settled_on: date | None = None
    receipts: tuple[str, ...] = ()
    """What was told as received for it; a second one where a return was itself taken back."""
    returns: tuple[Return, ...] = ()
    early: Return | None = None
    """A return that came before the credit: it counts with that."""

    @model_validator(mode="after")
    def _keeps_the_rules(self) -> Self:
        """Announced so many days before (SDD rulebooks, 4.3.1); what comes back is what was collected, once."""
        if (self.collect_on - self.announced_on).days < self.notice_days:
            raise ValueError("a debit is collected no earlier than it was announced for")
        if any(one.amount_minor != self.amount_minor for one in self.returns):
            raise ValueError("a return gives back exactly what was collected")
        if len(self.receipts) - len(self.returns) != (self.state == "settled"):
            raise ValueError("each return answers one receipt")
        if (self.order is None) != (self.state in {"announced", "dropped"}):
            raise ValueError("what was handed in is kept, and nothing else is")
        return self

    @property
    def finality(self) -> Finality | None:
        """Until when it can be taken back; None before it is collected."""
        return finality(RAILS[self.scheme], self.settled_on) if self.settled_on else None


class AnnounceDebit(Task, name="payments.announce_debit"):
    """Announce the debit of a payment that had to wait, or is planned to be tried again."""

    payment_id: str
    anyway: bool = False
    """Also where nothing is planned: there is another mandate now, or the money that had come was taken back."""
    not_before: date | None = None


class CollectWaiting(Task, name="payments.collect_waiting"):
    """A member has a mandate now: announce what waited for one."""

    entity: str
    after: str = ""


class ConfirmReturn(Task, name="payments.confirm_return"):
    """A bank said that a collected debit is refused, without booking it: look whether it has booked it since."""

    debit_id: str
    code: str
    receipts: int
    """How often it had been credited then."""


class TakeDebitBooking(Task, name="payments.take_debit_booking"):
    """What a bank booked and seems to be about debits of ours: a batch, a single one, a return."""

    booking_id: str
    """The same booking has the same id, in whatever file it comes."""
    entity: str
    account_iban: str
    amount_minor: int
    """Positive: credited to us; negative: taken from us."""
    currency: str
    booked_on: date
    end_to_end_id: str = ""
    message_id: str = ""
    """Of the message, or of a payment information in it: whichever the bank quotes."""
    return_code: str = ""
    charges_minor: int = 0
    reference: str = ""
    text: Annotated[str, personal("")] = ""
    payer_name: Annotated[str, personal("")] = ""
    payer_iban: Annotated[str, personal("")] = ""


def owed_on(payment: Payment, payable: Payable | None) -> int:
    """What is still owed, by whichever of both has heard of it last."""
    if payable is not None and payable.item_version >= payment.item_version:
        return max(0, min(payable.open_minor, payment.amount_minor))
    return max(0, payment.open_minor)


def due_key(entity: str, scheme: Scheme, on: date) -> str:
    """What is collected together: hashed, so that a day's debits are spread."""
    return id_from("due", entity, scheme, on.isoformat())


def announced(payment: Payment, mandate: Mandate, today: date, collect_on: date, notice_days: int) -> Debit:
    """The debit of a payment's last attempt, which waits for its day."""
    number = len(payment.attempts)
    named = end_to_end_id(payment.invoice_number, number)
    return Debit(
        id=debit_id_of(named),
        member_id=payment.member_id,
        payment_id=payment.id,
        attempt=number,
        invoice_id=payment.invoice_id,
        invoice_number=payment.invoice_number,
        entity=mandate.entity,
        currency=payment.currency,
        end_to_end_id=named,
        mandate_id=mandate.id,
        mandate_reference=mandate.reference,
        scheme=mandate.scheme,
        amount_minor=payment.asked_in(number),
        announced_on=today,
        notice_days=notice_days,
        collect_on=collect_on,
        state="announced",
        due=due_key(mandate.entity, mandate.scheme, collect_on),
    )


def told_announced(debit: Debit, mandate: Mandate) -> DebitAnnounced:
    """The pre-notification."""
    return DebitAnnounced(
        member_id=debit.member_id,
        debit_id=debit.id,
        payment_id=debit.payment_id,
        attempt=debit.attempt,
        invoice_id=debit.invoice_id,
        invoice_number=debit.invoice_number,
        entity=debit.entity,
        amount_minor=debit.amount_minor,
        currency=debit.currency,
        collect_on=debit.collect_on,
        mandate_id=mandate.id,
        mandate_reference=mandate.reference,
        scheme=mandate.scheme,
        creditor_id=mandate.creditor_id,
        creditor_name=SELLERS[mandate.entity].name,
        account_ending=mandate.iban[-4:],
    )


def postponed(debit: Debit, on: date) -> Debit:
    """The debit of a member who has to wait, on a later day."""
    return debit.but(collect_on=on, due=due_key(debit.entity, debit.scheme, on))


def dropped(debit: Debit, code: str) -> Debit:
    """Not collected at all."""
    return debit.but(state=DEBIT.move(debit.state, "drop"), due="", code=code)


def sealed(debit: Debit, batch_id: str, mandate: Mandate, sequence: Sequence, amount_minor: int, on: date) -> Debit:
    """The debit as it is handed in, for at most what was announced."""
    order = DebitOrder(
        end_to_end_id=debit.end_to_end_id,
        amount_minor=min(amount_minor, debit.amount_minor),
        sequence=sequence,
        mandate_reference=mandate.reference,
        signed_on=mandate.signed_on or debit.announced_on,
        amendment=mandate.amendment,
        debtor=Account(name=mandate.debtor_name, iban=mandate.iban, bic=mandate.bic, address=mandate.address),
        remittance=remittance_of(debit.invoice_number, debit.entity),
    )
    return debit.but(
        state=DEBIT.move(debit.state, "seal"),
        due="",
        batch_id=batch_id,
        amount_minor=order.amount_minor,
        collect_on=max(on, debit.collect_on),
        mandate_reference=mandate.reference,
        order=order,
    )


def remittance_of(invoice_number: str, entity: str) -> Remittance:
    """The structured reference payers quote for this invoice; its number where it has none."""
    seller = SELLERS[entity]
    try:
        reference = reference_of(invoice_number, seller)
    except NoReference:
        return Remittance(text=invoice_number)
    if seller.transfer_reference == "qrr":
        return Remittance(text=invoice_number)
    return Remittance(reference=reference, issuer="BBA" if seller.transfer_reference == "ogm" else "ISO")


def settled(debit: Debit, on: date, receipt_id: str) -> Debit:
    """Credited to us."""
    receipts = (*debit.receipts, receipt_id)
    return debit.but(state=DEBIT.move(debit.state, "settle"), settled_on=on, receipts=receipts, code="")


def reinstated(debit: Debit, receipt_id: str) -> Debit:
    """A return was itself taken back."""
    return debit.but(state=DEBIT.move(debit.state, "reinstate"), receipts=(*debit.receipts, receipt_id), code="")


def returned(debit: Debit, back: Return) -> Debit:
    """Taken back from us."""
    return debit.but(
        state=DEBIT.move(debit.state, "return"), returns=(*debit.returns, back), code=back.code, early=None
    )


def rejected(debit: Debit, code: str) -> Debit:
    """Refused before it was credited."""
    return debit.but(state=DEBIT.move(debit.state, "reject"), code=code)


def receipt_id_of(debit: Debit, number: int) -> str:
    """The id of what is received for it the so manieth time; the first is as of any provider's payment."""
    again = (str(number),) if number > 1 else ()
    return id_from("rcp", "sepa", debit.end_to_end_id, *again)


def return_id_of(debit: Debit, number: int) -> str:
    """The id of its so manieth return, whoever tells it and however often."""
    return id_from("rtn", "sepa", debit.end_to_end_id, str(number))
