"""camt.052, camt.053 and camt.054 in the dialects banks write them in, and the sums in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.payments.bank import camt
from functions.payments.bank.entries import AccountStatement, Detail, Entry
from functions.payments.bank.faults import Fault
from functions.payments.bank.kinds import sort_of
from tests.unit.payments.bank.paper import balance, details, entry, file, statement


def only(content: bytes) -> AccountStatement:
    [found] = camt.read(content)
    return found


def first(*entries: str, minor: int, **how: str) -> Entry:
    return only(file(statement(entries, 0, minor), **how)).entries[0]


def own(minor: int, currency: str = "EUR") -> str:
    return f'<Amt Ccy="{currency}">{minor // 100}.{minor % 100:02d}</Amt>'


@pytest.mark.parametrize("version", ["01", "02", "03", "04", "05", "06", "07", "08", "10", "13"])
@pytest.mark.parametrize("kind", ["052", "053", "054"])
def test_every_version_of_every_message_is_read(kind: str, version: str) -> None:
    content = file(statement([entry(1999, "A1")], 0, 1999, kind=kind), kind=kind, version=version)
    found = only(content)
    assert (found.format, found.entries[0].amount_minor) == (f"camt.{kind}", 1999)


@pytest.mark.parametrize(
    "space",
    ["ISO:camt.053.001.02:APC:STUZZA:payments:003", "http://www.six-interbank-clearing.com/de/camt.053.001.04.xsd"],
)
def test_national_names_around_the_standards_are_known(space: str) -> None:
    content = file(statement([entry(100)], 0, 100)).replace(
        b"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02", space.encode()
    )
    assert only(content).format == "camt.053"


@pytest.mark.parametrize(
    "space", ["urn:iso:std:iso:20022:tech:xsd:pain.001.001.09", "", "urn:x:camt.053.001.99", "camt.053"]
)
def test_another_namespace_is_refused(space: str) -> None:
    content = file(statement([entry(100)], 0, 100)).replace(
        b"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02", space.encode()
    )
    with pytest.raises(Fault) as refusal:
        camt.read(content)
    assert (refusal.value.code, refusal.value.status) == ("unsupported_format", 415)


def test_an_extension_of_a_bank_is_no_amount() -> None:
    """Deutsche Bank's supplementary data: elements of another namespace with the same names."""
    more = '<x:Amt xmlns:x="urn:bank" Ccy="EUR">5.00</x:Amt>'
    assert first(entry(1999, "A1").replace("<Sts>", f"{more}<Sts>"), minor=1999).amount_minor == 1999


def test_a_batch_is_its_payments() -> None:
    """ABN AMRO and ING: one booking of a batch, the amounts in AmtDtls (v2) or Amt (v8)."""
    parts = details("E1", "Anna", own="<AmtDtls><TxAmt>" + own(400) + "</TxAmt></AmtDtls>") + details(
        "E2", "Ben", own=own(600)
    )
    batch = "<Btch><MsgId>MSG-1</MsgId><PmtInfId>INF-1</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>"
    found = first(entry(1000, "B1", batch + parts), minor=1000)
    assert [(one.amount_minor, one.end_to_end_id, one.payer_name) for one in found.details] == [
        (400, "E1", "Anna"),
        (600, "E2", "Ben"),
    ]
    assert (found.message_id, found.batch_id, found.transactions) == ("MSG-1", "INF-1", 2)


def test_a_batch_told_only_as_a_sum_is_one_payment_and_says_how_many() -> None:
    """UBS and PostFinance: the payments come in a camt.054."""
    batch = "<Btch><PmtInfId>INF-1</PmtInfId><NbOfTxs>250</NbOfTxs></Btch>"
    found = first(entry(1000, "B1", batch), minor=1000)
    assert (len(found.details), found.transactions) == (1, 250)


def test_payments_that_do_not_add_up_are_one_with_a_warning() -> None:
    parts = details("E1", own=own(400)) + details("E2", own=own(500))
    found = only(file(statement([entry(1000, "B1", parts)], 0, 1000)))
    assert [one.amount_minor for one in found.entries[0].details] == [1000]
    assert "do not add up" in found.warnings[0]


def test_what_the_bank_took_of_a_batch_is_a_part_of_its_own() -> None:
    """PostFinance: parts and charges are the entry."""
    charges = "<Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'>0.50</TtlChrgsAndTaxAmt></Chrgs>"
    parts = details("E1", own=own(400)) + details("E2", own=own(600))
    found = first(entry(950, "B1", parts, more=charges), minor=950)
    assert [(one.amount_minor, one.is_charge) for one in found.details] == [(400, False), (600, False), (-50, True)]


