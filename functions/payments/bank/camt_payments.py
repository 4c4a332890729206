"""Reading one booking of a camt message, and the payments in it, as bank entries."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from functions.payments.bank.amounts import day, is_currency, minor
from functions.payments.bank.entries import Detail, Entry, reference
from functions.payments.bank.faults import invalid
from functions.payments.bank.markup import Node

LONGEST_TEXT: Final = 500
LONGEST_REFERENCE: Final = 35
MOST_REFERENCES: Final = 20
_OWN: Final = (("Amt",), ("AmtDtls", "TxAmt", "Amt"))
_OTHERS: Final = (("AmtDtls", "CntrValAmt", "Amt"), ("AmtDtls", "InstdAmt", "Amt"), ("AmtDtls", "PrtryAmt", "Amt"))
_RATES: Final = (("AmtDtls", "TxAmt"), ("AmtDtls", "InstdAmt"), ("AmtDtls", "CntrValAmt"))


class Part(NamedTuple):
    """A payment in an entry as its details tell it: without its share of the entry yet."""

    facts: dict[str, Any]
    own: tuple[tuple[str, int], ...]
    """What was moved on the account, in (currency, amount) as it is told."""
    instructed: tuple[tuple[str, int], ...]
    """What else is told: the counter value, what was instructed."""
    charges: tuple[tuple[str, int], ...]
    """What banks took, in (currency, amount); negative where they gave it back."""
    sign: int
    """1 a credit, -1 a debit, 0 as its entry is."""


def part_of(details: Node) -> Part:
    """A payment of a `TxDtls`, which is let go afterwards: a batch may have a hundred thousand."""
    own = _amounts(details, _OWN)
    instructed = _amounts(details, _OTHERS) if "AmtDtls" in details.inside else ()
    return Part(_facts(details), own, instructed, charges_of(details), _sign(details.said("CdtDbtInd"), details.line))


def entry_of(node: Node, currency: str, made_on: date | None) -> tuple[Entry, bool]:
    """An entry, and whether it is booked; one without any date is of the day its message was made.

    Fault where it can't be understood.
    """
    amount = amount_element(node)
    own = amount.attributes.get("Ccy", "")
    if own != currency:
        raise invalid(f"an entry in {own[:3]!r} on an account in {currency}", amount.line)
    sign = _sign(node.said("CdtDbtInd"), node.line)
    if not sign:
        raise invalid("an entry is CRDT or DBIT", node.line)
    whole = sign * minor(amount.text, currency, amount.line)
    batch = node.first("NtryDtls", "Btch")
    parts = [part for details in node.every("NtryDtls") for part in details.inside.get("TxDtls", ())]
    details, adds_up = _details(node, parts, whole, currency)
    entry = Entry(
        amount_minor=whole,
        booked_on=_booked_on(node, made_on),
        details=details,
        value_on=_day(node, "ValDt"),
        bank_reference=reference(node.said("AcctSvcrRef")),
        entry_reference=reference(node.said("NtryRef")),
        code=code_of(node),
        proprietary=node.said("BkTxCd", "Prtry", "Cd"),
        reversal=node.said("RvslInd").lower() in {"true", "1"},
        batch_id=reference(batch.said("PmtInfId")) if batch else "",
        message_id=reference(batch.said("MsgId")) if batch else "",
        transactions=_count(batch, len(parts)),
        adds_up=adds_up,
    )
    return entry, (node.said("Sts", "Cd") or node.said("Sts") or "BOOK") == "BOOK"


def amount_element(node: Node) -> Node:
    """The one amount of an entry or balance."""
    found = node.inside.get("Amt", ())
    if len(found) != 1:
        raise invalid("an entry or balance has one amount", node.line)
    one: Node = found[0]
    return one


def charges_of(node: Node) -> tuple[tuple[str, int], ...]:
    """What banks took, record by record where there are records (version 8), else in total."""
    found = []
    for charges in node.inside.get("Chrgs", ()):
        for record in charges.inside.get("Rcrd", ()) or [charges]:
            amount = record.first("Amt") or record.first("TtlChrgsAndTaxAmt")
            currency = amount.attributes.get("Ccy", "") if amount else ""
            if amount and is_currency(currency):
                given_back = record.said("CdtDbtInd") == "CRDT"
                found.append((currency, (-1 if given_back else 1) * minor(amount.text, currency, amount.line)))
    return tuple(found)


def code_of(node: Node) -> str:
    """Domain, family and sub-family; empty where the bank has only its own code."""
    domain = node.first("BkTxCd", "Domn")
    if domain is None:
        return ""
    return "-".join((domain.said("Cd"), domain.said("Fmly", "Cd"), domain.said("Fmly", "SubFmlyCd")))


def _details(node: Node, parts: Sequence[Part], whole: int, currency: str) -> tuple[tuple[Detail, ...], bool]:
    """The payments of an entry, and what the bank took of them; the entry as a whole where they do not add up.

    Parts and charges give the entry: a part's own amount first, then what was instructed (a returned debit whose
    entry has the other bank's fee in it, SEPA rulebooks).
    """
    fees = charges_of(node)
    if len(parts) <= 1:
        part = parts[0] if parts else Part({}, (), (), (), 0)
        return _single(node, part, whole, currency, fees), True
    found = _several(parts, whole, currency, fees)
    if found:
        return found, True
    return (_as_a_whole(node, parts, whole),), not any(part.own for part in parts) or not whole


def _single(node: Node, part: Part, whole: int, currency: str, fees: tuple[tuple[str, int], ...]) -> tuple[Detail, ...]:
    facts = _completed(part.facts, node)
    fee = sum(amount for told, amount in part.charges or fees if told == currency)
    candidates = part.own if whole > 0 else (*part.own, *part.instructed)
    if fee > 0 and any((told, amount) == (currency, abs(whole + fee)) for told, amount in candidates):
        return Detail(amount_minor=whole + fee, **facts), _charge(-fee, node)
    original = next((one for one in part.instructed if one != (currency, abs(whole))), ("", 0))
    taken = max(fee, 0)
    return (
        Detail(
            amount_minor=whole,
            charges_minor=taken,
            original_currency=original[0],
            original_minor=original[1],
            **facts,
        ),
    )


def _several(parts: Sequence[Part], whole: int, currency: str, fees: tuple[tuple[str, int], ...]) -> tuple[Detail, ...]:
    """Each payment of a batch and what the bank took, if that is the entry; nothing where it is not."""
    sign = 1 if whole >= 0 else -1
    amounts = [
        next(((part.sign or sign) * amount for told, amount in part.own if told == currency), None) for part in parts
    ]
    if None in amounts:
        return ()
    total = sum(amount or 0 for amount in amounts)
    own_fees = sum(amount for part in parts for told, amount in part.charges if told == currency)
    entry_fees = sum(amount for told, amount in fees if told == currency)
    fee = next((fee for fee in (0, entry_fees, own_fees, own_fees + entry_fees) if total - fee == whole), None)
    if fee is None:
        return ()
    details = [_priced(part, amount or 0, currency) for part, amount in zip(parts, amounts, strict=True)]
    return (*details, Detail(amount_minor=-fee, is_charge=True)) if fee else tuple(details)


def _priced(part: Part, amount: int, currency: str) -> Detail:
    original = next((one for one in part.instructed if one != (currency, abs(amount))), ("", 0))
    return Detail(amount_minor=amount, original_currency=original[0], original_minor=original[1], **part.facts)


def _as_a_whole(node: Node, parts: Sequence[Part], whole: int) -> Detail:
    """A batch that does not add up: it has texts, but no one payer."""
    texts = [part.facts["text"] for part in parts[:100] if part.facts["text"]]
    text = " ".join([*texts, *node.texts("AddtlNtryInf")])[:LONGEST_TEXT]
    return Detail(amount_minor=whole, text=text)


def _completed(facts: dict[str, Any], node: Node) -> dict[str, Any]:
    """A single payment's facts, with the entry's own text."""
    more = node.said("AddtlNtryInf")
    text = facts.get("text", "")
    if not more or more in text:
        return facts
    return {**facts, "text": f"{text} {more}".strip()[:LONGEST_TEXT]}


def _charge(amount: int, node: Node) -> Detail:
    return Detail(amount_minor=amount, text=node.said("AddtlNtryInf")[:LONGEST_TEXT], is_charge=True)


def _facts(details: Node) -> dict[str, Any]:
    """Everything a `TxDtls` tells but its amounts; only what is there, the rest is empty."""
    facts: dict[str, Any] = {}
    references = details.first("Refs")
    if references is not None:
        _identify(references, facts)
    parties = details.first("RltdPties")
    if parties is not None:
        _name(parties, facts)
    _remit(details, facts)
    _explain(details, facts)
    return {name: value for name, value in facts.items() if value}


_REFERENCES: Final = (
    ("bank_reference", "AcctSvcrRef"),
    ("end_to_end_id", "EndToEndId"),
    ("instruction_id", "InstrId"),
    ("uetr", "UETR"),
    ("mandate_id", "MndtId"),
    ("batch_id", "PmtInfId"),
    ("message_id", "MsgId"),
)


def _identify(references: Node, facts: dict[str, Any]) -> None:
    for name, element in _REFERENCES:
        if element in references.inside:
            facts[name] = reference(references.said(element))[: LONGEST_REFERENCE + 1]


_PARTIES: Final = (
    ("Dbtr", "payer_name"),
    ("Cdtr", "payee_name"),
    ("UltmtDbtr", "ultimate_debtor"),
    ("UltmtCdtr", "ultimate_creditor"),
)
_ACCOUNTS: Final = (("DbtrAcct", "payer_iban"), ("CdtrAcct", "payee_iban"))


def _name(parties: Node, facts: dict[str, Any]) -> None:
    """Names are `Dbtr/Nm` up to version 7 and `Dbtr/Pty/Nm` since; an agent's name where a bank itself pays."""
    inside = parties.inside
    for role, field in _PARTIES:
        if role in inside:
            party = inside[role][0]
            name = party.said("Nm") or party.said("Pty", "Nm")
            if not name and field.endswith("_name"):
                name = party.said("Agt", "FinInstnId", "Nm")
            facts[field] = name[:140]
    for role, field in _ACCOUNTS:
        if role in inside:
            told = parties.said(role, "Id", "IBAN") or parties.said(role, "Id", "Othr", "Id")
            facts[field] = told.replace(" ", "")[:34]


