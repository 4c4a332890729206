"""What one payment costs in documents read and written, from being asked for to being matched and in the books."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final
from unittest.mock import patch

from common.commit import Cause
from common.events.invoicing import InvoiceIssued, VatTotal
from common.parties import SELLERS, Address, Buyer, PaymentMethod, PaymentProvider
from common.ports import Counts
from common.references import creditor_reference
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from common.tools.month.people import iban_of
from emulators.bus import Bus
from emulators.memory import MemoryClock, MemoryEngine
from functions.payments.model.asking import Answer, ProviderName
from functions.payments.model.payments import ChargeAttempt
from functions.payments.providers import asking
from functions.payments.providers.port import Offering

START: Final = datetime(2026, 10, 1, 8, tzinfo=UTC)
DUE: Final = date(2026, 10, 15)
AREAS: Final = ("payments", "matching", "accounting")
AT_ONCE: Final = 500


class Prompt(Offering):
    """A provider that collects whatever it is asked for, and says so at once."""

    name: ProviderName = "stripe"

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        return Answer(
            outcome="succeeded",
            provider_id=f"pi_{wanted.attempt_id}",
            amount_minor=wanted.amount_minor,
            currency=wanted.currency,
            payment_id=wanted.payment_id,
            attempt_id=wanted.attempt_id,
        )


class Days:
    """The till's clock as a bank looks at it."""

    def __init__(self, clock: MemoryClock) -> None:
        self.now = clock.now

    def subscribe(self, _: Callable[..., Any], /) -> None:
        """The bank looks at the day whenever it is asked."""


class Till:
    """Payments, matching and accounting in memory, and members who each owe one invoice."""

    def __init__(self) -> None:
        self.engine, self.clock = MemoryEngine(), MemoryClock(START)
        self.runtime = Runtime(self.engine, self.clock, Settings())
        self.bus = Bus(self.runtime, self.engine, self.clock, functions(*AREAS))
        self._keys = 0

    def commit(self, work: Callable[[Any], Any]) -> Any:
        """One commit."""
        self._keys += 1
        return self.runtime.commit(Cause("bench", str(self._keys), "machine:bench"), work)

    def issue(self, count: int, method: PaymentMethod, provider: PaymentProvider = "stripe") -> list[InvoiceIssued]:
        """So many invoices, and what follows at once; from now on it is counted."""
        invoices = [_invoice(number, method, provider) for number in range(1, count + 1)]
        for start in range(0, count, AT_ONCE):
            slice_ = invoices[start : start + AT_ONCE]
            self.commit(partial(_tell, slice_))
        self.bus.settle()
        self.engine.counts = Counts()
        return invoices

    def take(self, content: bytes) -> None:
        """A bank statement by the platform's own route."""
        from functions.payments.api import ROUTES

        route = next(one for one in ROUTES if one.path == "/v1/statements" and one.method == "POST")
        assert route.parse is not None and route.keep is not None  # noqa: PT018, S101 - an upload has both
        given = route.keep(route.parse(content, {}, self.runtime.settings).command, self.runtime.world)
        self.commit(lambda unit: route.action(given, unit))
        self.bus.settle()

    def cost(self, payments: int) -> dict[str, Any]:
        """Of one payment; raises where not all of them are matched."""
        records = list(self.runtime.world.each_record())
        matched = sum(event["name"] == "payment.matched" for one in records for event in one.body["events"])
        journals = sum(event["name"] == "journal.posted" for one in records for event in one.body["events"])
        if matched != payments or journals < 2 * payments:
            raise RuntimeError(f"{matched} of {payments} payments were matched, {journals} journals posted")
        counts = self.engine.counts
        return {
            "payments": payments,
            "reads": round(counts.reads / payments, 2),
            "writes": round(counts.writes / payments, 2),
            "messages": round((counts.messages + counts.tasks) / payments, 2),
        }


