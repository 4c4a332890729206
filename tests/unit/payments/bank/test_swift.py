"""MT940 and MT942 in the dialects banks write them in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.payments.bank import swift
from functions.payments.bank.entries import AccountStatement, Entry
from functions.payments.bank.faults import Fault
from functions.payments.bank.kinds import sort_of


def message(
    *entries: str,
    opening: str = "C261019EUR100,00",
    closing: str,
    account: str = "DE89370400440532013000",
    number: str = "195/1",
) -> str:
    lines = [":20:STARTUMSE", f":25:{account}", f":28C:{number}", f":60F:{opening}", *entries, f":62F:{closing}", "-"]
    return "\r\n".join(lines) + "\r\n"


def read(text: str, encoding: str = "utf-8") -> tuple[AccountStatement, ...]:
    return swift.read(text.encode(encoding))


def first(*lines: str, closing: str) -> Entry:
    [found] = read(message(*lines, closing=f"C261020EUR{closing}"))
    return found.entries[0]


def test_a_german_transfer_with_sub_fields() -> None:
    """Sparkasse: 27 characters a purpose field, lines of 65, SEPA code words, name in two fields."""
    about = (
        ":86:166?00GUTSCHR. UEBERWEISUNG?109251?20EREF+E2E-4711\r\n?21KREF+K-1?22SVWZ+MP-2026-0000001 Vielen D?23ank "
        "RF18539007547034?24ABWA+Firma\r\n der Anna?30COBADEFFXXX?31DE02120300000000202051?32Anna Katharina Mari"
        "a von der?33 Berg?34997"
    )
    found = first(":61:2610201020CR19,99N062NONREF//BANK-1", about, closing="119,99")
    one = found.details[0]
    assert (found.amount_minor, found.bank_reference, found.proprietary) == (1999, "BANK-1", "N062+166")
    assert (one.payer_name, one.payer_iban) == ("Anna Katharina Maria von der Berg", "DE02120300000000202051")
    assert (one.end_to_end_id, one.instruction_id, one.ultimate_debtor) == ("E2E-4711", "K-1", "Firma der Anna")
    assert one.text == "MP-2026-0000001 Vielen Dank RF18539007547034 E2E-4711"
    assert one.references == ("RF18539007547034",)


def test_a_purpose_field_that_is_not_full_ended_with_a_blank() -> None:
    found = first(":61:2610201020CR19,99N062NONREF", ":86:166?20SVWZ+Rechnung?21MP-2026-0000001", closing="119,99")
    assert found.details[0].text == "Rechnung MP-2026-0000001"


def test_a_returned_debit_has_its_reason_and_its_fee_apart() -> None:
    """Deutsche Bank: original amount and charge beside the entry's sum."""
    about = (
        ":86:109?00SEPA-LASTSCHR. RETOURE?20EREF+MP-2026-0000001-1?21OAMT+20,00?22COAM+3,00?23SVWZ+RETUR"
        "N/REFUND, AC04?32Anna"
    )
    found = first(":61:2610201020DR23,00NRTINONREF", about, closing="77,00")
    debit, fee = found.details
    assert (debit.amount_minor, debit.reason, debit.end_to_end_id) == (-2000, "AC04", "MP-2026-0000001-1")
    assert (fee.amount_minor, fee.is_charge, sort_of(found, debit).kind) == (-300, True, "debit_return")


def test_code_words_between_slashes() -> None:
    """ABN AMRO: lines break in the middle of words."""
    about = (
        ":86:/TRTP/SEPA OVERBOEKING/IBAN/FR1420041010050500013M02606/BIC/GEFRADAM\r\n/NAME/QASD JGRED/RE"
        "MI/MP-2026-000\r\n0001/EREF/E-77"
    )
    one = first(":61:2610201020C500,01N654NONREF", about, closing="600,01").details[0]
    assert (one.payer_name, one.payer_iban) == ("QASD JGRED", "FR1420041010050500013M02606")
    assert (one.text, one.end_to_end_id) == ("MP-2026-0000001 E-77", "E-77")


