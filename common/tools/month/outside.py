"""The world around the platform during a month: what is told to its simulators, and what they are asked."""

from collections.abc import Iterator, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from common.parties import SELLERS
from common.tools.local import Local
from common.tools.month.people import Person
from common.tools.month.sales import Transfer

PROVIDERS: Final = ("stripe", "adyen", "gocardless", "mollie")
SCRIPT_KEYS: Final = {"stripe": "payment_method", "gocardless": "mandate"}
"""What a simulator's script calls the card or account it is about; the others: `token`."""
SOFT_TRIES: Final = 4
DAYS_UNTIL_BACK: Final = {"soft": 2, "hard": 3, "refunded": 10}


class Outside:
    """The simulators of one platform, by their own addresses."""

    def __init__(self, platform: Local) -> None:
        self._platform = platform
        self.account = SELLERS["MP"].iban

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What a simulator answers to something it is told."""
        return self._platform.http.post(f"{self._platform.emulators}/{path}", json=body).raise_for_status().json()

    def get(self, path: str) -> Any:
        """What a simulator says."""
        return self._platform.http.get(f"{self._platform.emulators}/{path}").raise_for_status().json()

    # -- before it begins -------------------------------------------------------------------------

    def prepare(self, people: Sequence[Person], return_fee_minor: int) -> None:
        """Tells every simulator what each member's card or account will do."""
        self.post("bank/admin/accounts", {"iban": self.account, "owner": SELLERS["MP"].name, "currency": "EUR"})
        for person in people:
            if person.means.provider == "sepa":
                self._script_debits(person, return_fee_minor)
            elif person.means.collects:
                self._script(person)

    def _script(self, person: Person) -> None:
        provider, token = person.means.provider, person.token
        key = token
        if provider == "mollie":
            customer, key = token.split("/")
            method = "directdebit" if person.means.road == "debit" else "creditcard"
            self.post("mollie/admin/mandates", {"customer": customer, "method": method, "mandate": key})
        named = SCRIPT_KEYS.get(provider, "token")
        self.post(f"{provider}/admin/behaviour", {named: key, "behaviour": person.means.steps()})

    def _script_debits(self, person: Person, fee_minor: int) -> None:
        fate = person.means.fate
        if fate == "pays":
            return
        told: dict[str, Any] = {"iban": person.iban, "code": person.means.code, "fee_minor": fee_minor}
        if fate == "refused":
            told["fee_minor"] = 0
        else:
            told["after_days"] = DAYS_UNTIL_BACK[fate]
        for _ in range(SOFT_TRIES if fate == "soft" and not person.means.recovers else 1):
            self.post("bank/admin/returns", told)

    # -- the bank ---------------------------------------------------------------------------------

    def transfer(self, sent: Transfer, name: str) -> None:
        """A member tells their bank."""
        told = {
            "debtor_name": sent.sender,
            "debtor_iban": sent.iban,
            "creditor_iban": self.account,
            "amount_minor": sent.amount_minor,
            "currency": "EUR",
            "remittance_text": sent.text,
            "reference": sent.reference,
            "end_to_end_id": name,
        }
        self.post("bank/admin/transfers", told)

    def charge(self, amount_minor: int) -> None:
        """Our bank takes its price."""
        self.post("bank/admin/charges", {"iban": self.account, "amount_minor": amount_minor})

    def hand_in(self, content: bytes) -> None:
        """Gives the bank a file of debits or transfers; one it knows is refused, and that is no harm."""
        answer = self._platform.http.post(f"{self._platform.emulators}/bank/payments", content=content)
        if answer.status_code != HTTPStatus.CONFLICT:
            answer.raise_for_status()

    def report(self, message_id: str) -> bytes:
        """What the bank says of a file."""
        return self._file(f"bank/payments/{message_id}/report.xml")

    def statement_days(self) -> Iterator[date]:
        """The days on which something was booked on our account, the earliest first."""
        found = self.get(f"bank/statements?account={self.account}")["statements"]
        yield from sorted(date.fromisoformat(one["day"]) for one in found)

    def statement(self, day: date) -> bytes:
        """The bank's camt.053 of a day; from then on the day is closed."""
        return self._file(f"bank/statements/{self.account}/{day.isoformat()}.xml")

    def notification(self, day: date) -> bytes:
        """The same entries as a camt.054."""
        return self._file(f"bank/notifications/{self.account}/{day.isoformat()}.xml")

    def balance(self) -> int:
        """What the bank says is on our account."""
        accounts = self.get("bank/admin/accounts")["accounts"]
        return sum(one["balance_minor"] for one in accounts if one["iban"] == self.account)

    def _file(self, path: str) -> bytes:
        return self._platform.http.get(f"{self._platform.emulators}/{path}").raise_for_status().content

    # -- the providers ----------------------------------------------------------------------------

    def books(self) -> dict[str, dict[str, Any]]:
        """Each provider's own books, and how often it collected for each attempt of ours."""
        return {provider: self.get(f"{provider}/admin/books") for provider in PROVIDERS}