def _remit(details: Node, facts: dict[str, Any]) -> None:
    """Structured references, and a text: what is written freely, the numbers of documents, the end-to-end id."""
    texts: list[str] = []
    found: list[str] = []
    for remittance in details.inside.get("RmtInf", ()):
        texts += remittance.texts("Ustrd")
        for structured in remittance.inside.get("Strd", ()):
            _remit_structured(structured, found, texts)
    if "AddtlTxInf" in details.inside:
        texts += details.texts("AddtlTxInf")
    if facts.get("end_to_end_id"):
        texts.append(facts["end_to_end_id"])
    if found:
        told = dict.fromkeys(one.replace(" ", "")[:LONGEST_REFERENCE] for one in found[:MOST_REFERENCES])
        facts["references"] = tuple(one for one in told if one)
    facts["text"] = " ".join(" ".join(texts).split())[:LONGEST_TEXT]


def _remit_structured(structured: Node, found: list[str], texts: list[str]) -> None:
    if "CdtrRefInf" in structured.inside:
        found += structured.texts("CdtrRefInf", "Ref")
    if "RfrdDocInf" in structured.inside:
        texts += structured.texts("RfrdDocInf", "Nb")
    if "AddtlRmtInf" in structured.inside:
        texts += structured.texts("AddtlRmtInf")