def test_a_counterparty_in_one_field() -> None:
    """ING: /CNTP/iban/bic/name/city/, structured remittance, returns."""
    about = (
        ":86:/RTRN/MS03//EREF/E-78//CNTP/NL32INGB0000012345/INGBNL2A/ING BANK NV/AMSTERDAM//REMI/STRD/CU"
        "R/9001123412341234/"
    )
    one = first(":61:2610201020C1,00NTRFEREF//00000000001005", about, closing="101,00").details[0]
    assert (one.payer_name, one.payer_iban, one.reason) == ("ING BANK NV", "NL32INGB0000012345", "MS03")
    assert (one.references, one.end_to_end_id) == (("9001123412341234",), "E-78")


def test_the_other_account_in_the_second_line() -> None:
    """Rabobank."""
    one = first(
        ":61:261020D000000000025,00N102EREF            \r\nNL70ABNA0987654321",
        ":86:/EREF/E-9/BENM//NAME/CONTRA\r\nHOLDER/REMI//ISDT/2026-10-20",
        closing="75,00",
    ).details[0]
    assert (one.payee_iban, one.payee_name, one.end_to_end_id) == ("NL70ABNA0987654321", "CONTRAHOLDER", "E-9")


def test_the_banks_reference_in_the_second_line() -> None:
    """PostFinance: NONREF in its place, a comma without cents, pages."""
    found = first(
        ":61:2610201020C79,7FMSC01916//NONREF\r\n20261020007602198765432000000012",
        ":86:GIRO AUS ONLINE AUFTRAGGEBER: JANE DOE MITTEILUNGEN: MP-2026-0000001",
        closing="179,7",
    )
    assert (found.amount_minor, found.bank_reference) == (7970, "20261020007602198765432000000012")
    assert found.details[0].payer_name == "JANE DOE"


def test_plain_text_is_text() -> None:
    """mBank: text broken at 65 characters, the sender behind OD:."""
    about = (
        ":86:911 TRANSAKCJA COLLECT; ID IPH: XX000002052409; OD: JAN NOWAK  \r\nUL. NIJAKA 1; TYT.: FAKT"
        "URA MP-2026-0000001; TNR: \r\n179301073837502.000001"
    )
    one = first(
        ":61:2610200201CN45,00NTRFNONREF//MB170201323000\r\n911-TRANSAKCJA IPH", about, closing="145,00"
    ).details[0]
    assert one.payer_name == "JAN NOWAK UL. NIJAKA 1"
    assert "FAKTURA MP-2026-0000001" in one.text


def test_umlauts_come_in_any_of_three_encodings() -> None:
    text = message(":61:2610201020C1,00NMSCNONREF", ":86:166?20Grüße?32Jürgen Müß", closing="C261020EUR101,00")
    for encoding in ("utf-8", "iso-8859-1", "windows-1252", "utf-8-sig"):
        [found] = read(text, encoding)
        assert (found.entries[0].details[0].payer_name, found.entries[0].details[0].text) == ("Jürgen Müß", "Grüße")


@pytest.mark.parametrize(("mark", "sign"), [("C", 1), ("D", -1), ("RC", -1), ("RD", 1), ("CR", 1), ("DR", -1)])
def test_marks_are_signs_and_reversals(mark: str, sign: int) -> None:
    found = first(f":61:2610201020{mark}10,00NMSCNONREF", closing="110,00" if sign > 0 else "90,00")
    assert (found.amount_minor, found.reversal) == (sign * 1000, mark.startswith("R"))


def test_expected_entries_are_left_out() -> None:
    [found] = read(message(":61:2610201020EC10,00NMSCNONREF", closing="C261020EUR100,00"))
    assert (found.entries, found.pending) == ((), 1)


def test_several_statements_and_pages_in_a_file_with_headers_between() -> None:
    """ABN AMRO puts three lines before each; PostFinance pages with interim balances."""
    one = message(":61:2610201020C1,00NMSCNONREF", closing="C261020EUR101,00").replace(":62F:", ":62M:")
    two = message(
        ":61:2610201020C1,00NMSCNONREF", opening="C261020EUR101,00", closing="C261020EUR102,00", number="195/2"
    )
    found = read(
        "ABNANL2A\r\n940\r\nABNANL2A\r\n" + one + "ABNANL2A\r\n940\r\nABNANL2A\r\n" + two.replace(":60F:", ":60M:")
    )
    assert [(s.sequence, s.page, s.number) for s in found] == [(195, 1, "2026-10-20-195"), (195, 2, "2026-10-20-195/2")]


