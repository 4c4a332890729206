"""What a bank says of a file of debits: pain.002 (versions 3 and 10), which comes from outside and is not trusted."""

from io import BytesIO
from typing import TYPE_CHECKING, Final, Literal

from common.failures import Rejected
from common.values import Value

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FORMATS: Final = tuple(f"{{urn:iso:std:iso:20022:tech:xsd:pain.002.001.{n}}}Document" for n in ("03", "10"))
LARGEST_FILE: Final = 10_000_000
DEEPEST: Final = 32
MOST_ELEMENTS: Final = 500_000
MOST_STATUSES: Final = 20_000
Verdict = Literal["accepted", "rejected", "pending"]
_VERDICTS: Final[dict[str, Verdict]] = {
    "ACTC": "accepted", "ACCP": "accepted", "ACSP": "accepted", "ACSC": "accepted", "ACWC": "accepted",
    "ACCC": "accepted", "PART": "accepted", "PDNG": "pending", "RCVD": "pending", "RJCT": "rejected",
}  # fmt: skip


class Status(Value):
    """What became of one thing; `name` is its payment information's or end-to-end id, empty for the whole message."""

    name: str
    verdict: Verdict
    code: str = ""


class Report(Value):
    """A status report on one message of ours."""

    report_id: str
    message_id: str
    group: Status | None
    payments: tuple[Status, ...] = ()
    transactions: tuple[Status, ...] = ()


def read(content: bytes) -> Report:
    """The report.

    Rejected: `too_large` (413), `malformed_xml` (400), `unsupported_format` (415), `invalid_report`.
    """
    root = _tree(content)
    if root.tag not in FORMATS:
        raise Rejected("unsupported_format", "send pain.002.001.03 or pain.002.001.10", status=415)
    report = _one(root, "CstmrPmtStsRpt")
    original = _one(report, "OrgnlGrpInfAndSts")
    payments = _all(report, "OrgnlPmtInfAndSts")
    found = Report(
        report_id=_text(report, "GrpHdr/MsgId"),
        message_id=_text(original, "OrgnlMsgId"),
        group=_status(original, "GrpSts", ""),
        payments=_statuses(payments, "PmtInfSts", "OrgnlPmtInfId"),
        transactions=_statuses(
            [one for payment in payments for one in _all(payment, "TxInfAndSts")], "TxSts", "OrgnlEndToEndId"
        ),
    )
    if not found.message_id or len(found.payments) + len(found.transactions) > MOST_STATUSES:
        raise _invalid(f"it names the original message, and at most {MOST_STATUSES} payments")
    return found


def _statuses(elements: "list[Element]", status: str, name: str) -> tuple[Status, ...]:
    found = []
    for element in elements:
        named = _text(element, name)
        told = _status(element, status, named)
        if told is not None and not named:
            raise _invalid(f"a status has no {name}")
        if told is not None:
            found.append(told)
    return tuple(found)


def _status(element: "Element", status: str, name: str) -> Status | None:
    said = _text(element, status)
    if not said:
        return None
    if said not in _VERDICTS:
        raise _invalid(f"{said[:10]!r} is no status we know")
    code = _text(element, "StsRsnInf/Rsn/Cd") or _text(element, "StsRsnInf/Rsn/Prtry")
    return Status(name=name, verdict=_VERDICTS[said], code=code[:35])


def _tree(content: bytes) -> "Element":
    from xml.etree.ElementTree import ParseError

    if len(content) > LARGEST_FILE:
        raise Rejected("too_large", f"at most {LARGEST_FILE} bytes", status=413)
    try:
        return _bounded(content)
    except (ParseError, ValueError, LookupError) as fault:
        raise Rejected("malformed_xml", f"{type(fault).__name__}: {fault}"[:300], status=400) from fault


def _bounded(content: bytes) -> "Element":
    """The document's tree, given up as soon as it is too deep or too large. A DTD is refused: no entities at all."""
    from defusedxml.ElementTree import iterparse

    depth = elements = 0
    root: Element | None = None
    for event, element in iterparse(BytesIO(content), events=("start", "end"), forbid_dtd=True):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        elements += event == "start"
        if depth > DEEPEST or elements > MOST_ELEMENTS:
            raise Rejected("too_large", f"at most {DEEPEST} levels and {MOST_ELEMENTS} elements", status=413)
    if root is None:
        raise ValueError("no element found")
    return root


def _one(element: "Element", name: str) -> "Element":
    found = _all(element, name)
    if len(found) != 1:
        raise _invalid(f"it has one {name}")
    return found[0]


def _all(element: "Element", path: str) -> "list[Element]":
    return element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def _text(element: "Element", path: str) -> str:
    return next((text for one in _all(element, path) if (text := (one.text or "").strip())), "")


def _invalid(detail: str) -> Rejected:
    return Rejected("invalid_report", detail)
