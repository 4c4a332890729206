"""Adyen's settlement detail report: taken whole or refused whole, with its line."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.adyen.batches import COLUMNS
from functions.payments.providers import adyen_report
from tests.contracts.providers.adyen import HOST, MERCHANT, Made

NAME = "settlement_detail_report_batch_4.csv"


@pytest.fixture
def made() -> Iterator[Made]:
    stage = Made()
    yield stage
    stage.close()


def report(*rows: dict[str, str]) -> bytes:
    whole = [dict.fromkeys(COLUMNS, "") | BASE | row for row in rows]
    return "\n".join([",".join(COLUMNS), *(",".join(row[c] for c in COLUMNS) for row in whole)]).encode()


BASE = {"Creation Date": "2026-10-05 10:00:00", "TimeZone": "CEST", "Net Currency": "EUR", "Batch Number": "4"}
SETTLED = {"Type": "Settled", "Psp Reference": "P1", "Merchant Reference": "att_1", "Gross Currency": "EUR",
           "Gross Credit (GC)": "5.00", "Net Credit (NC)": "4.88", "Markup (NC)": "0.04"}  # fmt: skip
PAYOUT = {"Type": "MerchantPayout", "Modification Reference": "TX1 batch 4", "Net Debit (NC)": "4.88"}


def test_the_documented_example_of_a_line_is_read() -> None:
    said = adyen_report.read(report(SETTLED, PAYOUT), NAME)
    [line] = said.movements
    assert (line.kind, line.amount_minor, line.fee_minor, line.reference) == ("charge", 500, 12, "att_1")
    assert (said.amount_minor, said.statement_text, line.at.hour) == (488, "TX1 batch 4", 8)


def test_a_line_in_another_currency_is_counted_in_that_of_the_payout() -> None:
    foreign = SETTLED | {
        "Gross Currency": "USD",
        "Gross Credit (GC)": "5.70",
        "Commission (NC)": "0.0149",
        "Markup (NC)": "0.1",
    }
    [line] = adyen_report.read(report(foreign, PAYOUT), NAME).movements
    assert (line.amount_minor, line.fee_minor, line.currency) == (499, 11, "EUR")


def test_a_line_of_a_type_nobody_knows_is_an_adjustment_and_no_cent_is_lost() -> None:
    held = {"Type": "ReserveAdjustment", "Net Debit (NC)": "1.00"}
    said = adyen_report.read(report(SETTLED, held, PAYOUT | {"Net Debit (NC)": "3.88"}), NAME)
    assert [(m.kind, m.amount_minor) for m in said.movements] == [("charge", 500), ("adjustment", -100)]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((SETTLED,), "add up to 488, the payout is 0"),
        ((SETTLED, PAYOUT | {"Net Debit (NC)": "4.87"}), "add up to 488, the payout is 487"),
        ((SETTLED | {"Net Credit (NC)": "4;88"}, PAYOUT), "line 2: '4;88' is no amount"),
        ((SETTLED | {"Net Credit (NC)": "4.881"}, PAYOUT), "line 2: '4.881' has more than 2"),
        ((SETTLED | {"Net Credit (NC)": "1e3"}, PAYOUT), "line 2: '1e3' is no amount"),
        ((SETTLED, PAYOUT | {"TimeZone": "XYZ"}), "line 3: the time zone 'XYZ'"),
        ((SETTLED | {"Creation Date": "05/10/2026"}, PAYOUT), "line 2:"),
        ((SETTLED | {"Net Currency": "XXX"}, PAYOUT), "line 2: 'XXX' is no currency"),
        ((SETTLED | {"Batch Number": "5"}, PAYOUT), "line 2: batch '5' in the report of batch 4"),
        ((SETTLED | {"Net Currency": "USD", "Gross Currency": "USD"}, PAYOUT), "several currencies"),
        ((SETTLED, PAYOUT | {"Modification Reference": "a,b"}), "line 3: it has another number of columns"),
    ],
)  # fmt: skip
def test_a_broken_report_is_refused_whole_with_its_line(made: Made, rows: tuple[dict[str, str], ...], why: str) -> None:
    with pytest.raises(adyen_report.Broken) as fault:
        adyen_report.read(report(*rows), NAME)
    assert why in str(fault.value)
    made.wire.answer(200, report(*rows))
    said = made.provider.get_payout(NAME)
    assert (said.outcome, said.movements) == ("unknown", ())
    assert said.code.startswith("broken_report: ")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"<html></html>", b"Type\n", b'"', report()])
def test_what_is_no_report_is_refused(body: bytes) -> None:
    with pytest.raises(adyen_report.Broken):
        adyen_report.read(body, NAME)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with pytest.raises(adyen_report.Broken):
        adyen_report.read(body, NAME)


AMOUNTS = st.tuples(st.integers(1, 10**7), st.integers(0, 5_000))


@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_whatever_was_settled_the_lines_are_the_payout(settled: list[tuple[int, int]]) -> None:
    rows = [
        SETTLED
        | {"Psp Reference": f"P{n}", "Gross Credit (GC)": _text(gross), "Net Credit (NC)": "", "Net Debit (NC)": ""}
        | ({"Net Credit (NC)": _text(gross - fee)} if gross >= fee else {"Net Debit (NC)": _text(fee - gross)})
        for n, (gross, fee) in enumerate(settled)
    ]  # fmt: skip
    total = sum(gross - fee for gross, fee in settled)
    side = "Net Debit (NC)" if total >= 0 else "Net Credit (NC)"
    said = adyen_report.read(report(*rows, PAYOUT | {"Net Debit (NC)": "", side: _text(abs(total))}), NAME)
    assert said.amount_minor == total
    assert [(m.amount_minor, m.fee_minor) for m in said.movements] == settled


def _text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def test_a_report_is_fetched_from_our_address_only_and_no_redirect_is_followed(made: Made) -> None:
    made.wire.answer(302, b"", {"Location": "http://169.254.169.254/"})
    said = made.provider.get_payout(NAME)
    assert (said.outcome, said.code) == ("unknown", "http_302")
    assert str(made.wire.requests[-1].url) == f"{HOST}/reports/download/MerchantAccount/{MERCHANT}/{NAME}"
