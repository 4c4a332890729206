"""The wire format of the Commission's VAT register (VIES): what is asked, and what an answer means."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from functions.members.checks import Particular, VatAnswer, VatProof
from functions.members.fields import UNPRINTABLE
from functions.members.model import Member, folded

SUCCESS: Final = 200
CODE: Final = re.compile(r"[A-Z][A-Z0-9_-]{1,60}")
"""How the service names what went wrong."""
NOTHING: Final = frozenset({"", "---"})
"""What stands where a member state does not tell."""
MATCHES: Final = {"VALID": True, "INVALID": False}
"""The service's own comparison; NOT_PROCESSED and anything else tell nothing."""
COMPARED: Final[dict[Particular, str]] = {
    "name": "traderNameMatch",
    "street": "traderStreetMatch",
    "postcode": "traderPostalCodeMatch",
    "city": "traderCityMatch",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A member's VAT id, and the trader we believe it is."""

    member_id: str
    country: str
    number: str
    name: str
    street: str
    postcode: str
    city: str
    at: datetime

    def body(self, requester_country: str, requester_number: str) -> dict[str, str]:
        """The request; with a requester the answer carries a consultation number, with the trader it is qualified."""
        asked = {
            "countryCode": self.country,
            "vatNumber": self.number,
            "traderName": self.name,
            "traderStreet": self.street,
            "traderPostalCode": self.postcode,
            "traderCity": self.city,
        }
        if requester_country:
            asked |= {"requesterMemberStateCode": requester_country, "requesterNumber": requester_number}
        return asked


def question(member: Member, now: datetime) -> Question:
    """What is asked about a member. Greek ids begin with EL, as the service wants them."""
    address = member.address
    return Question(
        member_id=member.id,
        country=member.vat_id[:2],
        number=member.vat_id[2:],
        name=member.name,
        street=address.street,
        postcode=address.postcode,
        city=address.city,
        at=now,
    )


def understood(asked: Question, status: int, body: Any) -> VatAnswer:
    """What an answer means: only a plain yes or no about the very number that was asked is one; all else is unknown."""
    if not isinstance(body, dict):
        return _unknown("UNREADABLE")
    if "errorWrappers" in body or body.get("actionSucceed") is False:
        return _unknown(_code(body))
    if status != SUCCESS:
        return _unknown(f"HTTP_{status}")
    if not isinstance(body.get("valid"), bool):
        return _unknown("UNREADABLE")
    if (_text(body, "countryCode"), _text(body, "vatNumber")) != (asked.country, asked.number):
        return _unknown("OTHER_NUMBER")
    return VatAnswer(outcome="valid", proof=_proof(asked, body)) if body["valid"] else VatAnswer(outcome="invalid")


def _unknown(code: str) -> VatAnswer:
    return VatAnswer(outcome="unknown", code=code)


def _code(body: dict[str, Any]) -> str:
    wrappers = body.get("errorWrappers")
    first = wrappers[0] if isinstance(wrappers, list) and wrappers else None
    code = first.get("error") if isinstance(first, dict) else None
    return code if isinstance(code, str) and CODE.fullmatch(code) else "UNREADABLE"


def _proof(asked: Question, body: dict[str, Any]) -> VatProof:
    name, address = _told(body, "name"), _told(body, "address")
    compared = {particular: _agrees(asked, body, particular) for particular in COMPARED}
    return VatProof(
        vat_id=asked.country + asked.number,
        request_id=_told(body, "requestIdentifier")[:60],
        dated=_told(body, "requestDate")[:40],
        checked_at=asked.at,
        name=name,
        address=address,
        agrees=tuple(particular for particular, same in compared.items() if same),
        differs=tuple(particular for particular, same in compared.items() if same is False),
    )


def _agrees(asked: Question, body: dict[str, Any], particular: Particular) -> bool | None:
    """The service's comparison; where it made none, our own with what it told; None where it told nothing."""
    said = MATCHES.get(_text(body, COMPARED[particular]))
    told = _told(body, "name" if particular == "name" else "address")
    if said is not None or not told:
        return said
    return _words(getattr(asked, particular)) <= _words(told)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", folded(text)))


def _text(body: dict[str, Any], field: str) -> str:
    value = body.get(field)
    return value if isinstance(value, str) else ""


def _told(body: dict[str, Any], field: str) -> str:
    """A text as it can be stored and shown: on one line, of bounded length; empty where nothing was told."""
    text = "".join(
        " " if unicodedata.category(letter) in UNPRINTABLE else letter for letter in _text(body, field)[:1000]
    )
    line = " ".join(text.split())[:300]
    return "" if line in NOTHING else line
