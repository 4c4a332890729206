"""The traders a VAT register knows, the questions it was asked, and its answers in the Commission's shape."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final, Self

from stdnum.eu import vat

from emulators.world.clock import VirtualClock, epoch
from emulators.world.rows import Rows

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS traders (vat_id TEXT PRIMARY KEY, name TEXT, address TEXT, valid INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS questions (
    id INTEGER PRIMARY KEY, moment INTEGER NOT NULL, vat_id TEXT NOT NULL, requester TEXT NOT NULL,
    outcome TEXT NOT NULL, identifier TEXT NOT NULL
);
"""
STATES: Final = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()  # noqa: SIM905 - a table
)
TEST_VALID: Final = "100"
ERRORS: Final = {
    "201": "INVALID_INPUT",
    "202": "INVALID_REQUESTER_INFO",
    "300": "SERVICE_UNAVAILABLE",
    "301": "MS_UNAVAILABLE",
    "302": "TIMEOUT",
    "400": "VAT_BLOCKED",
    "401": "IP_BLOCKED",
    "500": "GLOBAL_MAX_CONCURRENT_REQ",
    "501": "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "600": "MS_MAX_CONCURRENT_REQ",
    "601": "MS_MAX_CONCURRENT_REQ_TIME",
}
"""Every error of the service, by the number that its test service answers with it."""
NOT_TOLD: Final = "---"
NUMBER: Final = re.compile(r"[0-9A-Za-z+*.]{2,12}")
PARTS: Final = ("Name", "Street", "PostalCode", "City", "CompanyType")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came."""

    country: str
    number: str
    requester: str
    trader: dict[str, str]

    @classmethod
    def of(cls, sent: Any) -> Self:
        """The question in a request's JSON; what is missing is empty."""
        told = {name: str(value) for name, value in sent.items()} if isinstance(sent, dict) else {}
        requester = told.get("requesterMemberStateCode", "") + told.get("requesterNumber", "")
        trader = {part: told.get(f"trader{part}", "") for part in PARTS}
        return cls(told.get("countryCode", ""), told.get("vatNumber", ""), requester, trader)

    @property
    def vat_id(self) -> str:
        """State and number."""
        return self.country + self.number

    def fault(self) -> str:
        """The error a question earns by itself."""
        if self.country not in STATES or not NUMBER.fullmatch(self.number):
            return "INVALID_INPUT"
        return "INVALID_REQUESTER_INFO" if self.requester and not vat.is_valid(self.requester) else ""


class Register:
    """Traders entered by hand before those whose check digits are right."""

    def __init__(self, rows: Rows, clock: VirtualClock) -> None:
        self._rows = rows
        self._clock = clock

    def enter(self, trader: dict[str, Any]) -> None:
        """Knows a trader from now on, valid or not."""
        values = (trader["vat_id"], trader.get("name", ""), trader.get("address", ""), bool(trader.get("valid", True)))
        with self._rows.transaction() as db:
            db.execute("INSERT OR REPLACE INTO traders VALUES (?, ?, ?, ?)", values)

    def is_valid(self, asked: Asked) -> bool:
        """Whether the register holds the number."""
        found = self._rows.one("SELECT valid FROM traders WHERE vat_id = ?", (asked.vat_id,))
        return bool(found["valid"]) if found else bool(vat.is_valid(asked.vat_id))

    def note(self, asked: Asked, outcome: str, identifier: str = "") -> int:
        """Keeps a question with what was answered; its number."""
        values = (epoch(self._clock), asked.vat_id, asked.requester, outcome, identifier)
        with self._rows.transaction() as db:
            made = db.execute(
                "INSERT INTO questions (moment, vat_id, requester, outcome, identifier) VALUES (?, ?, ?, ?, ?)", values
            )
        return int(made.lastrowid or 0)

    def answer(self, asked: Asked, *, valid: bool, identified: bool) -> dict[str, Any]:
        """A plain answer; a consultation number only for a known requester and a valid number, as in reality."""
        found = self._rows.one("SELECT * FROM traders WHERE vat_id = ?", (asked.vat_id,)) if valid else None
        with self._rows.transaction():
            identifier = self._identifier() if valid and identified and asked.requester else ""
            self.note(asked, "valid" if valid else "invalid", identifier)
        name, address = (found["name"], found["address"]) if found else ("", "")
        return {
            "countryCode": asked.country,
            "vatNumber": asked.number,
            "requestDate": self._clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "valid": valid,
            "requestIdentifier": identifier,
            "name": name or NOT_TOLD,
            "address": address or NOT_TOLD,
            **{f"trader{part}": told or NOT_TOLD for part, told in asked.trader.items()},
            **{f"trader{part}Match": _match(told, f"{name} {address}".strip()) for part, told in asked.trader.items()},
        }

    def questions(self, most: int) -> list[dict[str, Any]]:
        """What was asked, newest first."""
        return [dict(row) for row in self._rows.read("SELECT * FROM questions ORDER BY id DESC LIMIT ?", (most,))]

    def _identifier(self) -> str:
        number = self._rows.count("SELECT coalesce(max(id), 0) + 1 FROM questions")
        return "WAPIAAAA" + hashlib.sha256(f"vies {number}".encode()).hexdigest()[:8].upper()


def _match(told: str, known: str) -> str:
    if not told or not known:
        return "NOT_PROCESSED"
    return "VALID" if told.casefold() in known.casefold() else "INVALID"
