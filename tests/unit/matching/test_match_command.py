"""Two files matched offline: a file is read however it is written, or refused whole; the answer has one shape."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from common.failures import Rejected
from common.tools.program import app
from functions.matching.commands import COLUMNS, match_files, read_invoices, read_payments

INVOICES = """\
invoice,number,creditor_reference,member_id,member_name,member_iban,open_cents,due
inv_1,MP-2026-0045127,RF63MP20260045127,user-1000001,Anna Quendel,DE02120300000000202051,4183,2026-09-30
inv_2,MP-2026-0046244,,user-1000002,Boris Wachtelstein,,7719,2026-09-30
inv_3,MP-2026-0046300,,user-1000001,Anna Quendel,DE02120300000000202051,1205,2026-09-30
"""
PAYMENTS = """\
payment,date,amount_cents,payer_name,payer_iban,remittance,structured_reference
pay_1,2026-10-05,4183,Anna Quendel,DE02120300000000202051,MP-2026-0045127,
pay_2,2026-10-05,333,Karl Wendehals,,Miete,
"""
MATCHED = {("pay_1", "inv_1", "4183", "automatic"), ("pay_2", "", "333", "manual")}


class Desk:
    """A folder with two files, and what matching them gives."""

    def __init__(self, folder: Path) -> None:
        self.invoices, self.payments, self.out = (folder / name for name in ("owed.csv", "came.csv", "out.csv"))
        self.invoices.write_text(INVOICES)
        self.payments.write_text(PAYMENTS)

    def match(self) -> dict[str, Any]:
        return match_files(self.invoices, self.payments, self.out)

    def rows(self) -> list[dict[str, str]]:
        with self.out.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def matched(self) -> set[tuple[str, str, str, str]]:
        self.match()
        return {(row["payment"], row["invoice"], row["cents"], row["zone"]) for row in self.rows()}

    def refusal(self) -> str:
        """Why the files are refused; nothing was written."""
        with pytest.raises(Rejected) as refused:
            self.match()
        assert refused.value.code == "unreadable"
        assert not self.out.exists()
        return refused.value.detail

    def command(self, *more: str) -> Any:
        files = ["--invoices", str(self.invoices), "--payments", str(self.payments), "--out", str(self.out)]
        return CliRunner().invoke(app, ["match", *files, *more])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# -- what is written -------------------------------------------------------------------------------


def test_one_row_an_allocation_in_the_order_of_the_payments(desk: Desk) -> None:
    desk.payments.write_text(
        "payment,amount_cents,payer_name,payer_iban,remittance\n"
        "z,333,Karl Wendehals,,Miete\n"
        'a,5388,Anna Quendel,DE02120300000000202051,"MP-2026-0045127, MP-2026-0046300"\n'
    )
    desk.match()
    assert desk.out.read_text().splitlines()[0] == ",".join(COLUMNS)
    assert [(row["payment"], row["invoice"], row["cents"]) for row in desk.rows()] == [
        ("z", "", "333"),
        ("a", "inv_1", "4183"),
        ("a", "inv_3", "1205"),
    ]
    nobodys, first, second = desk.rows()
    assert (nobodys["zone"], first["zone"]) == ("manual", "automatic")
    assert (first["score"], first["evidence"]) == (second["score"], second["evidence"])
    assert 0.99 < float(first["score"]) <= 1
    assert "the text names MP-2026-0045127; the text names MP-2026-0046300; " in first["evidence"]


def test_what_it_came_to_ties_with_the_file(desk: Desk) -> None:
    told = desk.match()
    assert told == {
        "schema": "match/1",
        "rules": told["rules"],
        "invoices": 3,
        "payments": 2,
        "automatic": 1,
        "suggested": 0,
        "manual": 1,
        "matched_invoices": 1,
        "matched_cents": 4_183,
        "payment_cents": 4_516,
    }


def test_zero_and_negative_amounts_are_listed_for_a_person(desk: Desk) -> None:
    desk.payments.write_text("payment,amount_cents,remittance\na,0,MP-2026-0045127\nb,-4183,MP-2026-0045127\n")
    assert desk.matched() == {("a", "", "0", "manual"), ("b", "", "-4183", "manual")}
    assert desk.match()["payment_cents"] == 0


def test_invoices_with_nothing_open_are_read_and_given_nothing(desk: Desk) -> None:
    desk.invoices.write_text(INVOICES.replace(",4183,", ",0,").replace(",7719,", ",-7719,"))
    desk.match()
    assert {row["invoice"] for row in desk.rows()} <= {"", "inv_3"}
    assert {row["zone"] for row in desk.rows()} == {"manual"}


def test_no_rows_at_all_are_no_fault(desk: Desk) -> None:
    desk.payments.write_text(PAYMENTS.splitlines()[0] + "\n")
    assert desk.matched() == set()
    desk.payments.write_text(PAYMENTS)
    desk.invoices.write_text(INVOICES.splitlines()[0])
    assert desk.matched() == {("pay_1", "", "4183", "manual"), ("pay_2", "", "333", "manual")}


def test_the_same_files_give_the_same_bytes(desk: Desk) -> None:
    desk.match()
    before = desk.out.read_bytes()
    desk.match()
    assert desk.out.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["=1+1", "\u202eledneuQ", 'a "quoted" one', "semi;colon", "<b>bold</b>", "'; DROP TABLE x"]
)
def test_hostile_names_are_read_and_nothing_of_them_is_written(desk: Desk, name: str) -> None:
    with desk.payments.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["pay_3", "", "1205", name, "", "MP-2026-0046300", ""])
    assert ("pay_3", "inv_3", "1205", "automatic") in desk.matched()
    assert name not in desk.out.read_text()


# -- how files are written -------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_line_ends_and_encodings_make_no_difference(
    desk: Desk, delimiter: str, ending: str, encoding: str
) -> None:
    for path, text in ((desk.invoices, INVOICES), (desk.payments, PAYMENTS.replace("Miete", "Büro € Miete"))):
        path.write_bytes(text.replace(",", delimiter).replace("\n", ending).encode(encoding))
    assert desk.matched() == MATCHED
    assert read_payments(desk.payments)[1].remittance == "Büro € Miete"


def test_columns_are_known_by_their_names(desk: Desk) -> None:
    desk.payments.write_text(
        "Colour,REMITTANCE, Amount-Cents ,payment,,booked by\n"
        "red,MP-2026-0045127,4183,pay_1,x,Ann\n"
        "blue,Miete,333,pay_2,,\n"
    )
    assert desk.matched() == MATCHED


def test_columns_that_may_lack_may_lack(desk: Desk) -> None:
    desk.invoices.write_text("open_cents,invoice\n4183,MP-2026-0045127\n7719,MP-2026-0046244\n")
    assert read_invoices(desk.invoices)[0].number == "MP-2026-0045127"
    assert ("pay_1", "MP-2026-0045127", "4183", "automatic") in desk.matched()


def test_empty_lines_and_fields_missing_at_a_lines_end_are_passed_over(desk: Desk) -> None:
    desk.payments.write_text("\n\n" + PAYMENTS.replace(",MP-2026-0045127,\n", ",MP-2026-0045127\n\n , ,\n") + "\n\n")
    assert desk.matched() == MATCHED


def test_a_line_break_within_quotes_is_part_of_the_text(desk: Desk) -> None:
    desk.payments.write_text(PAYMENTS.replace("MP-2026-0045127", '"Rechnung\nMP-2026-004\r\n5127, ""danke"""'))
    assert desk.matched() == MATCHED
    assert read_payments(desk.payments)[0].remittance.splitlines()[0] == "Rechnung"


