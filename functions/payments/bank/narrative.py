"""What a SWIFT message tells the account's holder of an entry (field 86), in the dialects banks write it in.

Three are told apart: sub-fields (`166?00GUTSCHRIFT?20EREF+...`, German and Polish banks), code words between slashes
(`/EREF/.../REMI/...`, Dutch banks) and plain text. Within, the SEPA code words `EREF+ KREF+ MREF+ SVWZ+ ...`
(Deutsche Kreditwirtschaft, DFÜ-Abkommen Anlage 3, 8.2.3).
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from functions.payments.bank.amounts import minor
from functions.payments.bank.entries import reference

LONGEST_TEXT: Final = 500
_SUB_FIELDS: Final = re.compile(r"(\d{3})?([?<>~@^&|#])(\d\d)")
_FULL: Final = 27
"""Characters of a purpose sub-field; a shorter one ended with a blank that was not written."""
_WORDS: Final = re.compile(
    r"(?<![A-Z0-9])(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PREF|RREF|SQTP|ORCR)[+:]"
)
_SLASHED: Final = re.compile(
    r"/(EREF|REMI|NAME|IBAN|BIC|TRTP|CSID|MARF|ORDP|BENM|PREF|RTRN|CNTP|TRCD|PURP|ADDR|ISDT|ULTD|ULTB|ULTC|RREF|IREF|TYPE)/"
)
_REASON: Final = re.compile(
    r"(?<![A-Z0-9])(A[CGM]\d\d|BE\d\d|CNOR|DNOR|ED05|FF\d\d|FOCR|M[DS]\d\d|R[CR]\d\d|SL\d\d|TM01|CUST|DUPL|TECH|FRAD)(?!\w)"
)
"""Reason codes of SEPA returns (EPC173-14)."""
_RETURNS: Final = frozenset({"108", "109", "159", "183", "184", "193", "197"})
"""German business codes of returned debits and transfers (GVC)."""
_IBAN: Final = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d\d[A-Z0-9]{11,30}(?![A-Z0-9])")
_NAMED: Final = re.compile(
    r"(?:NAAM|AUFTRAGGEBER|DONNEUR D.ORDRE|ORDENANTE|\bOD): *([^;/]{2,70}?) *(?=;|/|$| MITTEILUNGEN:| REK:)"
)
"""Who paid, where banks say so in plain text: Dutch, Swiss, French, Spanish and Polish ones."""
_RF: Final = re.compile(r"(?<![A-Z0-9])RF\d\d[A-Z0-9]{1,21}(?![A-Z0-9])")


@dataclass(frozen=True, slots=True)
class Told:
    """What was understood: facts of a payment, the bank's business code, and amounts as they were written."""

    facts: dict[str, Any] = field(default_factory=dict)
    business_code: str = ""
    fee: str = ""
    whole: str = ""

    def charges(self, currency: str, line: int) -> int:
        """What banks took (`COAM+3,00`)."""
        return _amount(self.fee, currency, line)

    def original(self, currency: str, line: int) -> int:
        """What it was over first (`OAMT+20,00`)."""
        return _amount(self.whole, currency, line)


def told_of(about: str, amount: int) -> Told:
    """What a field 86 tells of a payment that came in (an amount above 0) or went out."""
    begins = _SUB_FIELDS.match(about.lstrip())
    if begins and (begins[1] or begins[3] in {"00", "20"}):
        return _of_sub_fields(about.lstrip(), begins[2], amount)
    if _SLASHED.search(about.replace("\n", "")[:200]):
        return _of_slashes(about, amount)
    return _of_text(about, amount)


def _of_sub_fields(about: str, mark: str, amount: int) -> Told:
    """`166?00text?10number?20purpose...?30BIC?31account?32name?34key`."""
    code = about[:3] if about[:3].isdigit() else ""
    parts = re.split(re.escape(mark) + r"(\d\d)", about.replace("\n", ""))
    found: dict[str, str] = {}
    for number, text in zip(parts[1::2], parts[2::2], strict=False):
        found[number] = found.get(number, "") + text
    purpose = "".join(
        text if len(text) >= _FULL else text.rstrip() + " "
        for number, text in sorted(found.items())
        if "20" <= number <= "29" or "60" <= number <= "65"
    )
    facts = _of_words(purpose.strip())
    _party(facts, amount, f"{found.get('32', '')}{found.get('33', '')}".strip(), found.get("31", ""), instead=True)
    if not facts.get("text"):
        facts["text"] = found.get("00", "").strip()
    return _returned(facts, code, " ".join((found.get("34", ""), found.get("00", ""), purpose)))


