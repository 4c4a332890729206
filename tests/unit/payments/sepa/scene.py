"""Members with mandates, their invoices, and a bank that answers, over a memory engine."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

from common.events.base import Event
from common.events.invoicing import InvoiceIssued
from common.events.payments import PaymentReceived, PaymentReturned
from functions.payments.handlers import mandates
from functions.payments.model.debit_batches import DebitBatch
from functions.payments.model.debits import Debit, TakeDebitBooking
from functions.payments.model.mandates import Mandate
from functions.payments.model.payments import Payment, payment_id_of
from functions.payments.requests.mandates import MandateAnswer, RequestMandate
from functions.payments.sepa.identifiers import debit_id_of
from tests.kit import Platform
from tests.unit.payments.stage import invoice as card_invoice

START: Final = datetime(2026, 10, 1, 4, tzinfo=UTC)
"""A Thursday, before the banks' cut-off and before the day's schedule."""
FRIDAY: Final = 5
IBAN: Final = "DE02120300000000202051"
OTHER_IBAN: Final = "NL91ABNA0417164300"


class Scene:
    """Payments alone, and what a test says to them."""

    def __init__(self, start: datetime = START) -> None:
        self.platform = Platform("payments", start=start)

    def mandate(self, member: str = "mem_1", **changes: Any) -> MandateAnswer:
        """A CORE mandate, signed a month ago."""
        given = {"member_id": member, "entity": "MP", "iban": IBAN, "debtor_name": "Anna Berg", **changes}
        given.setdefault("signed_on", date(2026, 9, 1))
        answer = self.platform.do(mandates.request_mandate, RequestMandate.model_validate(given))
        self.platform.settle()
        return MandateAnswer.model_validate(answer)

    def issue(self, *invoices: InvoiceIssued) -> None:
        """Invoices are issued."""
        self.platform.tell(*invoices)

    def to(self, day: str, hour: int = 7, *, schedule: bool = True) -> None:
        """Time passes, with every task on the way and the schedule of six o'clock on each weekday."""
        until = datetime.fromisoformat(f"{day}T{hour:02d}:00:00+00:00")
        at = self.platform.clock.now().replace(hour=6, minute=0)
        while schedule and at <= until:
            if at >= self.platform.clock.now() and at.isoweekday() <= FRIDAY:
                self.platform.advance_to(at)
                self.hand_in()
            at += timedelta(days=1)
        self.platform.advance_to(until)

    def hand_in(self) -> None:
        """The schedule comes round."""
        self.platform.bus.fire("payments-hand-in-debits")
        self.platform.settle()

    def debit(self, number: int = 1, attempt: int = 1) -> Debit:
        """The debit of an attempt to collect an invoice."""
        named = f"MP-2026-{number:07d}-{attempt}"
        found = self.platform.read.find(Debit, debit_id_of(named))
        assert found is not None
        return found

    def payment(self, number: int = 1) -> Payment:
        """The payment of an invoice."""
        found = self.platform.read.find(Payment, payment_id_of(f"inv_{number}"))
        assert found is not None
        return found

    def batch(self) -> DebitBatch:
        """The only batch."""
        (only,) = self.platform.all(DebitBatch)
        return only  # type: ignore[no-any-return]

    def known_mandate(self) -> Mandate:
        """The only mandate."""
        (only,) = self.platform.all(Mandate)
        return only  # type: ignore[no-any-return]

    def file(self, batch: DebitBatch | None = None) -> bytes:
        """A batch's file."""
        content = self.platform.engine.get_file((batch or self.batch()).file)
        assert content is not None
        return content

    def book(self, *bookings: TakeDebitBooking) -> None:
        """A bank statement has these bookings."""

        def work(_: Any, unit: Any) -> None:
            for booking in bookings:
                unit.later(booking)

        self.platform.do(work, None)
        self.platform.settle()

    def credit_batch(self, booking_id: str = "rcp_b", **changes: Any) -> None:
        """The bank credits the only batch whole."""
        self.book_batch(self.batch(), booking_id, **changes)

    def book_batch(self, batch: DebitBatch, booking_id: str, **changes: Any) -> None:
        """The bank credits a batch whole."""
        self.book(booking(booking_id, batch.total_minor, message_id=batch.message_id, **changes))

    def returned(self, number: int = 1, code: str = "AM04", booking_id: str = "rcp_r", **changes: Any) -> None:
        """The bank takes back a debit of 119.00 EUR."""
        known = {"return_code": code, "end_to_end_id": f"MP-2026-{number:07d}-1", **changes}
        self.book(booking(booking_id, known.pop("amount", -11_900), **known))

    def told(self, kind: type[Event]) -> list[Any]:
        """Events of a kind."""
        return self.platform.events(kind)

    def cash(self) -> int:
        """What all that was told of money adds up to: what the bank account has."""
        received: int = sum(one.amount_minor for one in self.told(PaymentReceived))
        back: int = sum(one.amount_minor for one in self.told(PaymentReturned))
        return received - back

    def parked(self) -> list[str]:
        """The codes of what people have to look at."""
        from common.parking import Parked

        return sorted(one.code for one in self.platform.all(Parked))


def invoice(number: int = 1, member: str = "mem_1", total: int = 11_900, **changes: Any) -> InvoiceIssued:
    """An invoice whose buyer pays by a debit file of ours."""
    plain = card_invoice(number, "", "direct_debit", total)
    buyer = plain.buyer.model_copy(update={"payment_provider": "sepa", "member_id": member})
    return plain.model_copy(update={"buyer": buyer, "member_id": member, **changes})


def booking(booking_id: str, amount: int, **changes: Any) -> TakeDebitBooking:
    """What the bank has booked."""
    known = {
        "entity": "MP",
        "account_iban": "DE89370400440532013000",
        "currency": "EUR",
        "booked_on": date(2026, 10, 15),
    }
    return TakeDebitBooking.model_validate({**known, "booking_id": booking_id, "amount_minor": amount, **changes})


def schema(name: str) -> Any:
    """An ISO 20022 schema, as a well-kept package carries it."""
    from lxml import etree

    content = files("sepaxml").joinpath("schemas", f"{name}.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(content))


def faults(content: bytes, name: str) -> list[str]:
    """What a schema has against a file."""
    from lxml import etree

    judge = schema(name)
    judge.validate(etree.fromstring(content))
    return [str(error) for error in judge.error_log]


def texts(content: bytes, name: str) -> list[str]:
    """The texts of every element of a name."""
    from lxml import etree

    return [one.text or "" for one in etree.fromstring(content).iterfind(f".//{{*}}{name}")]


def days(first: date, count: int) -> Sequence[date]:
    """Days in a row."""
    return [first + timedelta(days=number) for number in range(count)]