@pytest.mark.parametrize("cents", ["4183", " 4183 ", "+4183", "4 183", "4'183", "4183.00", "4\u00a0183"])
def test_whole_cents_are_read_as_people_write_them(desk: Desk, cents: str) -> None:
    desk.payments.write_text(PAYMENTS.replace(",4183,", f",{cents},"), encoding="utf-8")
    assert read_payments(desk.payments)[0].amount_cents == 4_183


@pytest.mark.parametrize(
    ("written", "read"),
    [("05.10.2026", "2026-10-05"), ("2026-10-05T08:00:00Z", "2026-10-05"), ("20261005", "2026-10-05"), ("gestern", "")],
)
def test_dates_are_read_in_several_forms_and_no_payment_is_lost_for_one(desk: Desk, written: str, read: str) -> None:
    desk.payments.write_text(PAYMENTS.replace("2026-10-05,4183", f"{written},4183"))
    assert read_payments(desk.payments)[0].date == read
    assert desk.matched() == MATCHED


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize("cents", ["41.83", "41,83", "", "abc", "1e3", "0x10", "4183.", "--5", "٤١٨٣", "NaN"])
def test_what_is_no_whole_number_of_cents_is_refused_with_file_and_line(desk: Desk, cents: str) -> None:
    desk.payments.write_text(PAYMENTS.replace(",333,", f',"{cents}",'), encoding="utf-8")
    assert desk.refusal() == f"came.csv, line 3: {cents!r} is no whole number of cents"
    desk.payments.write_text(PAYMENTS)
    desk.invoices.write_text(INVOICES.replace(",7719,", f',"{cents}",'), encoding="utf-8")
    assert desk.refusal().startswith("owed.csv, line 3: ")


