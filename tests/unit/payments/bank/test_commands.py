"""`billing import-statement` tells every entry, every duplicate and every refusal with its line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from common.tools.program import app
from functions.payments.commands import read_statements
from tests.unit.payments.bank.paper import details, entry, file, statement

GOOD = file(statement([entry(1999, "A1", details("E1", "Anna [bold]", "MP-2026-0000001"))], 0, 1999))


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_entries_duplicates_and_refusals_are_told(tmp_path: Path) -> None:
    good = put(tmp_path, "a.xml", GOOD)
    week = put(tmp_path, "b.xml", file(statement([entry(1999, "A1"), entry(100, "A2")], 0, 2099, number="S2")))
    bad = put(tmp_path, "c.xml", GOOD.replace(b">19.99<", b">19,99<", 1))
    found = read_statements([good, week, bad, tmp_path / "none.xml", good])
    assert [(one["outcome"], one["amount_minor"]) for one in found["entries"]] == [
        ("new", 1999), ("duplicate", 1999), ("new", 100), ("duplicate", 1999),
    ]  # fmt: skip
    assert [(one["file"], one["why"], one["first_file"]) for one in found["duplicates"]] == [
        (str(week), "same_entry", str(good)),
        (str(good), "same_statement", str(good)),
    ]
    assert [(one["file"], one["code"], one["line"]) for one in found["refusals"]] == [
        (str(bad), "invalid_statement", 3),
        (str(tmp_path / "none.xml"), "unreadable", 0),
    ]
    assert found["totals"]["credits_minor"] == {"EUR": 2099}


def test_a_changed_statement_is_refused(tmp_path: Path) -> None:
    paths = [put(tmp_path, "a.xml", GOOD), put(tmp_path, "b.xml", GOOD.replace(b"19.99", b"29.99"))]
    [refusal] = read_statements(paths)["refusals"]
    assert (refusal["code"], refusal["place"]) == ("statement_changed", "statement S1")


def test_gaps_are_told(tmp_path: Path) -> None:
    later = put(tmp_path, "b.xml", file(statement([], 5000, 5000, number="S9", day="2026-10-25")))
    [gap] = read_statements([put(tmp_path, "a.xml", GOOD), later])["gaps"]
    assert (gap["reason"], gap["closing_minor"], gap["opening_minor"]) == ("missing", 1999, 5000)


def test_the_program_prints_json_and_fails_where_a_file_is_refused(tmp_path: Path) -> None:
    good, bad = put(tmp_path, "a.xml", GOOD), put(tmp_path, "b.xml", b"<html>")
    run = CliRunner().invoke(app, ["import-statement", str(good), "--json"])
    assert (run.exit_code, json.loads(run.stdout)["schema"]) == (0, "import-statement/1")
    run = CliRunner().invoke(app, ["import-statement", str(good), str(bad), "--json"])
    assert run.exit_code == 1
    assert json.loads(run.stdout)["refusals"][0]["code"] == "unsupported_format"


def test_people_read_a_line_an_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = put(tmp_path, "a.xml", GOOD.replace(b"Anna", "Anna\u202e".encode()))
    with pytest.raises(SystemExit):
        app(["import-statement", str(good), str(good), str(put(tmp_path, "b.xml", b""))])
    said = capsys.readouterr().out
    assert "19.99 EUR  member_money" in said
    assert "Anna? [bold]" in said
    assert "(duplicate)" in said
    assert "empty_file: the file is empty" in said


def test_sending_where_nothing_runs_is_told(tmp_path: Path) -> None:
    good = put(tmp_path, "a.xml", GOOD)
    run = CliRunner().invoke(app, ["import-statement", str(good), "--send", "--state", str(tmp_path), "--json"])
    assert run.exit_code == 1
    assert "billing up" in json.loads(run.stdout)["refusals"][0]["detail"]