def _of_slashes(about: str, amount: int) -> Told:
    """`/TRTP/SEPA OVERBOEKING/IBAN/.../NAME/.../REMI/.../EREF/...`; ING's `/CNTP/iban/bic/name/city/`."""
    joined = about.replace("\n", "")
    parts = _SLASHED.split(joined)
    found: dict[str, str] = {}
    for word, text in zip(parts[1::2], parts[2::2], strict=False):
        found.setdefault(word, text.strip("/ "))
    counterparty = [*found.get("CNTP", "").split("/"), "", "", ""]
    facts = {
        "end_to_end_id": reference(found.get("EREF", "")),
        "mandate_id": reference(found.get("MARF", "")),
        "batch_id": reference(found.get("PREF", "")),
        "ultimate_debtor": found.get("ULTD", "").removeprefix("NAME/"),
    }
    _remitted(facts, found.get("REMI", "") or parts[0].strip())
    _party(facts, amount, found.get("NAME", "") or counterparty[2], found.get("IBAN", "") or counterparty[0])
    reason = found.get("RTRN", "")
    if reason:
        facts["reason"] = reason[:4].upper()
    return Told(_cleaned(facts))


def _remitted(facts: dict[str, Any], text: str) -> None:
    """`USTD//text` or `STRD/CUR/9001...`, as in ISO 20022; else text."""
    parts = text.split("/")
    if parts[0] == "STRD" and len(parts) > 2:  # noqa: PLR2004 - STRD, issuer, reference
        facts["references"] = (parts[2].replace(" ", ""),)
        text = " ".join(parts[3:])
    elif parts[0] == "USTD":
        text = "/".join(parts[1:]).strip("/")
    facts["text"] = text
    _read_reference(facts)


def _of_text(about: str, amount: int) -> Told:
    """Plain text, with SEPA code words in it or not; a German business code may stand before it."""
    lines = " ".join(line.strip() for line in about.split("\n"))
    code = lines[:3] if re.match(r"\d{3}(?=[ A-Z])", lines) else ""
    facts = _of_words(" ".join(lines.split()))
    iban, name = _IBAN.search(lines), _NAMED.search(lines)
    _party(facts, amount, name[1] if name else "", iban[0] if iban else "")
    return _returned(facts, code, lines)


def _of_words(purpose: str) -> dict[str, Any]:
    """Facts by SEPA code words; what stands before the first is text."""
    parts = _WORDS.split(purpose)
    found: dict[str, str] = {}
    for word, text in zip(parts[1::2], parts[2::2], strict=False):
        found.setdefault(word, text.strip())
    text = found.get("SVWZ", "") if found.get("SVWZ") else parts[0].strip()
    facts: dict[str, Any] = {
        "end_to_end_id": reference(found.get("EREF", "")),
        "instruction_id": reference(found.get("KREF", "")),
        "mandate_id": reference(found.get("MREF", "")),
        "ultimate_debtor": found.get("ABWA", ""),
        "ultimate_creditor": found.get("ABWE", ""),
        "text": text,
        "fee": found.get("COAM", ""),
        "whole": found.get("OAMT", ""),
        "told_iban": found.get("IBAN", ""),
    }
    _read_reference(facts)
    return facts


def _read_reference(facts: dict[str, Any]) -> None:
    """SWIFT has no field for a creditor reference: one with the right form stands in the text (ISO 11649)."""
    found = _RF.findall(facts.get("text", "").upper())
    if found and not facts.get("references"):
        facts["references"] = tuple(dict.fromkeys(found))[:20]


def _party(facts: dict[str, Any], amount: int, name: str, iban: str, *, instead: bool = False) -> None:
    """Who stands on the other side: who paid, or who was paid."""
    side = "payer" if amount >= 0 else "payee"
    account = (facts.get("told_iban") or iban) if instead else iban
    facts[f"{side}_name"] = name.strip()[:140]
    facts[f"{side}_iban"] = re.sub(r"[^A-Z0-9]", "", account.upper())[:34]


def _returned(facts: dict[str, Any], code: str, said: str) -> Told:
    """With the reason it came back for, where it did: banks write the code somewhere into the text."""
    reason = _REASON.search(said.upper())
    if reason and (code in _RETURNS or "RETURN" in said.upper() or "RÜCK" in said.upper() or "RUECK" in said.upper()):
        facts["reason"] = reason[1]
    fee, whole = facts.pop("fee", ""), facts.pop("whole", "")
    facts.pop("told_iban", None)
    return Told(_cleaned(facts), code, fee, whole)


def _cleaned(facts: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty, each as long as it may be; the end-to-end id stands in the text, too."""
    text = " ".join(part for part in (facts.get("text", ""), facts.get("end_to_end_id", "")) if part)
    facts["text"] = " ".join(text.split())[:LONGEST_TEXT]
    for name in ("end_to_end_id", "instruction_id", "mandate_id", "batch_id"):
        facts[name] = facts.get(name, "")[:35]
    for name in ("ultimate_debtor", "ultimate_creditor"):
        facts[name] = facts.get(name, "")[:140]
    return {name: value for name, value in facts.items() if value}


def _amount(text: str, currency: str, line: int) -> int:
    found = re.search(r"\d+,\d*", text)
    return minor(found[0], currency, line, ",") if found else 0
