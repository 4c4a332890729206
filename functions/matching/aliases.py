"""Whose account an IBAN is: learned from what was sure, forgotten when nothing comes from it, revoked by people."""

from datetime import date, timedelta
from typing import Final

from pydantic import Field

from common.documents import Document, id_from
from common.failures import Rejected
from common.values import Exact

MOST_PAYERS: Final = 20
"""An account that pays for more members than that (a bank's, a payment service's) tells of nobody."""


class Payer(Exact):
    """A member an account has paid for."""

    member_id: str
    into: str = ""
    """Who took the member's place since their accounts were merged."""
    matches: int = Field(ge=1)
    """How often that was sure."""
    last_seen_on: date
    revoked: bool = False
    """Somebody said that it is not so: it is not learned again until somebody says otherwise."""
    reason: str = ""
    by: str = ""

    @property
    def person(self) -> str:
        """Who it is now."""
        return self.into or self.member_id


class Alias(Document):
    """What is known of one account; its id is a hash of the IBAN."""

    collection = "aliases"
    indexed = ("members",)

    members: tuple[str, ...]
    """Those in `payers`, as they are searched for, and who took their place."""
    payers: tuple[Payer, ...] = Field(max_length=MOST_PAYERS)
    iban_ending: str = ""
    crowded: bool = False
    """It paid for too many to keep."""

    def known(self, today: date, days: int) -> frozenset[str]:
        """The members it tells of: of one person, not revoked, seen within so many days; none where it is several."""
        current = [one for one in self.payers if not one.revoked and today - one.last_seen_on <= timedelta(days=days)]
        if self.crowded or len({one.person for one in current}) != 1:
            return frozenset()
        return frozenset(member for one in current for member in (one.member_id, one.into) if member)

    def owner(self, today: date, days: int) -> str:
        """The one member it is the account of; empty where it is nobody's, or several members'."""
        known = self.known(today, days)
        return next((one.person for one in self.payers if one.member_id in known), "")

    def candidates(self, today: date, days: int) -> tuple[str, ...]:
        """As `known`, but of several, too: whose items are worth a look; the latest first."""
        current = [one for one in self.payers if not one.revoked and today - one.last_seen_on <= timedelta(days=days)]
        ordered = sorted(current, key=lambda one: (one.last_seen_on, one.matches, one.member_id), reverse=True)
        found = (member for one in ordered for member in (one.person, one.member_id))
        return () if self.crowded else tuple(dict.fromkeys(found))


def alias_id_of(iban: str) -> str:
    """The id of what is known of an IBAN."""
    return id_from("iban", iban.replace(" ", "").upper())


def unknown(iban: str) -> Alias:
    """An account nothing is known of."""
    return Alias(id=alias_id_of(iban), members=(), payers=(), iban_ending=iban.replace(" ", "").upper()[-4:])


def learned(alias: Alias, member_id: str, on: date) -> Alias:
    """The account once it surely paid for a member; itself where that was revoked, or for too many."""
    if alias.crowded:
        return alias
    found = next((one for one in alias.payers if one.member_id == member_id), None)
    if found is None:
        if len(alias.payers) >= MOST_PAYERS:
            return alias.but(crowded=True, payers=(), members=())
        return _with(alias, (*alias.payers, Payer(member_id=member_id, matches=1, last_seen_on=on)))
    if found.revoked:
        return alias
    after = found.model_copy(update={"matches": found.matches + 1, "last_seen_on": max(on, found.last_seen_on)})
    return _changed(alias, after)


def revoked(alias: Alias, member_id: str, reason: str, by: str) -> Alias:
    """The account without this member, as somebody said. Rejected `not_found` (404), `revoked_already` (409)."""
    found = _payer(alias, member_id)
    if found.revoked:
        raise Rejected("revoked_already", "this account is not taken for the member's any more", status=409)
    return _changed(alias, found.model_copy(update={"revoked": True, "reason": reason, "by": by}))


def restored(alias: Alias, member_id: str, reason: str, by: str, on: date) -> Alias:
    """The account with a member who had been revoked. Rejected `not_found` (404), `not_revoked` (409)."""
    found = _payer(alias, member_id)
    if not found.revoked:
        raise Rejected("not_revoked", "this account is taken for the member's", status=409)
    after = {"revoked": False, "reason": reason, "by": by, "last_seen_on": on}
    return _changed(alias, found.model_copy(update=after))


def merged(alias: Alias, member_id: str, into: str) -> Alias:
    """The account once a member's place was taken by another one."""
    payers = tuple(
        one.model_copy(update={"into": into})
        if member_id in {one.member_id, one.into} and one.member_id != into
        else one
        for one in alias.payers
    )
    return _with(alias, payers)


def without(alias: Alias, member_id: str) -> Alias:
    """The account with nothing known of a member."""
    return _with(alias, tuple(one for one in alias.payers if one.member_id != member_id))


def _payer(alias: Alias, member_id: str) -> Payer:
    found = next((one for one in alias.payers if one.member_id == member_id), None)
    if found is None:
        raise Rejected("not_found", "this account is not known to have paid for the member", status=404)
    return found


def _changed(alias: Alias, payer: Payer) -> Alias:
    return _with(alias, tuple(payer if one.member_id == payer.member_id else one for one in alias.payers))


def _with(alias: Alias, payers: tuple[Payer, ...]) -> Alias:
    members = sorted({member for one in payers for member in (one.member_id, one.into) if member})
    return alias if payers == alias.payers else alias.but(payers=payers, members=tuple(members))
