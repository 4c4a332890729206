"""Money that lies unapplied: whose task it is, how old, and what the policy says becomes of it."""

from datetime import date, timedelta

from common.parties import SELLERS
from functions.matching.model import Receipt
from functions.matching.policy import DebtKind, Policy, Return, policy


def owner_of(receipt: Receipt, by: Policy) -> str:
    """The team whose task it is."""
    return by.owner(receipt.source, country_of(receipt.entity), member_known=bool(receipt.member_id))


def age_of(receipt: Receipt, today: date) -> int:
    """Its age in days; 0 for money that is dated ahead."""
    return max(0, (today - receipt.received_on).days)


def country_of(entity: str) -> str:
    """Where a seller is; empty for one that is not known."""
    seller = SELLERS.get(entity)
    return seller.address.country if seller else ""


def order_of(entity: str) -> tuple[DebtKind, ...]:
    """In which order money pays a seller's debts."""
    return policy().order(country_of(entity))


def due_return(receipt: Receipt, by: Policy, today: date) -> Return | None:
    """What the policy says of money that nobody claims; None where it is too young, claimed, or can't go back.

    It goes back only to the account it came from. Money that is suggested for something waits for people.
    """
    if not receipt.unapplied_minor or receipt.suggestion is not None or not _has_way_back(receipt):
        return None
    age, country = age_of(receipt, today), country_of(receipt.entity)
    return next((one for one in by.returns if age >= one.from_days and _fits(one, receipt, country)), None)


def oldest_looked_at(by: Policy, today: date) -> date:
    """No younger money is asked for by any rule."""
    return today - timedelta(days=min((one.from_days for one in by.returns), default=36_500))


def _has_way_back(receipt: Receipt) -> bool:
    return bool(receipt.payer_iban if receipt.source == "bank" else receipt.provider_id)


def _fits(rule: Return, receipt: Receipt, country: str) -> bool:
    somewhere = not rule.countries or country in rule.countries
    return somewhere and receipt.source in rule.sources and rule.member_known == bool(receipt.member_id)
