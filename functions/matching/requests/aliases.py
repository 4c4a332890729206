"""What callers ask of the accounts members pay from, and what they are told."""

from datetime import date
from typing import Self

from common.functions.routes import Input, Limit, Output
from functions.matching.aliases import Alias
from functions.matching.requests import Id, Reason


class SearchAliases(Input):
    """Which accounts: those of a member, or all."""

    member_id: Id = ""
    limit: Limit = 50
    page_token: Id = ""

    @property
    def equals(self) -> dict[str, str]:
        """What is asked for, as accounts are indexed."""
        return {"members": self.member_id} if self.member_id else {}


class ChangeAlias(Input):
    """Say that an account is, or is not, a member's, and why."""

    alias_id: Id
    member_id: Id
    reason: Reason


class PayerAnswer(Output):
    """A member an account has paid for."""

    member_id: str
    into: str
    """Who took their place, where their account was merged."""
    matches: int
    """How often that was sure."""
    last_seen_on: date
    revoked: bool
    reason: str
    """Why it was revoked or restored."""
    by: str
    allowed: list[str]


class AliasAnswer(Output):
    """An account and whom it has paid for."""

    alias_id: str
    iban_ending: str
    member_id: str
    """Whose it is taken for now; empty where it is several members', or nothing came from it for long."""
    payers: list[PayerAnswer]
    crowded: bool
    """It paid for more members than are kept: it tells nothing."""

    @classmethod
    def of(cls, alias: Alias, today: date, days: int) -> Self:
        """As the document has it, on a day."""
        payers = [
            PayerAnswer(allowed=["restore" if one.revoked else "revoke"], **one.model_dump()) for one in alias.payers
        ]
        return cls(
            alias_id=alias.id,
            iban_ending=alias.iban_ending,
            member_id=alias.owner(today, days),
            payers=payers,
            crowded=alias.crowded,
        )


class AliasPage(Output):
    """Some accounts; an empty token is the end."""

    items: list[AliasAnswer]
    next_page_token: str = ""
