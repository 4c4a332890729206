"""Bank statements come from outside: they are checked, read once, and told once."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.payments import PaymentReceived
from common.failures import Rejected
from common.settings import Settings
from functions.payments import api
from functions.payments.bank import files
from functions.payments.handlers import inbox, statements, statements_shown
from functions.payments.model.statements import BankEntry, Statement
from functions.payments.requests.statements import SearchStatements, StatementsTaken
from tests.kit import Platform

IBAN = "DE89370400440532013000"


def entry(amount: str, ref: str = "", kind: str = "CRDT", text: str = "", status: str = "BOOK", more: str = "") -> str:
    return f"""<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{kind}</CdtDbtInd><Sts>{status}</Sts>
      <BookgDt><Dt>2026-10-20</Dt></BookgDt>{f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""}
      <NtryDtls>{
        more
        or f'''<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
        <RltdPties><Dbtr><Nm>Anna Berg</Nm></Dbtr>
        <DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct></RltdPties>
        <RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>'''
    }</NtryDtls></Ntry>"""


def balance(code: str, amount: str, kind: str = "CRDT") -> str:
    return f"""<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>
      <CdtDbtInd>{kind}</CdtDbtInd><Dt><Dt>2026-10-20</Dt></Dt></Bal>"""


def statement(
    entries: Sequence[str], closing: str, opening: str = "100.00", number: str = "S1", iban: str = IBAN
) -> str:
    return f"""<Stmt><Id>{number}</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{balance("OPBD", opening)}
      {balance("CLBD", closing)}{"".join(entries)}</Stmt>"""


def file(*parts: str, version: str = "02") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
      <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
      <GrpHdr><MsgId>M1</MsgId></GrpHdr>{"".join(parts)}</BkToCstmrStmt></Document>""".encode()


@pytest.fixture
def platform() -> Platform:
    return Platform("payments")


def upload(platform: Platform, content: bytes) -> StatementsTaken:
    given = api.parse_statement(content, {}, Settings())
    command = inbox.keep(given.command, platform.runtime.world)
    told = platform.do(statements.take_statements, command, key=given.key)
    platform.settle()
    return StatementsTaken.model_validate(told)


def money(platform: Platform) -> list[PaymentReceived]:
    return [event for event in platform.events(PaymentReceived) if isinstance(event, PaymentReceived)]


def test_each_credit_of_a_statement_is_told_with_who_paid_what_for(platform: Platform) -> None:
    told = upload(platform, file(statement([entry("19.99", "A1", text="MP-2026-0000001")], "119.99")))
    [received] = money(platform)
    assert (received.amount_minor, received.currency, received.entity) == (1999, "EUR", "MP")
    assert (received.payer_name, received.payer_iban) == ("Anna Berg", "DE02120300000000202051")
    assert received.text == "MP-2026-0000001"
    assert received.received_on == date(2026, 10, 20)
    assert (told.statements[0].outcome, told.statements[0].credits) == ("taken", 1)


def test_version_8_says_the_same_in_other_words(platform: Platform) -> None:
    one = entry("19.99", "A1", text="hello").replace("<Nm>Anna Berg</Nm>", "<Pty><Nm>Anna Berg</Nm></Pty>")
    one = one.replace("<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>")
    one = one.replace("<RmtInf>", "<RmtInf><Strd><CdtrRefInf><Ref>RF79MP20260000001</Ref></CdtrRefInf></Strd>")
    upload(platform, file(statement([one], "119.99"), version="08"))
    [received] = money(platform)
    assert (received.payer_name, received.reference) == ("Anna Berg", "RF79MP20260000001")


def test_debits_and_pending_entries_are_told_to_nobody(platform: Platform) -> None:
    upload(platform, file(statement([entry("10.00", kind="DBIT"), entry("5.00", status="PDNG")], "90.00")))
    assert money(platform) == []