def _explain(details: Node, facts: dict[str, Any]) -> None:
    if "RtrInf" in details.inside:
        facts["reason"] = (details.said("RtrInf", "Rsn", "Cd") or details.said("RtrInf", "Rsn", "Prtry"))[:35]
        facts["reason_text"] = " ".join(details.texts("RtrInf", "AddtlInf"))[:LONGEST_TEXT]
        facts["code"] = code_of(details) or _original_code(details)
    elif "BkTxCd" in details.inside:
        facts["code"] = code_of(details)
    if "BkTxCd" in details.inside:
        facts["proprietary"] = details.said("BkTxCd", "Prtry", "Cd")[:35]
    for path in _RATES if "AmtDtls" in details.inside else ():
        exchange = details.first(*path, "CcyXchg")
        if exchange is not None:
            facts["rate"] = exchange.said("XchgRate")[:20]
            return


def _original_code(details: Node) -> str:
    original = details.first("RtrInf", "OrgnlBkTxCd", "Domn")
    return f"{original.said('Cd')}-{original.said('Fmly', 'Cd')}-" if original is not None else ""


def _amounts(details: Node, paths: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    for path in paths:
        node = details.first(*path) if path[0] in details.inside else None
        if node is not None:
            currency = node.attributes.get("Ccy", "")
            if is_currency(currency):
                found.append((currency, minor(node.text, currency, node.line)))
    return tuple(found)


def _sign(told: str, line: int) -> int:
    if not told:
        return 0
    if told not in {"CRDT", "DBIT"}:
        raise invalid(f"{told[:10]!r} is neither CRDT nor DBIT", line)
    return 1 if told == "CRDT" else -1


def _count(batch: Node | None, parts: int) -> int:
    told = batch.said("NbOfTxs") if batch else ""
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else max(parts, 1)  # noqa: PLR2004 - no batch is longer


def _booked_on(node: Node, made_on: date | None) -> date:
    found = _day(node, "BookgDt") or _day(node, "ValDt") or made_on
    if found is None:
        raise invalid("an entry has a booking date", node.line)
    return found


def _day(node: Node, name: str) -> date | None:
    told = node.said(name, "Dt") or node.said(name, "DtTm")
    if not told:
        return None
    found = day(told)
    if found is None:
        raise invalid(f"{told[:20]!r} is no date", node.line)
    return found