def test_swift_envelopes_are_taken_off() -> None:
    text = message(":61:2610201020C1,00NMSCNONREF", closing="C261020EUR101,00").removesuffix("-\r\n")
    [found] = read("{1:F01COBADEFFXXXX0000000000}{2:I940XXXXN}{4:\r\n" + text + "-}\r\n")
    assert found.closing_minor == 10100


@pytest.mark.parametrize(
    ("told", "account"),
    [
        ("NL91ABNA0517852257EUR", "NL91ABNA0517852257"),
        ("37040044/0532013000EUR", "37040044/0532013000"),
        ("UBRTHUHB/123456789150/HUF", "UBRTHUHB/123456789150"),
        ("0001234567", "0001234567"),
        ("COBADEFF/DE89370400440532013000", "DE89370400440532013000"),
    ],
)
def test_accounts_are_told_in_many_ways(told: str, account: str) -> None:
    assert read(message(closing="C261020EUR100,00", account=told))[0].account == account


def test_an_intraday_report_needs_no_balances() -> None:
    """The MT942 of mBank."""
    text = (
        ":20:ST\n:25:PL29114010810000267002001002\n:28C:1/1\n:34F:PLN0\n:13D:2610201815+0100\n:61:261020"
        "1020CN0,01NTRFNONREF//MB1\n:90C:1PLN0,01\n-\n"
    )
    [found] = read(text)
    assert (found.format, found.kind, found.currency, found.opening_minor) == ("mt942", "report", "PLN", None)


def test_the_thirtieth_of_february_is_the_last_and_the_year_turns() -> None:
    assert str(first(":61:2602300301DR6,00N024NONREF", closing="94,00").value_on) == "2026-02-28"
    turned = first(":61:2701011231C6,00N024NONREF", closing="106,00")
    assert (str(turned.booked_on), str(turned.value_on)) == ("2026-12-31", "2027-01-01")


def test_a_text_that_looks_like_a_field_is_text() -> None:
    about = ":86:106?20EREF+VZ0?24/PL 12-09-2026T16\r\n:26:37 Folgenr. 007"
    assert ":26:37" in first(":61:2610201020DR6,00N024NONREF", about, closing="94,00").details[0].text


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (message(":61:2610201020C1,00NMSC", closing="C261020EUR100,99"), "unbalanced", 1),
        (message(":61:2610201020C1.00NMSC", closing="C261020EUR101,00"), "invalid_statement", 5),
        (message(":61:2610201020C1,005NMSC", closing="C261020EUR101,00"), "invalid_statement", 5),
        (message(":61:2610201020X1,00NMSC", closing="C261020EUR101,00"), "invalid_statement", 5),
        (message(":61:2613201020C1,00NMSC", closing="C261020EUR101,00"), "invalid_statement", 5),
        (message(closing="C261020USD100,00"), "invalid_statement", 5),
        (message(closing="C261020XXX100,00"), "invalid_statement", 5),
        (message(closing="100,00"), "invalid_statement", 5),
        (message(closing="C261020EUR100,00").replace(":60F:C261019EUR100,00\r\n", ""), "invalid_statement", 1),
        (message(closing="C261020EUR100,00").replace(":62F:C261020EUR100,00\r\n", ""), "invalid_statement", 1),
        (message(closing="C261020EUR100,00").replace(":25:DE89370400440532013000\r\n", ""), "invalid_statement", 1),
        (":25:DE89370400440532013000\r\n:20:X", "invalid_statement", 1),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, code: str, line: int) -> None:
    with pytest.raises(Fault) as refusal:
        read(text)
    assert (refusal.value.code, refusal.value.line) == (code, line)


WHOLE = message(
    ":61:2610201020C1,00NMSCNONREF//B1",
    ":86:166?20SVWZ+a?32Anna",
    ":61:2610201020D3,00NMSCNONREF",
    closing="C261020EUR98,00",
)


@given(st.integers(0, len(WHOLE) - 8))
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(Fault):
        read(WHOLE[:length])


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_file_with_one_wrong_byte_is_read_or_refused_and_never_breaks(at: int, byte: int) -> None:
    raw = WHOLE.encode()
    try:
        found = swift.read(raw[:at] + bytes([byte]) + raw[at + 1 :])
    except Fault:
        return
    for one in found:
        assert (one.opening_minor or 0) + sum(e.amount_minor for e in one.entries) == (one.closing_minor or 0)
