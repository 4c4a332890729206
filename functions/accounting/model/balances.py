"""Balances as SAP tells them, in minor units, for comparing with ours."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from common.money import EXPONENTS
from common.values import Value


class SapBalance(Value):
    """What SAP has on one account in one currency: sums of debits and of credits, both positive."""

    company_code: str
    account: str
    currency: str
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


def balance_of(row: Mapping[str, Any]) -> SapBalance:
    """A balance from a row of SAP's answer; ValueError where it is not one, or tells parts of a minor unit."""
    currency = str(row.get("TransactionCurrency", ""))
    if currency not in EXPONENTS or not row.get("GLAccount"):
        raise ValueError(f"no balance: {dict(row)}")
    return SapBalance(
        company_code=str(row.get("CompanyCode", "")),
        account=str(row["GLAccount"]).lstrip("0"),
        currency=currency,
        debit_minor=abs(_minor(row.get("DebitAmountInTransCrcy"), currency)),
        credit_minor=abs(_minor(row.get("CreditAmountInTransCrcy"), currency)),
    )


def _minor(amount: Any, currency: str) -> int:
    try:
        scaled = Decimal(str(amount)).scaleb(EXPONENTS[currency])
    except InvalidOperation as fault:
        raise ValueError(f"no amount: {amount!r}") from fault
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"no amount in minor units of {currency}: {amount!r}")
    return int(scaled)
