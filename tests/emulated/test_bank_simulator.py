"""The bank simulator keeps balances and gives out camt.053 statements that never change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from werkzeug.test import Client, TestResponse

from emulators.bank import BankSimulator
from emulators.clock import Clock

OURS, OTHER, MEMBER = "DE89370400440532013000", "NL91ABNA0417164300", "FR1420041010050500013M02606"
NS = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}
TODAY = datetime.now(UTC).date()


class Bank:
    def __init__(self, path: Path | None) -> None:
        self.clock = Clock(None)
        self.simulator = BankSimulator(path, clock=self.clock)
        self.http = Client(self.simulator.wsgi)

    def transfer(self, amount: int = 1299, **more: Any) -> TestResponse:
        sent = {
            "debtor_name": "Zoë & Söhne",
            "debtor_iban": MEMBER,
            "creditor_iban": OURS,
            "amount_minor": amount,
            "currency": "EUR",
            "reference": "RF18539007547034",
            "end_to_end_id": "E2E-1",
        }
        return self.http.post("/admin/transfers", json={**sent, **more})

    def bytes(self, day: str, account: str = OURS) -> bytes:
        answer = self.http.get(f"/statements/{account}/{day}.xml")
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)

    def statement(self, day: str, account: str = OURS) -> Element:
        found = fromstring(self.bytes(day, account)).find("c:BkToCstmrStmt/c:Stmt", NS)
        assert found is not None
        return found


@pytest.fixture
def bank() -> Iterator[Bank]:
    standing = Bank(None)
    yield standing
    standing.simulator.close()


def text(at: Element, path: str) -> str | None:
    return at.findtext("/".join(f"c:{name}" for name in path.split("/")), None, NS)


def balances(statement: Element) -> list[tuple[str | None, str | None, str | None]]:
    kinds = ("Tp/CdOrPrtry/Cd", "Amt", "CdtDbtInd")
    found = [tuple(text(balance, kind) for kind in kinds) for balance in statement.findall("c:Bal", NS)]
    return [(kind, amount, side) for kind, amount, side in found]


def test_a_transfer_is_an_entry_with_its_payer_and_reference(bank: Bank) -> None:
    bank.transfer(booked_on="2026-01-05")
    statement = bank.statement("2026-01-05")
    entry = statement.find("c:Ntry", NS)
    assert entry is not None
    assert (text(entry, "Amt"), text(entry, "CdtDbtInd"), text(entry, "Sts/Cd")) == ("12.99", "CRDT", "BOOK")
    details = "NtryDtls/TxDtls"
    assert text(entry, f"{details}/RltdPties/Dbtr/Pty/Nm") == "Zoë & Söhne"
    assert text(entry, f"{details}/RltdPties/DbtrAcct/Id/IBAN") == MEMBER
    assert text(entry, f"{details}/RmtInf/Strd/CdtrRefInf/Ref") == "RF18539007547034"
    assert text(entry, f"{details}/Refs/EndToEndId") == "E2E-1"
    assert text(entry, "AcctSvcrRef") == text(entry, f"{details}/Refs/AcctSvcrRef")


def test_balances_and_numbers_go_on_from_statement_to_statement(bank: Bank) -> None:
    bank.http.post("/admin/accounts", json={"iban": OURS, "owner": "Marketplace", "opening_minor": 10000})
    for day, amount in (("2026-01-05", 1299), ("2026-01-05", 1), ("2026-01-09", 500)):
        bank.transfer(amount, booked_on=day)
    first, second = bank.statement("2026-01-05"), bank.statement("2026-01-09")
    assert balances(first) == [("OPBD", "100.00", "CRDT"), ("CLBD", "113.00", "CRDT")]
    assert balances(second) == [("OPBD", "113.00", "CRDT"), ("CLBD", "118.00", "CRDT")]
    assert [text(each, "ElctrncSeqNb") for each in (first, second)] == ["1", "2"]
    references = [text(e, "AcctSvcrRef") for each in (first, second) for e in each.findall("c:Ntry", NS)]
    assert len(set(references)) == 3


def test_money_that_leaves_the_account_is_a_debit(bank: Bank) -> None:
    bank.transfer(1000, booked_on="2026-01-05")
    bank.transfer(1500, debtor_iban=OURS, creditor_iban=MEMBER, creditor_name="Zoë", booked_on="2026-01-06")
    statement = bank.statement("2026-01-06")
    assert balances(statement) == [("OPBD", "10.00", "CRDT"), ("CLBD", "5.00", "DBIT")]
    assert bank.http.get(f"/statements/{MEMBER}/2026-01-06.xml").status_code == 404


def test_a_transfer_between_two_accounts_of_the_bank_is_on_both_statements(bank: Bank) -> None:
    for iban in (OURS, OTHER):
        bank.http.post("/admin/accounts", json={"iban": iban})
    bank.transfer(700, debtor_iban=OURS, creditor_iban=OTHER, booked_on="2026-01-06")
    sides = [text(bank.statement("2026-01-06", iban), "Ntry/CdtDbtInd") for iban in (OURS, OTHER)]
    assert sides == ["DBIT", "CRDT"]


def test_a_statement_given_out_never_changes(bank: Bank) -> None:
    bank.transfer(booked_on="2026-01-05")
    before = bank.bytes("2026-01-05")
    late = bank.transfer(booked_on="2026-01-05").json
    assert late is not None
    assert late["booked_on"] == "2026-01-06"
    assert bank.bytes("2026-01-05") == before
    assert text(bank.statement("2026-01-06"), "ElctrncSeqNb") == "2"


def test_a_day_to_come_has_no_statement_before_the_clock_gets_there(bank: Bank) -> None:
    tomorrow = (bank.clock.now().date() + timedelta(days=1)).isoformat()
    bank.transfer(booked_on=tomorrow)
    assert bank.http.get(f"/statements/{OURS}/{tomorrow}.xml").status_code == 404
    assert bank.http.get("/statements").json == {"statements": []}
    bank.clock.advance_to(bank.clock.now() + timedelta(days=1))
    listed = bank.http.get("/statements").json
    assert listed is not None
    assert [each["day"] for each in listed["statements"]] == [tomorrow]
    assert bank.http.get(listed["statements"][0]["url"]).status_code == 200


def test_a_long_remittance_text_is_told_in_lines_of_140(bank: Bank) -> None:
    bank.transfer(reference="", remittance_text="x" * 150, booked_on="2026-01-05")
    lines = bank.statement("2026-01-05").findall(".//c:Ustrd", NS)
    assert [len(line.text or "") for line in lines] == [140, 10]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"amount_minor": 12.99}, "amount_minor"),
        ({"amount_minor": 0}, "amount_minor"),
        ({"creditor_iban": "DE00370400440532013000"}, "creditor_iban"),
        ({"currency": "euro"}, "currency"),
        ({"booked_on": "yesterday"}, "booked_on"),
        ({"remittance_text": "a\x00b"}, "remittance_text"),
        ({"debtor_name": "x" * 141}, "debtor_name"),
    ],
)
def test_a_senseless_transfer_is_refused_by_name(bank: Bank, change: dict[str, Any], named: str) -> None:
    answer = bank.transfer(**change)
    assert answer.status_code == 400
    assert named in answer.text


def test_the_page_escapes_what_a_payer_wrote(bank: Bank) -> None:
    bank.transfer(debtor_name="<img src=x onerror=alert(1)>", booked_on="2026-01-05")
    page = bank.http.get("/").text
    assert "&lt;img" in page
    assert "<img" not in page
    assert "12.99 EUR" in page


def test_a_statement_is_the_same_after_a_restart(tmp_path: Path) -> None:
    before = Bank(tmp_path)
    before.transfer(booked_on="2026-01-05")
    given = before.bytes("2026-01-05")
    before.simulator.close()
    after = Bank(tmp_path)
    assert after.bytes("2026-01-05") == given
    after.simulator.close()
