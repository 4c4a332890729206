"""Why a collection failed, in one vocabulary for every provider and scheme (`reasons.json` has the codes)."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

from common.values import Exact

Group = Literal["funds", "unspecific", "technical", "authentication", "instrument", "mandate", "refused"]
ReasonClass = Literal["soft", "needs_member", "new_method", "new_mandate", "stop"]
"""Later, or only with the member, or with another method or mandate, or never."""

CLASSES: Final[Mapping[Group, ReasonClass]] = {
    "funds": "soft",
    "unspecific": "soft",
    "technical": "soft",
    "authentication": "needs_member",
    "instrument": "new_method",
    "mandate": "new_mandate",
    "refused": "stop",
}
SAYS: Final[Mapping[Group, str]] = {
    "funds": "there was not enough money",
    "unspecific": "the bank gave no reason",
    "technical": "a bank or network was disturbed",
    "authentication": "the bank wants the member to confirm it (SCA)",
    "instrument": "this card or account can't be charged any more",
    "mandate": "there is no valid mandate for this account",
    "refused": "it was refused for good",
}
_OTHERS: Final = re.compile(r"[^a-z0-9]+")


class Reason(Exact):
    """Why it failed: the group it falls in, what that means for another try, and how we know."""

    group: Group
    reason_class: ReasonClass
    says: str


def reason_of(provider: str, method: str, code: str, *, soft: bool) -> Reason:
    """The reason behind a provider's code.

    A code nobody has listed counts by what its adapter says of it. Where the issuer advises against another try
    (`soft` is not set though the code is a soft one), no other try is made: card networks fine them.
    """
    plain = _plain(code)
    group = _known(method, provider).get(plain)
    if group is None:
        return _unlisted(code, soft=soft)
    if CLASSES[group] == "soft" and not soft:
        return Reason(group="instrument", reason_class="new_method", says=f"{code}: no further try is advised")
    return Reason(group=group, reason_class=CLASSES[group], says=f"{code}: {SAYS[group]}")


def is_listed_soft(provider: str, method: str, code: str) -> bool:
    """Whether the code, taken alone, is worth a later try."""
    group = _known(method, provider).get(_plain(code))
    return group is not None and CLASSES[group] == "soft"


def _unlisted(code: str, *, soft: bool) -> Reason:
    group: Group = "unspecific" if soft else "instrument"
    how = "may be tried later" if soft else "is not worth another try"
    return Reason(group=group, reason_class=CLASSES[group], says=f"{code or 'no code'}: not listed, {how}")


def _plain(code: str) -> str:
    return _OTHERS.sub("_", code.strip().lower()).strip("_")


@cache
def _known(method: str, provider: str) -> dict[str, Group]:
    """Every code of a method at a provider: its own words go before those all share (of debits, the scheme's)."""
    told = json.loads(Path(__file__).with_name("reasons.json").read_text("utf-8"))
    rail = told.get(method, {})
    tables = [told["ours"], rail.get("common", {}), rail.get(provider, {})]
    return {code: group for table in tables for group, codes in table.items() for code in codes}
