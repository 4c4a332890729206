"""Whatever is sent in place of a statement is refused with its reason, and an archive is no way round."""

import zipfile
from io import BytesIO

import pytest

from functions.payments.bank import files
from functions.payments.bank.faults import Fault
from tests.unit.payments.bank.paper import entry, file, statement

GOOD = file(statement([entry(1999, "A1")], 0, 1999))


def archive(*named: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in named:
            made.writestr(name, content)
    return target.getvalue()


def code(content: bytes) -> str:
    with pytest.raises(Fault) as refusal:
        files.read(content)
    assert 400 <= refusal.value.status < 500
    return refusal.value.code


def test_several_messages_in_an_archive_are_read_together() -> None:
    second = file(statement([], 1999, 1999, number="S2"))
    found = files.read(archive(("b.xml", second), ("a.xml", GOOD), ("__MACOSX/._a.xml", b"junk"), ("folder/", b"")))
    assert [one.number for one in found] == ["S1", "S2"]


def test_a_fault_names_the_file_in_the_archive_and_nothing_of_it_is_taken() -> None:
    with pytest.raises(Fault) as refusal:
        files.read(archive(("a.xml", GOOD), ("b.xml", GOOD.replace(b">19.99<", b">x<"))))
    assert refusal.value.place == "b.xml: statement S1, entry 1"
    assert refusal.value.line == 3


@pytest.mark.parametrize("name", ["../a.xml", "/etc/a.xml", "a/../../b.xml", "C:/a.xml", "..\\a.xml"])
def test_names_that_lead_out_of_an_archive_are_refused(name: str) -> None:
    assert code(archive((name, GOOD))) == "unsafe_archive"


def test_an_archive_in_an_archive_is_refused() -> None:
    assert code(archive(("a.zip", archive(("a.xml", GOOD))))) == "unsafe_archive"


def test_a_link_in_an_archive_is_refused() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        link = zipfile.ZipInfo("a.xml")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert code(target.getvalue()) == "unsafe_archive"


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE", 1_000_000)
    assert code(archive(("a.xml", b" " * 2_000_000))) == "too_large"
    assert code(archive(*[(f"{n}.xml", GOOD) for n in range(501)])) == "too_large"


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    made = archive(("a.xml", GOOD))
    size = len(GOOD).to_bytes(4, "little")
    assert made.count(size) == 2
    assert code(made.replace(size, (10).to_bytes(4, "little"))) in {"malformed_archive", "unsafe_archive"}


def test_a_broken_or_empty_archive_is_refused() -> None:
    made = archive(("a.xml", GOOD))
    assert code(made[:-30]) == "malformed_archive"
    assert code(made[:40] + b"x" * 20 + made[60:]) == "malformed_archive"
    assert code(archive(("a.xml", GOOD), method=zipfile.ZIP_BZIP2)) == "unsafe_archive"
    assert code(archive(("a/", b""))) in {"empty_file", "unsupported_format"}


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "empty_file"),
        (b" \r\n ", "empty_file"),
        (b"%PDF-1.7 :20:", "unsupported_format"),
        (b"<!DOCTYPE html><html><body>Login</body></html>", "unsupported_format"),
        (b"<html><body>503</body></html>", "unsupported_format"),
        (b"\x89PNG", "unsupported_format"),
        (b"Buchungstag;Betrag\n", "unsupported_format"),
        (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://evil.example/a.dtd">' + GOOD, "malformed_xml"),
        (b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 9 + b'">]><Document>&x;</Document>', "malformed_xml"),
        (GOOD.replace(b"UTF-8", b"UTF-7"), "malformed_xml"),
        (GOOD.replace(b"UTF-8", b"UTF-16"), "malformed_xml"),
        (GOOD.replace(b"<MsgId>M1", b"<MsgId>&undefined;"), "malformed_xml"),
        (GOOD.replace(b"<MsgId>M1", b"<MsgId>\x00"), "malformed_xml"),
        (GOOD.replace(b"<MsgId>M1", "<MsgId>Jürgen".encode("latin-1")), "malformed_xml"),
        (GOOD + GOOD, "malformed_xml"),
    ],
)
def test_what_is_no_statement_is_refused(content: bytes, wanted: str) -> None:
    assert code(content) == wanted


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252"]
)
def test_the_encodings_that_banks_send_are_read(encoding: str) -> None:
    declared = {"utf-8-sig": "UTF-8"}.get(encoding, encoding.removesuffix("-le").removesuffix("-be"))
    text = GOOD.decode().replace("UTF-8", declared.upper()).replace("<Id>S1</Id>", "<Id>Jürgen</Id>")
    assert files.read(text.encode(encoding))[0].number == "Jürgen"


def test_a_name_says_nothing_about_a_files_format() -> None:
    mt940 = b":20:X\r\n:25:DE89370400440532013000\r\n:28C:1/1\r\n:60F:C261020EUR0,00\r\n:62F:C261020EUR0,00\r\n-"
    found = files.read(archive(("a.xml", mt940), ("b.sta", GOOD)))
    assert [one.format for one in found] == ["mt940", "camt.053"]