@pytest.mark.parametrize(
    "charges", ["<Chrgs><Amt Ccy='EUR'>3.00</Amt></Chrgs>", "<Chrgs><Rcrd><Amt Ccy='EUR'>3.00</Amt></Rcrd></Chrgs>"]
)
def test_a_returned_debit_is_told_apart_from_its_fee(charges: str) -> None:
    """Sparkasse: the entry has the other bank's fee in it, the instructed amount is the debit's own."""
    back = f"<AmtDtls><InstdAmt>{own(2000)}</InstdAmt></AmtDtls>{charges}"
    reason = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></RtrInf>"
    found = first(
        entry(-2300, "R1", details("MP-2026-0000001-1", own=back, more=reason), code="PMNT-IDDT-UPDD"), minor=-2300
    )
    debit, fee = found.details
    assert (debit.amount_minor, debit.reason, debit.reason_text, debit.end_to_end_id) == (
        -2000,
        "AC04",
        "closed",
        "MP-2026-0000001-1",
    )
    assert (fee.amount_minor, sort_of(found, debit).kind, sort_of(found, fee).kind) == (
        -300,
        "debit_return",
        "bank_fee",
    )


def test_money_in_another_currency_is_told_with_its_rate() -> None:
    """UBS: instructed in dollars, booked in euros."""
    exchange = "<CcyXchg><SrcCcy>USD</SrcCcy><XchgRate>0.92</XchgRate></CcyXchg>"
    sent = f"<AmtDtls><InstdAmt>{own(10000, 'USD')}{exchange}</InstdAmt><CntrValAmt>{own(9200)}</CntrValAmt></AmtDtls>"
    one = first(entry(9200, "F1", details("E1", own=sent)), minor=9200).details[0]
    assert (one.amount_minor, one.original_minor, one.original_currency, one.rate) == (9200, 10000, "USD", "0.92")


def test_everything_that_identifies_a_payment_is_kept() -> None:
    refs = (
        "<Refs><MsgId>M</MsgId><AcctSvcrRef>T1</AcctSvcrRef><PmtInfId>P</PmtInfId><InstrId>I</InstrId>"
        "<EndToEndId>NOTPROVIDED</EndToEndId><UETR>255ae394-9965-4438-ac86-f406feada396</UETR>"
        "<MndtId>MD</MndtId></Refs>"
    )
    parties = (
        "<RltdPties><Dbtr><Pty><Nm>Anna</Nm></Pty></Dbtr><DbtrAcct><Id>"
        "<IBAN>DE02 1203 0000 0000 2020 51</IBAN></Id></DbtrAcct><UltmtDbtr><Pty><Nm>Her firm</Nm>"
        "</Pty></UltmtDbtr><Cdtr><Pty><Nm>We</Nm></Pty></Cdtr><UltmtCdtr><Nm>Shop</Nm></UltmtCdtr>"
        "</RltdPties>"
    )
    rest = (
        "<RmtInf><Ustrd>one</Ustrd><Ustrd>two</Ustrd><Strd><CdtrRefInf><Ref>RF18 5390 0754 7034</Ref>"
        "</CdtrRefInf></Strd><Strd><RfrdDocInf><Nb>INV-9</Nb></RfrdDocInf><CdtrRefInf><Ref>RF02</Ref>"
        "</CdtrRefInf></Strd></RmtInf>"
    )
    one = first(entry(100, "", f"<TxDtls>{refs}{parties}{rest}</TxDtls>"), minor=100, version="08").details[0]
    assert one == Detail(
        amount_minor=100,
        bank_reference="T1",
        instruction_id="I",
        uetr="255ae394-9965-4438-ac86-f406feada396",
        mandate_id="MD",
        batch_id="P",
        message_id="M",
        payer_name="Anna",
        payer_iban="DE02120300000000202051",
        ultimate_debtor="Her firm",
        payee_name="We",
        ultimate_creditor="Shop",
        references=("RF18539007547034", "RF02"),
        text="one two INV-9",
    )


@pytest.mark.parametrize(
    ("minor", "code", "kind"),
    [
        (100, "PMNT-RCDT-ESCT", "member_money"),
        (100, "PMNT-IDDT-ESDD", "debit_settlement"),
        (-100, "PMNT-IDDT-UPDD", "debit_return"),
        (-100, "PMNT-MDOP-CHRG", "bank_fee"),
        (-100, "ACMT-MDOP-FEES", "bank_fee"),
        (100, "ACMT-MCOP-INTR", "interest"),
        (-100, "PMNT-ICDT-ESCT", "unknown"),
        (-100, "CAMT-CAPL-OTHR", "own_transfer"),
    ],
)
def test_codes_say_what_an_entry_is(minor: int, code: str, kind: str) -> None:
    found = first(entry(minor, "A1", code=code), minor=minor)
    assert sort_of(found, found.details[0]).kind == kind