def test_the_same_file_again_changes_nothing(platform: Platform) -> None:
    content = file(statement([entry("19.99", "A1"), entry("3.00")], "122.99"))
    first, again = upload(platform, content), upload(platform, content)
    assert (first.duplicate, first.new, first.statements[0].new) == (False, 2, 2)
    assert (again.duplicate, again.new, again.statements[0].new) == (True, 0, 0)
    assert (again.statements[0].outcome, again.statements[0].already_known) == ("duplicate", 2)
    assert len(money(platform)) == 2
    assert len(platform.all(Statement)) == 1


def test_a_long_file_again_while_it_is_still_taken_in_is_a_duplicate(platform: Platform) -> None:
    content = file(statement([entry("1.00", f"A{n}") for n in range(1200)], "1300.00"))
    for number in range(2):
        given = api.parse_statement(content, {}, Settings())
        command = inbox.keep(given.command, platform.runtime.world)
        told = platform.do(statements.take_statements, command, key=given.key)
        assert (told["duplicate"], told["new"]) == ((True, 0) if number else (False, 1200))
    platform.settle()
    assert len(money(platform)) == 1200


def test_a_request_sent_again_under_its_key_is_the_same_request() -> None:
    content = file(statement([entry("19.99", "A1")], "119.99"))
    keys = [api.parse_statement(content, {"idempotency-key": "k1"}, Settings()).key for _ in range(2)]
    assert keys == ["k1", "k1"]
    with pytest.raises(Rejected, match="idempotency_key_long"):
        api.parse_statement(content, {"idempotency-key": "k" * 256}, Settings())


def test_a_file_that_brings_one_statement_more_is_no_duplicate(platform: Platform) -> None:
    one = statement([entry("19.99", "A1")], "119.99")
    upload(platform, file(one))
    told = upload(platform, file(one, statement([entry("1.00", "A2")], "120.99", opening="119.99", number="S2")))
    assert [(each.outcome, each.new) for each in told.statements] == [("duplicate", 0), ("taken", 1)]
    assert (told.duplicate, told.new) == (False, 1)


def test_the_same_statement_in_another_layout_is_a_duplicate(platform: Platform) -> None:
    content = file(statement([entry("19.99", "A1")], "119.99"))
    upload(platform, content)
    told = upload(platform, content.replace(b"      <", b"<"))
    assert told.statements[0].outcome == "duplicate"
    assert len(money(platform)) == 1


def test_a_statement_with_another_content_is_refused(platform: Platform) -> None:
    upload(platform, file(statement([entry("19.99", "A1")], "119.99")))
    with pytest.raises(Rejected, match="statement_changed"):
        upload(platform, file(statement([entry("20.99", "A1")], "120.99")))
    assert len(money(platform)) == 1


def test_statements_that_overlap_tell_each_credit_once(platform: Platform) -> None:
    first, second, third = (entry("10.00", ref) for ref in ("A1", "A2", "A3"))
    upload(platform, file(statement([first, second], "120.00", number="S1")))
    told = upload(platform, file(statement([second, third], "130.00", opening="110.00", number="S2")))
    assert len(money(platform)) == 3
    assert told.statements[0].already_known == 1


def test_overlapping_statements_in_one_file_tell_each_credit_once(platform: Platform) -> None:
    parts = [statement([entry("10.00", "A1")], "110.00", number=number) for number in ("S1", "S2")]
    upload(platform, file(*parts))
    assert len(money(platform)) == 1
    assert len(platform.all(Statement)) == 2


def test_two_payments_that_look_the_same_are_two(platform: Platform) -> None:
    upload(platform, file(statement([entry("10.00"), entry("10.00")], "120.00")))
    upload(platform, file(statement([entry("10.00")], "130.00", opening="120.00", number="S2")))
    assert len(money(platform)) == 3


def test_a_batch_is_told_by_its_transactions_where_they_add_up(platform: Platform) -> None:
    parts = "".join(
        f"<TxDtls><Refs><AcctSvcrRef>T{n}</AcctSvcrRef></Refs><AmtDtls><TxAmt><Amt Ccy='EUR'>{amount}</Amt></TxAmt>"
        f"</AmtDtls><RmtInf><Ustrd>number {n}</Ustrd></RmtInf></TxDtls>"
        for n, amount in ((1, "4.00"), (2, "6.00"))
    )
    upload(platform, file(statement([entry("10.00", "A1", more=parts)], "110.00")))
    upload(platform, file(statement([entry("11.00", "A2", more=parts)], "121.00", opening="110.00", number="S2")))
    assert sorted((m.amount_minor, m.text) for m in money(platform)) == [
        (400, "number 1"),
        (600, "number 2"),
        (1100, "number 1 number 2"),
    ]


