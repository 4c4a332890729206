"""What banks send, whatever it is: one message or an archive of several, told apart by its content and not its name."""

import stat
import zipfile
import zlib
from io import BytesIO
from typing import Final

from functions.payments.bank import camt, swift
from functions.payments.bank.entries import AccountStatement
from functions.payments.bank.faults import Fault

LARGEST_FILE: Final = 300_000_000
"""Bytes; 100,000 entries of a talkative bank are a third of it."""
MOST_FILES: Final = 500
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_TEXT: Final = (b":20:", b"{1:", b"{4:", b":25:", b"\x01:20:", b"\r\n:20:", b"\n:20:")


def read(content: bytes) -> tuple[AccountStatement, ...]:
    """The statements in a file. All of it is good or nothing is taken.

    Fault with line and place: `empty_file`, `malformed_xml`, `malformed_archive`, `unsafe_archive` (400), `too_large`
    (413), `unsupported_format` (415), `invalid_statement`, `unbalanced` (422).
    """
    if len(content) > LARGEST_FILE:
        raise Fault("too_large", f"at most {LARGEST_FILE} bytes", status=413)
    if content[:4] == b"PK\x03\x04":
        return _of_archive(content)
    return _of_message(content)


def _of_message(content: bytes) -> tuple[AccountStatement, ...]:
    begins = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x00\x01")
    if not begins:
        raise Fault("empty_file", "the file is empty", status=400)
    if begins[:1] == b"<" or content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        if begins[:14].lower().startswith((b"<!doctype html", b"<html")):
            raise Fault("unsupported_format", "this is HTML: an error page, or a login", line=1, status=415)
        return camt.read(content)
    if begins.startswith(_TEXT) or any(mark in begins for mark in (b"\n:20:", b"\r:20:", b"}:20:")):
        return swift.read(content)
    what = "a PDF" if begins.startswith(b"%PDF") else "neither XML nor a SWIFT message"
    raise Fault("unsupported_format", f"this is {what}: send camt.052, camt.053, camt.054 or MT940", line=1, status=415)


def _of_archive(content: bytes) -> tuple[AccountStatement, ...]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = _checked(archive)
            found = [one for info in names for one in _within(archive, info)]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error) as fault:
        raise Fault("malformed_archive", f"{type(fault).__name__}: {fault}"[:200], status=400) from fault
    if not found:
        raise Fault("empty_file", "the archive has no files", status=400)
    return tuple(found)


def _checked(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of an archive; a name that leads elsewhere is refused though nothing is ever unpacked to disk."""
    infos = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
    names = [one.filename for one in infos]
    if len(infos) > MOST_FILES or sum(one.file_size for one in infos) > LARGEST_FILE:
        raise Fault("too_large", f"at most {MOST_FILES} files of {LARGEST_FILE} bytes together", status=413)
    for info in infos:
        name = info.filename
        parts = name.replace("\\", "/").split("/")
        linked = stat.S_ISLNK(info.external_attr >> 16)
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or linked or "\x00" in name:
            raise Fault("unsafe_archive", f"{name[:80]!r} leads out of the archive", status=400)
        if info.flag_bits & 1 or info.compress_type not in _METHODS:
            raise Fault("unsafe_archive", f"{name[:80]!r} is encrypted or packed by another method", status=400)
    if len(set(names)) != len(names):
        raise Fault("unsafe_archive", "two files of one name", status=400)
    return sorted(infos, key=lambda one: one.filename)


def _within(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[AccountStatement, ...]:
    """The statements of one file in it, read no further than it says it is long."""
    with archive.open(info) as stream:
        content = stream.read(info.file_size + 1)
    if len(content) > info.file_size:
        raise Fault("unsafe_archive", f"{info.filename[:80]!r} is larger than it says", status=400)
    if content[:4] == b"PK\x03\x04":
        raise Fault("unsafe_archive", f"{info.filename[:80]!r} is an archive in an archive", status=400)
    try:
        return _of_message(content)
    except Fault as fault:
        raise fault.within(info.filename[:80]) from fault
