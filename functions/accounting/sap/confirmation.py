"""What SAP's confirmation of a journal entry means; business errors come with HTTP 200.

Read by local names, since releases differ in what else they carry. Severity 3 and above: nothing was posted.
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from functions.accounting.model.parts import SapAnswer

LONGEST_REASON: Final = 1000
ERROR: Final = 3
"""The severity from which SAP has posted nothing."""
GENERAL: Final = frozenset({"605(RW)", "609(RW)"})
"""Messages that only say whether it worked."""
TYPE: Final = re.compile(r"(\w+)\((\w+)\)")
DO: Final = {
    "201(F5)": "open the posting period in SAP (OB52), then send again",
    "102(F5)": "create the customer in this company code in SAP, then send again",
    "507(F5)": "create the G/L account in this company code in SAP, then send again",
    "702(F5)": "the document is not balanced: tell the developers, nothing was posted",
    "727(F5)": "the document has too many lines: tell the developers, nothing was posted",
}
"""What staff can do about an error (message number and class of SAP's log)."""
BLOCKED: Final = "blocked for posting"


def answer(body: bytes, message_id: str = "") -> SapAnswer:
    """What a confirmation says of one message; of several entries in it, those of this message alone."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as fault:
        return _unknown(message_id, f"not a confirmation: {fault!r}")
    told = list(_entries(root, message_id))
    if not told:
        faults = "; ".join(_texts(root, "faultstring")) or "; ".join(_texts(root, "Text"))
        return _unknown(message_id, faults or "the confirmation does not say what became of this message")
    numbers = sorted({(number, year) for entry in told for number, year in _documents(entry)})
    severity = max(_severity(entry) for entry in told)
    if len(numbers) > 1:
        listed = ", ".join(number for number, _ in numbers)
        return _unknown(message_id, f"SAP names several documents for one message: {listed}")
    if numbers and severity < ERROR:
        number, year = numbers[0]
        return SapAnswer(
            message_id=message_id, kind="accepted", document=number, year=year, reason=_words(told, good=True)
        )
    if severity >= ERROR and not numbers:
        return SapAnswer(message_id=message_id, kind="rejected", reason=_words(told) or "SAP gave no reason")
    return _unknown(message_id, _words(told) or "the confirmation names no document")


def _unknown(message_id: str, reason: str) -> SapAnswer:
    return SapAnswer(message_id=message_id, kind="unknown", reason=reason[:LONGEST_REASON])


def _entries(root: Element, message_id: str) -> Iterator[Element]:
    """The parts of the confirmation that are about the message; where none names a message, all with a log."""
    about = [node for node in _named(root, "JournalEntryCreateConfirmation") if _child(node, "Log") is not None]
    references = [(node, _reference(node)) for node in about]
    yield from (node for node, reference in references if not reference or not message_id or reference == message_id)


def _reference(node: Element) -> str:
    header = _child(node, "MessageHeader")
    return next(iter(_texts(header, "ReferenceID")), "") if header is not None else ""


def _documents(entry: Element) -> Iterator[tuple[str, str]]:
    years = _texts(entry, "FiscalYear")
    for number in _texts(entry, "AccountingDocument"):
        if number.strip("0"):
            yield number, years[0] if years else ""


def _severity(entry: Element) -> int:
    told = [*_texts(entry, "MaximumLogItemSeverityCode"), *_texts(entry, "SeverityCode")]
    return max((int(text) for text in told if text.isascii() and text.isdigit()), default=0)


def _words(entries: list[Element], *, good: bool = False) -> str:
    """SAP's notes, each with what can be done about it, the general ones last."""
    notes = dict.fromkeys(_note(item) for entry in entries for item in _named(entry, "Item"))
    causes = [words for kind, words in notes if kind not in GENERAL]
    general = [words for kind, words in notes if kind in GENERAL]
    words = causes or general if not good else [*general, *causes]
    return "; ".join(filter(None, words))[:LONGEST_REASON]


def _note(item: Element) -> tuple[str, str]:
    kind = next(iter(_texts(item, "TypeID")), "")
    words = next(iter(_texts(item, "Note")), "")
    advice = DO.get(kind) or ("unblock the account in SAP, then send again" if BLOCKED in words else "")
    told = f"{words} [{kind}]" if kind and kind not in GENERAL else words
    return kind, f"{told}: {advice}" if advice else told


def _child(node: Element, name: str) -> Element | None:
    return next((child for child in node if _local(child) == name), None)


def _named(node: Element, name: str) -> list[Element]:
    return [found for found in node.iter() if _local(found) == name]


def _texts(node: Element, name: str) -> list[str]:
    found = [(each.text or "").strip() for each in _named(node, name)]
    return [text for text in found if text]


def _local(node: Element) -> str:
    return str(node.tag).rpartition("}")[2]
