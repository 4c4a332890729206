"""What rating depends on, loaded at once: payers, the calendar of fees, the versions it names, the members' months."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from common.failures import Rejected
from common.transaction import Reader, Transaction
from functions.charging.explaining import Rating
from functions.charging.goodwill import must_be_within
from functions.charging.model.charges import Charge, Given, parked, rated, rating_of
from functions.charging.model.fees import FeeCalendar, FeeSchedule, calendar_id
from functions.charging.model.payers import MemberMonth, Payer
from functions.charging.schedules import Version, shipped_for


@dataclass
class Knowledge:
    """What is known of payers, fees and months; months grow with each charge that is rated by it."""

    payers: dict[str, Payer]
    fees: dict[tuple[str, str], FeeCalendar] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    months: dict[str, MemberMonth] = field(default_factory=dict)

    def whose(self, member_id: str) -> str:
        """Who pays for a member: they themselves, or who took their place."""
        payer = self.payers.get(member_id)
        return payer.merged_into if payer is not None and payer.merged_into else member_id

    def payer(self, member_id: str) -> Payer | None:
        """The payer for a member; None while nobody told us of them."""
        payer = self.payers.get(self.whose(member_id))
        return payer if payer is not None and payer.known else None

    def version(self, given: Given) -> Version | None:
        """The version of the fees on the day of a charge."""
        calendar = self.fees.get((given.entity, given.currency))
        listed = calendar.on(given.occurred_on) if calendar else None
        return self.versions[listed.schedule_id] if listed else None

    def month(self, payer: Payer, given: Given) -> MemberMonth:
        """The payer's month a charge falls in."""
        empty = MemberMonth.empty(payer.id, given.entity, given.currency, given.occurred_on)
        return self.months.get(empty.id, empty)

    def rating(self, given: Given, payer: Payer) -> Rating:
        """What a charge comes to; Rejected where it can't be said."""
        version = self.version(given) if given.amount_minor is None else None
        turnover = self.month(payer, given).turnover(given.kind) if by_turnover(given, version) else 0
        return rating_of(given, payer, version, turnover)

    def decided(self, charge: Charge, transaction: Transaction) -> Charge:
        """The charge rated, or parked with its reason; what it changes in its month is written."""
        payer = self.payer(charge.member_id)
        if (whose := self.whose(charge.member_id)) != charge.member_id:
            charge = charge.but(member_id=whose)
        if payer is None:
            return parked(charge, Rejected("unknown_member", f"member {charge.given.member} is not registered yet"))
        try:
            return self._decided(charge, payer, transaction)
        except Rejected as refusal:
            return parked(charge, refusal)

    def _decided(self, charge: Charge, payer: Payer, transaction: Transaction) -> Charge:
        given = charge.given
        if given.credit:
            must_be_within(given.amount_minor or 0, self.month(payer, given).credited_minor, given.currency)
        rating = self.rating(given, payer)
        turnover = (given.basis_minor or 0) if by_turnover(given, self.version(given)) else 0
        done = rated(charge, rating, transaction.now, transaction.actor, turnover_minor=turnover)
        self.note(self.month(payer, given), done, transaction)
        return done

    def note(self, month: MemberMonth, charge: Charge, transaction: Transaction) -> None:
        """Adds a charge to its month, where the month is kept."""
        after = month.with_turnover(charge.given.kind, charge.turnover_minor) if charge.turnover_minor else month
        after = after.with_credit(-charge.amount_minor) if charge.given.credit else after
        if after is not month:
            self.months[after.id] = after
            transaction.put(after)


def by_turnover(given: Given, version: Version | None) -> bool:
    """Whether a charge counts as turnover: fees of its kind go by it."""
    return given.amount_minor is None and version is not None and given.kind in version.by_turnover


def known_for(given: Sequence[Given], read: Reader | Transaction) -> Knowledge:
    """Loads what these charges depend on.

    A payer each; and for charges to be rated by us, a calendar for each entity and currency, a version for each of
    those in force that staff activated, and a month for each member whose fees go by turnover or who gets a credit.
    """
    known = Knowledge(payers_of((one.member_id for one in given), read))
    priced = [one for one in given if one.amount_minor is None]
    known.fees = calendars_of(((one.entity, one.currency) for one in priced), read)
    known.versions = _versions(priced, known, read)
    known.months = _months(given, known, read)
    return known


def payers_of(member_ids: Iterable[str], read: Reader | Transaction) -> dict[str, Payer]:
    """The payers of these ids, and who took the place of any of them."""
    found = read.find_all(Payer, list(dict.fromkeys(member_ids)))
    payers = {payer.id: payer for payer in found if payer}
    heirs = [payer.merged_into for payer in payers.values() if payer.merged_into and payer.merged_into not in payers]
    if heirs:
        payers |= {payer.id: payer for payer in read.find_all(Payer, heirs) if payer}
    return payers


def calendars_of(books: Iterable[tuple[str, str]], read: Reader | Transaction) -> dict[tuple[str, str], FeeCalendar]:
    """The calendars of fees of each entity and currency; one without any stored has what came with the program."""
    wanted = list(dict.fromkeys(books))
    found = read.find_all(FeeCalendar, [calendar_id(*book) for book in wanted]) if wanted else []
    return {book: calendar or FeeCalendar.empty(*book) for book, calendar in zip(wanted, found, strict=True)}


def versions_of(schedule_ids: Iterable[str], read: Reader | Transaction) -> dict[str, Version]:
    """Versions that staff activated, by id."""
    wanted = list(dict.fromkeys(schedule_ids))
    found = read.find_all(FeeSchedule, wanted) if wanted else []
    return {one.id: one.as_version(one.valid_from) for one in found if one and one.valid_from}


def _versions(priced: Sequence[Given], known: Knowledge, read: Reader | Transaction) -> dict[str, Version]:
    came = {one.schedule_id: one for book in known.fees for one in shipped_for(*book)}
    listed = [known.fees[one.entity, one.currency].on(one.occurred_on) for one in priced]
    return came | versions_of((one.schedule_id for one in listed if one and one.schedule_id not in came), read)


def _months(given: Sequence[Given], known: Knowledge, read: Reader | Transaction) -> dict[str, MemberMonth]:
    wanted: dict[str, None] = {}
    for one in given:
        payer = known.payer(one.member_id)
        if payer is not None and (one.credit or by_turnover(one, known.version(one))):
            wanted[known.month(payer, one).id] = None
    found = read.find_all(MemberMonth, list(wanted)) if wanted else []
    return {month.id: month for month in found if month}
