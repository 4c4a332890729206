"""What an entry on our account is, by what the bank says of it: rules as data, the first that fits decides."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
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
_FIELDS: Final = ("code", "proprietary", "business_code", "reason", "end_to_end_id", "batch", "name", "text")


@dataclass(frozen=True, slots=True)
class Sort:
    """What an entry is; of a payout also whose."""

    kind: EntryKind
    provider: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    sort: Sort
    sign: int
    own_account: bool
    charge: bool
    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    def fits(self, detail: Detail, said: dict[str, str], *, own: bool) -> bool:
        """Whether everything it asks for is so."""
        if self.sign and self.sign * detail.amount_minor < 0:
            return False
        if (self.own_account and not own) or (self.charge and not detail.is_charge):
            return False
        return all(said[name] and pattern.search(said[name]) for name, pattern in self.patterns)


def sort_of(entry: Entry, detail: Detail, own_accounts: Collection[str] = ()) -> Sort:
    """What a payment of an entry is: `unknown` where no rule fits."""
    proprietary = detail.proprietary or entry.proprietary
    business = _BUSINESS_CODE.search(proprietary)
    said = {
        "code": detail.code or entry.code,
        "proprietary": proprietary,
        "business_code": business[1] if business else "",
        "reason": detail.reason,
        "end_to_end_id": detail.end_to_end_id,
        "batch": detail.batch_id or entry.batch_id or detail.message_id or entry.message_id,
        "name": detail.counterparty_name.upper(),
        "text": detail.text,
    }
    own = bool(detail.counterparty_iban) and detail.counterparty_iban in own_accounts
    return next((rule.sort for rule in _rules() if rule.fits(detail, said, own=own)), Sort("unknown"))


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(_rule(told) for told in json.loads(RULES.read_text("utf-8")))


def _rule(told: dict[str, Any]) -> _Rule:
    patterns = tuple((name, re.compile(told[name])) for name in _FIELDS if name in told)
    sort = Sort(told["kind"], told.get("provider", ""))
    return _Rule(sort, told.get("sign", 0), told.get("own_account", False), told.get("charge", False), patterns)
