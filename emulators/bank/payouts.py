"""Payouts of simulated providers on the bank's accounts: where each provider sends what it owes."""

from collections.abc import Mapping
from typing import Any

from stdnum import iban as ibans

from emulators.bank.accounts import Accounts, Transfer, WrongTransferError
from emulators.world.payouts import PaidOut
from emulators.world.rows import Rows

SCHEMA = """
CREATE TABLE IF NOT EXISTS payees (
  provider TEXT NOT NULL, currency TEXT NOT NULL, iban TEXT NOT NULL, PRIMARY KEY (provider, currency));
"""
NAMES = {
    "stripe": "STRIPE TECHNOLOGY EUROPE LTD",
    "adyen": "ADYEN N.V.",
    "gocardless": "GOCARDLESS SAS",
    "mollie": "STICHTING MOLLIE PAYMENTS",
}


class Payouts:
    """Books what providers pay out, each payout once; of a provider nobody has named an account for, nothing."""

    def __init__(self, rows: Rows, accounts: Accounts) -> None:
        self._rows = rows
        self._accounts = accounts

    def pay_to(self, sent: Mapping[str, Any]) -> None:
        """From now on a provider pays to this account what it owes in a currency (provider, currency, iban)."""
        provider, currency, iban = sent.get("provider"), sent.get("currency", "EUR"), str(sent.get("iban") or "")
        if provider not in NAMES or not isinstance(currency, str):
            raise WrongTransferError(f"provider must be one of {', '.join(sorted(NAMES))}, currency a text")
        if not ibans.is_valid(iban, check_country=False):
            raise WrongTransferError("iban is no IBAN")
        with self._rows.transaction() as db:
            db.execute("INSERT OR REPLACE INTO payees VALUES (?, ?, ?)", (provider, currency, ibans.compact(iban)))

    def take(self, paid: PaidOut) -> None:
        """Book a payout."""
        payee = self._rows.one(
            "SELECT iban FROM payees WHERE provider = ? AND currency = ?", (paid.provider, paid.currency)
        )
        reference, sender = paid.name[-35:], NAMES[paid.provider]
        if payee is None or self._is_known(reference, sender):
            return
        self._accounts.book(
            Transfer(
                amount=paid.amount,
                currency=paid.currency,
                debtor_name=sender,
                debtor_iban="",
                creditor_name="",
                creditor_iban=payee["iban"],
                end_to_end_id=reference,
                text=paid.text,
                structured="",
                booked_on=None,
            )
        )

    def _is_known(self, reference: str, sender: str) -> bool:
        sql = "SELECT count(*) FROM transfers WHERE end_to_end_id = ? AND debtor_name = ?"
        return bool(self._rows.count(sql, (reference, sender)))
