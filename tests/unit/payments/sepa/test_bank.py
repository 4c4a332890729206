"""The whole way through a bank: our file in, its statement, report and notification back, the same cents at both."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from werkzeug.test import Client

from common.events.payments import BankEntryBooked, PaymentFailed, PaymentReceived, PaymentReturned
from emulators.bank import BankSimulator
from emulators.bank.debits import WAYS
from functions.payments.bank import camt
from functions.payments.handlers import debits, statements
from functions.payments.requests.statements import StatementFile
from functions.payments.sepa import pain002
from functions.payments.sepa.messages import Account, Remittance, TransferOrder
from tests.unit.payments.sepa.scene import IBAN, OTHER_IBAN, Scene, invoice
from tests.unit.payments.sepa.test_files import transfers

OURS = "DE89370400440532013000"


class Days:
    """The platform's clock as the bank wants it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now

    def subscribe(self, _: Callable[..., Any], /) -> None:
        """The bank looks at the day whenever it is asked."""


class Bank:
    """The simulator, and what a clerk does with its files."""

    def __init__(self, scene: Scene, way: str = "batch") -> None:
        self.scene = scene
        self.simulator = BankSimulator(None, clock=Days(scene.platform.clock.now))
        self.http = Client(self.simulator.wsgi)
        self.http.post("/admin/accounts", json={"iban": OURS, "owner": "Marketplace Europe GmbH", "opening_minor": 0})
        assert self.http.post("/admin/booking", json={"iban": OURS, "way": way}).status_code == 200

    def script(self, code: str, iban: str = IBAN, **more: Any) -> None:
        """What becomes of an account's next debit."""
        answer = self.http.post("/admin/returns", json={"iban": iban, "code": code, **more})
        assert answer.status_code == 201, answer.text

    def send(self) -> None:
        """Hands in the only file, and takes the bank's report."""
        answer = self.http.post("/payments", data=self.scene.file())
        assert answer.status_code == 201, answer.text
        told_id = answer.get_json()["message_id"]
        report = self.http.get(f"/payments/{told_id}/report.xml").data
        self.scene.platform.do(debits.take_report, pain002.read(report))
        self.scene.platform.settle()

    def read(self, day: str, kind: str = "statements") -> None:
        """Takes in what was booked on a day, if anything was."""
        answer = self.http.get(f"/{kind}/{OURS}/{day}.xml")
        if answer.status_code == HTTPStatus.OK:
            statement = StatementFile(statements=camt.read(answer.data))
            self.scene.platform.do(statements.take_statements, statement)
            self.scene.platform.settle()

    def balance(self) -> int:
        """What is on our account."""
        accounts = self.http.get("/admin/accounts").get_json()["accounts"]
        return next(int(one["balance_minor"]) for one in accounts if one["iban"] == OURS)


@pytest.fixture(params=WAYS)
def bank(request: pytest.FixtureRequest, scene: Scene) -> Any:
    made = Bank(scene, request.param)
    yield made
    made.simulator.close()


def owing(scene: Scene) -> None:
    """Two members with an invoice each, handed in."""
    scene.mandate()
    scene.mandate("mem_2", iban=OTHER_IBAN, debtor_name="Jürgen Żółć & Co")
    scene.issue(invoice(1), invoice(2, member="mem_2", total=5_050))
    scene.to("2026-10-14")


def test_what_the_bank_credits_is_what_is_told(scene: Scene, bank: Bank) -> None:
    owing(scene)
    bank.send()
    scene.to("2026-10-15", schedule=False)
    for kind in ("statements", "notifications", "statements"):
        bank.read("2026-10-15", kind)
    assert sorted(one.amount_minor for one in scene.told(PaymentReceived)) == [5_050, 11_900]
    assert scene.cash() == bank.balance() == 16_950
    assert scene.parked() == []


def test_a_return_with_its_fee_reaches_the_member_once_whatever_tells_it(scene: Scene, bank: Bank) -> None:
    bank.script("AM04", after_days=5, fee_minor=350)
    owing(scene)
    bank.send()
    for day in ("2026-10-15", "2026-10-20"):
        scene.to(day, schedule=False)
        for kind in ("notifications", "statements"):
            bank.read(day, kind)
    back = scene.told(PaymentReturned)
    assert [(one.amount_minor, one.fee_minor, one.code) for one in back] == [(11_900, 350, "AM04")]
    assert scene.cash() - 350 == bank.balance() == 5_050 - 350
    assert scene.told(BankEntryBooked) == [], "its fee is told with the return, and not once more as the bank's own"
    assert scene.parked() == []


def test_a_refund_after_eight_weeks_and_a_claim_after_a_year_come_back_as_entries(scene: Scene, bank: Bank) -> None:
    bank.script("MD06", after_days=55)
    bank.script("MD01", OTHER_IBAN, after_days=380)
    owing(scene)
    bank.send()
    for after in (0, 55, 380):
        day = (date(2026, 10, 15) + timedelta(days=after)).isoformat()
        scene.to(day, schedule=False)
        bank.read(day)
    assert [one.code for one in sorted(scene.told(PaymentReturned), key=lambda one: one.returned_on)] == [
        "MD06",
        "MD01",
    ]
    assert scene.cash() == bank.balance() == 0


def test_a_debit_refused_at_once_is_in_no_credit(scene: Scene, bank: Bank) -> None:
    bank.script("AC04")
    owing(scene)
    bank.send()
    scene.to("2026-10-15", schedule=False)
    bank.read("2026-10-15")
    assert [one.code for one in scene.told(PaymentFailed)] == ["AC04"]
    assert scene.cash() == bank.balance() == 5_050


def test_the_bank_refuses_a_file_that_came_before_and_one_that_is_broken(scene: Scene, bank: Bank) -> None:
    owing(scene)
    content = scene.file()
    assert bank.http.post("/payments", data=content).status_code == 201
    assert bank.http.post("/payments", data=content).status_code == 409
    for broken in (
        b"",
        b"<a/>",
        content.replace(b"169.50", b"169.51"),
        content.replace(b"<NbOfTxs>2", b"<NbOfTxs>x"),
        content.replace(b"DE98ZZZ", b"DE99ZZZ"),
        content.replace(IBAN.encode(), b"DE00120300000000202051"),
        content.replace(b"2026-10-15", b"2026-02-30"),
    ):
        changed = broken.replace(b"MP-20261014-C1", b"MP-20261014-C9")
        assert bank.http.post("/payments", data=changed).status_code == 400


def test_the_bank_sends_transfers_and_books_them_once(scene: Scene) -> None:
    bank = Bank(scene)
    try:
        content = transfers(
            TransferOrder(
                end_to_end_id="R-1", amount_minor=500, payee=Account(name="Anna", iban=IBAN), remittance=Remittance()
            )
        )
        assert [bank.http.post("/payments", data=content).status_code for _ in range(2)] == [201, 409]
        scene.to("2026-10-15", schedule=False)
        assert bank.balance() == -500
    finally:
        bank.simulator.close()