def test_a_line_is_counted_in_the_file_not_in_rows(desk: Desk) -> None:
    desk.payments.write_text(PAYMENTS.replace("MP-2026-0045127", '"two\nlines"').replace(",333,", ",x,"))
    assert desk.refusal().startswith("came.csv, line 4: ")


@pytest.mark.parametrize(
    ("path", "column"), [("invoices", "open_cents"), ("payments", "amount_cents"), ("payments", "payment")]
)
def test_a_missing_column_is_named(desk: Desk, path: str, column: str) -> None:
    file: Path = getattr(desk, path)
    file.write_text(file.read_text().replace(column, "other", 1))
    refusal = desk.refusal()
    assert refusal.startswith(f"{file.name}, line 1: no column {column}; found ")


def test_an_id_that_is_there_twice_is_refused(desk: Desk) -> None:
    desk.payments.write_text(PAYMENTS.replace("pay_2", "pay_1"))
    assert desk.refusal() == "came.csv: 'pay_1' is there twice"
    desk.payments.write_text(PAYMENTS)
    desk.invoices.write_text(INVOICES.replace("inv_3", "inv_1"))
    assert desk.refusal() == "owed.csv: 'inv_1' is there twice"


def test_a_row_without_an_id_is_refused(desk: Desk) -> None:
    desk.payments.write_text(PAYMENTS.replace("pay_2", " "))
    assert desk.refusal() == "came.csv, line 3: no payment"


def test_more_fields_than_columns_are_refused(desk: Desk) -> None:
    desk.payments.write_text(PAYMENTS.replace("Miete,", "Miete, Strom, Gas,"))
    assert desk.refusal() == "came.csv, line 3: 9 fields for 7 columns"


def test_a_column_that_is_there_twice_is_refused(desk: Desk) -> None:
    desk.payments.write_text(PAYMENTS.replace("structured_reference", "remittance"))
    assert desk.refusal() == "came.csv, line 1: a column is there twice"


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(desk: Desk, content: bytes) -> None:
    desk.invoices.write_bytes(content)
    assert desk.refusal() == "owed.csv, line 1: it is empty; the columns invoice, open_cents are needed"


@pytest.mark.parametrize("content", [b"%PDF-1.7\n\x80\x81", b"\xff\xfe\x00", bytes(range(256)) * 20])
def test_what_is_no_table_is_refused(desk: Desk, content: bytes) -> None:
    desk.invoices.write_bytes(content)
    assert desk.refusal().startswith("owed.csv")


def test_a_file_that_is_not_there_is_refused(desk: Desk) -> None:
    desk.invoices.unlink()
    assert desk.refusal() == "owed.csv: No such file or directory"


# -- the command -----------------------------------------------------------------------------------


def test_the_command_tells_what_it_came_to_as_json(desk: Desk) -> None:
    done = desk.command("--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["schema"], told["payments"], told["automatic"], told["matched_cents"]) == ("match/1", 2, 1, 4_183)
    assert desk.out.exists()


def test_the_command_tells_it_to_people_too(desk: Desk) -> None:
    done = desk.command()
    assert done.exit_code == 0
    assert "automatic" in done.stdout


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_the_command_refuses_with_one_and_writes_nothing(desk: Desk, more: tuple[str, ...]) -> None:
    desk.payments.write_text(PAYMENTS.replace(",333,", ",3.33,"))
    done = desk.command(*more)
    assert done.exit_code == 1
    assert "came.csv, line 3: '3.33' is no whole number of cents" in done.output
    assert not desk.out.exists()
    if more:
        first = done.stdout[: done.stdout.rindex("}") + 1]
        assert json.loads(first)["refusal"]["code"] == "unreadable"


def test_the_command_refuses_a_folder_that_is_not_there(desk: Desk) -> None:
    desk.out = desk.out.parent / "nowhere" / "out.csv"
    done = desk.command()
    assert done.exit_code == 1
    assert "out.csv: No such file or directory" in done.output


def test_an_earlier_result_stays_where_a_file_is_refused(desk: Desk) -> None:
    desk.match()
    before = desk.out.read_bytes()
    desk.payments.write_text("payment\npay_1\n")
    with pytest.raises(Rejected):
        desk.match()
    assert desk.out.read_bytes() == before