def test_a_big_statement_is_told_whole(platform: Platform) -> None:
    entries = [entry("1.00", f"A{n}") for n in range(1250)]
    upload(platform, file(statement(entries, "1350.00")))
    assert len(money(platform)) == 1250
    assert len(platform.all(BankEntry)) == 1250


def test_what_does_not_add_up_is_refused() -> None:
    with pytest.raises(Rejected, match="unbalanced"):
        files.read(file(statement([entry("19.99")], "119.98")))


GOOD = file(statement([entry("19.99", "A1")], "119.99"))
BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><Document>&x;</Document>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"nonsense", "unsupported_format"),
        (GOOD[:-40], "malformed_xml"),
        (BOMB, "malformed_xml"),
        (GOOD.replace(b'encoding="UTF-8"', b'encoding="no-such"'), "malformed_xml"),
        (b"\xff\xfe" + GOOD, "malformed_xml"),
        (b"<a>" * 40 + b"</a>" * 40, "unsupported_format"),
        (GOOD.replace(b"<MsgId>M1", b"<a>" * 40 + b"</a>" * 40 + b"<MsgId>M1"), "too_large"),
        (GOOD.replace(b"<MsgId>M1", b"<b/>" * 300_001 + b"<MsgId>M1"), "too_large"),
        (GOOD.replace(b"Anna Berg", b"A" * 100_001), "too_large"),
        (b" " * 5_000_001, "empty_file"),
        (b"<Document/>", "unsupported_format"),
        (file(version="00"), "unsupported_format"),
        (file(), "invalid_statement"),
        (GOOD.replace(b">19.99<", b">19.995<"), "invalid_statement"),
        (GOOD.replace(b">19.99<", b">NaN<"), "invalid_statement"),
        (GOOD.replace(b">19.99<", b">-19.99<"), "invalid_statement"),
        (GOOD.replace(b">19.99<", b">1E3<"), "invalid_statement"),
        (GOOD.replace(b'"EUR">19.99', b'"USD">19.99'), "invalid_statement"),
        (GOOD.replace(b"EUR", b"XXX"), "invalid_statement"),
        (GOOD.replace(b"CLBD", b"XXXX"), "invalid_statement"),
        (GOOD.replace(b"2026-10-20</Dt></BookgDt>", b"2026-13-20</Dt></BookgDt>"), "invalid_statement"),
        (GOOD.replace(IBAN.encode(), b""), "invalid_statement"),
        (GOOD.replace(b"<Id>S1</Id>", b""), "invalid_statement"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        files.read(content)
    assert refusal.value.code == code
    assert 400 <= refusal.value.status < 500


@given(st.integers(0, len(GOOD) - 2))
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(Rejected):
        files.read(GOOD[:length])


def test_a_statement_of_an_account_we_do_not_have_is_refused(platform: Platform) -> None:
    with pytest.raises(Rejected, match="unknown_account"):
        upload(platform, file(statement([], "100.00", iban="DE02120300000000202051")))


def test_statements_are_listed_page_by_page(platform: Platform) -> None:
    upload(platform, file(*[statement([], "100.00", number=f"S{n}") for n in range(3)]))
    shown: list[Any] = []
    token = ""
    world = platform.runtime.world
    while page := statements_shown.search_statements(SearchStatements(limit=2, page_token=token), world):
        shown += page.items
        token = page.next_page_token
        if not token:
            break
    assert sorted(s.number for s in shown) == ["S0", "S1", "S2"]


def test_a_limit_above_a_hundred_is_a_hundred() -> None:
    assert SearchStatements.model_validate({"limit": "5000"}).limit == 100
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        SearchStatements(limit=0)