def test_a_payout_is_known_by_who_pays_and_a_transfer_of_our_own_by_its_account() -> None:
    found = first(entry(100, "A1", details(name="Stripe Payments Europe Ltd")), minor=100)
    assert sort_of(found, found.details[0]).provider == "stripe"
    assert sort_of(found, Detail(amount_minor=1, payer_iban="X"), {"X"}).kind == "own_transfer"


def test_pages_have_interim_balances() -> None:
    """KBC: a long day in two statements; the first ends and the second begins with ITBD."""
    page = (
        statement([entry(100)], 0, 100)
        .replace("CLBD", "ITBD")
        .replace("<FrToDt>", "<StmtPgntn><PgNb>1</PgNb></StmtPgntn><FrToDt>")
    )
    last = (
        statement([entry(50)], 100, 150)
        .replace("OPBD", "ITBD")
        .replace("<FrToDt>", "<StmtPgntn><PgNb>2</PgNb></StmtPgntn><FrToDt>")
    )
    found = camt.read(file(page, last))
    assert [(one.number, one.opening_minor, one.closing_minor) for one in found] == [("S1", 0, 100), ("S1/2", 100, 150)]


def test_the_balance_before_stands_for_the_opening_one_and_others_are_left_aside() -> None:
    """BNP Paribas: PRCD in place of OPBD; Santander: available balances in other currencies beside."""
    told = (
        statement([entry(100)], 0, 100)
        .replace("OPBD", "PRCD")
        .replace("<Ntry>", balance("FWAV", 5, currency="USD") + "<Ntry>", 1)
    )
    assert only(file(told)).opening_minor == 0


def test_five_decimals_are_read_and_a_sixth_of_a_cent_is_not() -> None:
    content = file(statement([entry(1999)], 0, 1999))
    assert only(content.replace(b">19.99<", b">19.99000<")).closing_minor == 1999
    for wrong in (b"19,99", b"-19.99", b"+19.99", b"19.995", b"1e3", b"", b" ", "１９.99".encode(), b"19.99.00"):
        with pytest.raises(Fault, match="invalid_statement"):
            camt.read(content.replace(b">19.99<", b">" + wrong + b"<"))


def test_a_flipped_sign_is_found_by_the_balance() -> None:
    content = file(statement([entry(1999), entry(-500)], 0, 1499))
    with pytest.raises(Fault, match="unbalanced"):
        camt.read(content.replace(b"DBIT", b"CRDT", 1))


def test_two_currencies_in_a_statement_are_refused_in_their_line() -> None:
    content = file(statement([entry(100), "\n" + entry(100, currency="USD")], 0, 200))
    with pytest.raises(Fault) as refusal:
        camt.read(content)
    assert (refusal.value.line, refusal.value.place) == (4, "statement S1, entry 2")
    assert refusal.value.errors[0]["line"] == "4"


def test_pending_entries_are_counted_and_left_out() -> None:
    found = only(file(statement([entry(100), entry(5, sts="PDNG"), entry(7, sts="INFO")], 0, 100)))
    assert (len(found.entries), found.pending) == (1, 2)


def test_a_notification_without_dates_and_balances_is_read() -> None:
    told = entry(200).replace("<BookgDt><Dt>2026-10-20</Dt></BookgDt><ValDt><Dt>2026-10-20</Dt></ValDt>", "")
    found = only(file(statement([told], 0, 0, kind="054", balances=False), kind="054"))
    assert (str(found.entries[0].booked_on), found.opening_minor) == ("2026-10-20", None)


def test_a_reversal_is_marked() -> None:
    assert first(entry(-100, "A1", more="<RvslInd>true</RvslInd>"), minor=-100).reversal


def test_the_same_statement_in_another_layout_has_the_same_fingerprint() -> None:
    content = file(statement([entry(100, "A1", details("E", "Anna", "text"))], 0, 100))
    assert only(content).sha256 == only(content.replace(b"><", b">\n  <")).sha256


WHOLE = file(
    statement([entry(100, "A1", details("E1", "Anna", "text", own=own(100))), entry(-30, "A2")], 0, 70),
    statement([], 70, 70, number="S2"),
)
ENDS = [n + 1 for n, byte in enumerate(WHOLE) if byte == ord(">")][:-1]


@given(st.sampled_from(ENDS))
def test_a_file_cut_after_any_element_is_refused_with_its_line(end: int) -> None:
    with pytest.raises(Fault) as refusal:
        camt.read(WHOLE[:end])
    assert refusal.value.line > 0


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_file_with_one_wrong_byte_is_read_or_refused_and_never_breaks(at: int, byte: int) -> None:
    try:
        found = camt.read(WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :])
    except Fault:
        return
    for one in found:
        assert one.opening_minor is not None
        assert one.opening_minor + sum(e.amount_minor for e in one.entries) == one.closing_minor
        assert all(sum(d.amount_minor for d in e.details) == e.amount_minor for e in one.entries)
