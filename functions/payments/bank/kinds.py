"""What an entry on our account is, by what the bank says of it: rules as data, the first that fits decides."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from functions.payments.bank.entries import Detail, Entry

EntryKind = Literal[
    "member_money",
    "debit_settlement",
    "debit_return",
    "provider_payout",
    "refund_out",
    "bank_fee",
    "interest",
    "own_transfer",
    "unknown",
]
RULES: Final = Path(__file__).with_name("kinds.json")
_BUSINESS_CODE: Final = re.compile(r"(?<!\d)(\d{3})(?!\d)")
_CODES: Final = ("code", "proprietary", "business_code", "reason")
"""Of these a bank has few values: the rules that they leave are found once."""
_FIELDS: Final = ("code", "proprietary", "business_code", "reason", "end_to_end_id", "batch", "name", "text")


@dataclass(frozen=True, slots=True)
class Sort:
    """What an entry is; of a payout also whose."""

    kind: EntryKind
    provider: str = ""


_UNKNOWN: Final = Sort("unknown")


@dataclass(frozen=True, slots=True)
class _Rule:
    sort: Sort
    sign: int
    own_account: bool
    charge: bool
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    own_patterns: tuple[tuple[str, re.Pattern[str]], ...]
    """Those that ask for more than codes."""

    def may_fit(self, detail_sign: int, codes: dict[str, str], *, own: bool, charge: bool) -> bool:
        """Whether what it asks for is so, but for what only a single payment says."""
        if self.sign * detail_sign < 0 or (self.own_account and not own) or (self.charge and not charge):
            return False
        told = [(pattern, codes[name]) for name, pattern in self.patterns if name in codes]
        return all(text and pattern.search(text) for pattern, text in told)

    def fits(self, said: dict[str, str]) -> bool:
        """Whether the rest of what it asks for is so."""
        for name, pattern in self.own_patterns:
            text = said[name]
            if not text or not pattern.search(text):
                return False
        return True


def sort_of(entry: Entry, detail: Detail, own_accounts: Collection[str] = ()) -> Sort:
    """What a payment of an entry is: `unknown` where no rule fits."""
    amount, iban = detail.amount_minor, detail.counterparty_iban
    left = _left(
        (amount > 0) - (amount < 0),
        detail.code or entry.code,
        detail.proprietary or entry.proprietary,
        detail.reason,
        own=bool(iban) and iban in own_accounts,
        charge=detail.is_charge,
    )
    said = {
        "end_to_end_id": detail.end_to_end_id,
        "batch": detail.batch_id or entry.batch_id or detail.message_id or entry.message_id,
        "name": detail.counterparty_name.upper(),
        "text": detail.text,
    }
    for rule in left:
        if rule.fits(said):
            return rule.sort
    return _UNKNOWN


@lru_cache(maxsize=2048)
def _left(sign: int, code: str, proprietary: str, reason: str, *, own: bool, charge: bool) -> tuple[_Rule, ...]:
    """The rules that codes, sign and account leave, in their order; none behind one that asks for nothing more."""
    business = _BUSINESS_CODE.search(proprietary)
    told = (code, proprietary, business[1] if business else "", reason)
    codes = dict(zip(_CODES, told, strict=True))
    found: list[_Rule] = []
    for rule in _rules():
        if rule.may_fit(sign, codes, own=own, charge=charge):
            found.append(rule)
            if not rule.own_patterns:
                break
    return tuple(found)


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(_rule(told) for told in json.loads(RULES.read_text("utf-8")))


def _rule(told: dict[str, Any]) -> _Rule:
    patterns = tuple((name, re.compile(told[name])) for name in _FIELDS if name in told)
    own = tuple(one for one in patterns if one[0] not in _CODES)
    sort = Sort(told["kind"], told.get("provider", ""))
    return _Rule(sort, told.get("sign", 0), told.get("own_account", False), told.get("charge", False), patterns, own)