def a_card(payments: int) -> dict[str, Any]:
    """A card is charged on the day its invoice is due."""
    till = Till()
    with patch.object(asking, "provider_named", lambda _: lambda _: Prompt()):
        till.issue(payments, "card")
        till.bus.advance_to(datetime(2026, 10, 16, 8, tzinfo=UTC))
    return till.cost(payments)


def a_debit(payments: int) -> dict[str, Any]:
    """A debit of our own goes to the bank in a file, is credited in a batch, and the statement is taken in."""
    from werkzeug.test import Client

    from emulators.bank import BankSimulator

    till = Till()
    bank = BankSimulator(None, clock=Days(till.clock))
    door = Client(bank.wsgi)
    _give_mandates(till, payments)
    till.issue(payments, "direct_debit", "sepa")
    till.bus.advance_to(datetime(2026, 10, 14, 6, tzinfo=UTC))
    till.bus.fire("payments-hand-in-debits")
    till.bus.settle()
    for file in till.runtime.world.list_files("debits/"):
        answer = door.post("/payments", data=till.runtime.world.get_file(file.name))
        if answer.status_code != 201:  # noqa: PLR2004 - created
            raise RuntimeError(answer.text)
    till.bus.advance_to(datetime(2026, 10, 15, 12, tzinfo=UTC))
    till.take(door.get(f"/statements/{SELLERS['MP'].iban}/{DUE.isoformat()}.xml").data)
    bank.close()
    return till.cost(payments)


def a_transfer(payments: int) -> dict[str, Any]:
    """Transfers by their reference come in one statement."""
    from emulators.bank.camt import Entry, Statement, write

    till = Till()
    made = [
        Entry(
            reference=f"20261010C{number:010d}",
            amount=one.total_minor,
            booked_on=date(2026, 10, 10),
            debtor_name=one.buyer.name,
            debtor_iban=iban_of(number),
            creditor_name="",
            creditor_iban=SELLERS["MP"].iban,
            end_to_end_id=f"E2E-{number}",
            text="",
            structured=creditor_reference(one.number),
        )
        for number, one in enumerate(till.issue(payments, "transfer"), 1)
    ]
    seller = SELLERS["MP"]
    till.take(write(Statement(seller.iban, seller.name, "EUR", date(2026, 10, 10), 1, 0, made)))
    return till.cost(payments)


def _give_mandates(till: Till, count: int) -> None:
    from functions.payments.handlers.mandates import request_mandate
    from functions.payments.requests.mandates import RequestMandate

    for number in range(1, count + 1):
        asked = RequestMandate(
            member_id=f"mem_{number}",
            entity="MP",
            iban=iban_of(number),
            debtor_name=f"Member {number}",
            signed_on=START.date() - timedelta(days=1),
        )
        till.commit(partial(request_mandate, asked))
    till.bus.settle()


def _tell(invoices: Sequence[InvoiceIssued], transaction: Any) -> None:
    for invoice in invoices:
        transaction.emit(invoice)


def _invoice(number: int, method: PaymentMethod, provider: PaymentProvider) -> InvoiceIssued:
    buyer = Buyer(
        member_id=f"mem_{number}",
        name=f"Member {number}",
        business=False,
        address=Address(street="Weg 1", city="Kiel", postcode="24103", country="DE"),
        email="",
        payment_method=method,
        payment_provider=provider,
        payment_token=f"pm_{number}" if method == "card" else "",
    )
    total = 1_000 + 37 * number
    return InvoiceIssued(
        member_id=buyer.member_id,
        invoice_id=f"inv_{number}",
        number=f"MP-2026-{number:07d}",
        reference=creditor_reference(f"MP-2026-{number:07d}"),
        entity="MP",
        buyer=buyer,
        currency="EUR",
        issued_on=START.date(),
        due_on=DUE,
        lines=(),
        vat=(
            VatTotal(category="E", country="DE", rate_basis_points=0, base_minor=total, vat_minor=0, scheme="exempt"),
        ),
        net_minor=total,
        vat_minor=0,
        total_minor=total,
    )
