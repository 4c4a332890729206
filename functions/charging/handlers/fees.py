"""Versions of fee schedules: drafted, activated by somebody else, compared, withdrawn."""

from datetime import date, datetime

from pydantic import ValidationError

from common.dates import day_in
from common.documents import id_from
from common.failures import Rejected
from common.parties import SELLERS
from common.transaction import Reader, Transaction
from common.world import World
from functions.charging.handlers.knowledge import calendars_of
from functions.charging.model.fees import (
    EARLIEST,
    FEE_SCHEDULES,
    FeeCalendar,
    FeeSchedule,
    activated,
    drafted,
    listed_status,
    must_be_seen,
    redrafted,
    shipped_version,
    status_of,
    withdrawn,
)
from functions.charging.requests.fees import (
    ActivateFees,
    ChangeDraft,
    CompareFees,
    DraftFees,
    EndFees,
    Fall,
    FeesAnswer,
    FeesById,
    FeesDiff,
    FeesPage,
    RuleChange,
    SearchFees,
    Stated,
    prices_of,
)
from functions.charging.schedules import FeeRule, Prices, Version, differing, falls, shipped
from functions.charging.tasks import RateParked


def draft_fees(given: DraftFees, transaction: Transaction) -> FeesAnswer:
    """Drafts an entity's fees; nothing is charged by a draft.

    Rejected `draft_id_reused` (409), `unknown_entity`, `invalid` (422).
    """
    schedule_id = id_from("fee", "draft", given.draft)
    prices = _checked(given)
    known = transaction.find(FeeSchedule, schedule_id)
    calendar = _calendar(prices, transaction)
    if known is not None:
        if known.digest != prices.digest:
            raise Rejected(
                "draft_id_reused", f"draft {given.draft} came with other fees: change it instead", status=409
            )
        return _answer(known, calendar, transaction.now)
    draft = drafted(schedule_id, prices, transaction.actor, transaction.now)
    transaction.put(draft)
    return _answer(draft, calendar, transaction.now)


def change_draft(given: ChangeDraft, transaction: Transaction) -> FeesAnswer:
    """Changes a draft; who changes it can't activate it.

    Rejected `wrong_state` (409), `other_fees`, `invalid` (422).
    """
    prices = _checked(given)
    draft = _existing(given.schedule_id, transaction)
    calendar = _calendar(prices, transaction)
    draft = redrafted(draft, prices, transaction.actor)
    transaction.put(draft)
    return _answer(draft, calendar, transaction.now)


def activate_fees(given: ActivateFees, transaction: Transaction) -> FeesAnswer:
    """Makes a draft the next version from a day on; it is frozen then. Charges that were parked for it are rated.

    Rejected `four_eyes` (403), `changed_meanwhile`, `wrong_state` (409), `changes_the_past`, `turnover_within_a_month`.
    """
    draft = _existing(given.schedule_id, transaction)
    calendar = _calendar(draft.prices, transaction)
    before = _prices_on(calendar, given.valid_from, transaction)
    today = _today(draft.entity, transaction.now)
    must_be_seen(draft, given.digest, transaction.actor)
    active, calendar = activated(draft, calendar, before, given.valid_from, today)
    who = {"activated_by": transaction.actor, "activated_at": transaction.now, "activated_because": given.reason}
    active = active.but(**who)
    transaction.put(active)
    transaction.put(calendar)
    if given.valid_from <= today + EARLIEST:
        for code in ("no_fee_schedule", "no_fee_rule"):
            transaction.later(RateParked(code=code))
    return _answer(active, calendar, transaction.now)


def end_fees(given: EndFees, transaction: Transaction) -> FeesAnswer:
    """Discards a draft, or withdraws a version before it begins. Rejected `in_force`, `wrong_state` (409)."""
    schedule = _existing(given.schedule_id, transaction)
    calendar = _calendar(schedule.prices, transaction)
    today = _today(schedule.entity, transaction.now)
    ended, left = withdrawn(schedule, calendar, transaction.actor, given.reason, today)
    transaction.put(ended)
    if left.listed != calendar.listed:
        transaction.put(left)
    return _answer(ended, left, transaction.now)


def show_fees(given: FeesById, world: World) -> FeesAnswer:
    """A version or draft of an entity's fees, with its rules."""
    found = _any(given.schedule_id, world.read)
    prices = found.prices if isinstance(found, FeeSchedule) else found.schedule
    return _any_answer(found, _calendar(prices, world.read), world.now)


def search_fees(given: SearchFees, world: World) -> FeesPage:
    """Versions and drafts of fees, those that came with the program first."""
    named = {"entity": given.entity, "currency": given.currency, "state": given.state}
    equals = {name: value for name, value in named.items() if value}
    found = world.read.select(FeeSchedule, limit=given.limit, after=given.page_token, **equals)
    first = [] if given.page_token else [one for one in shipped() if _fits(one, given)]
    both: list[FeeSchedule | Version] = [*first, *found]
    calendars = calendars_of(map(_book, both), world.read)
    items = [_any_answer(one, calendars[_book(one)], world.now) for one in both]
    return FeesPage(items=items, next_page_token=found[-1].id if len(found) == given.limit else "")


def compare_fees(given: CompareFees, world: World) -> FeesDiff:
    """What changes from one version to another, scope by scope; from what is in force today, where none is named."""
    after = _version(given.schedule_id, world)
    calendar = _calendar(after.schedule, world.read)
    listed = calendar.on(_today(after.schedule.entity, world.now))
    against = given.against or (listed.schedule_id if listed else "")
    before = _version(against, world) if against else None
    old = before.schedule if before else after.schedule.model_copy(update={"rules": ()})
    found = differing(old, after.schedule)
    changes = {name: [_change(was, becomes) for was, becomes in pairs] for name, pairs in found.items()}
    return FeesDiff(
        before=against,
        after=given.schedule_id,
        gross_before=before.schedule.gross if before else None,
        gross_after=after.schedule.gross,
        same=len(after.schedule.rules) - len(changes["added"]) - len(changes["changed"]),
        **changes,
    )


def _book(one: FeeSchedule | Version) -> tuple[str, str]:
    """Whose fees in which currency."""
    prices = one.prices if isinstance(one, FeeSchedule) else one.schedule
    return prices.entity, prices.currency


def _checked(given: Stated) -> Prices:
    """Rejected `invalid` or `unknown_entity` where the fees make no sense as a whole."""
    if given.entity not in SELLERS:
        raise Rejected("unknown_entity", f"{given.entity} is no legal entity of ours")
    try:
        return prices_of(given)
    except ValidationError as fault:
        errors = [
            {"pointer": "/rules", "detail": error["msg"], "code": error["type"]}
            for error in fault.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise Rejected("invalid", "the fees contradict themselves", errors=errors) from fault


def _existing(schedule_id: str, read: Reader | Transaction) -> FeeSchedule:
    found = read.find(FeeSchedule, schedule_id)
    if found is not None:
        return found
    if shipped_version(schedule_id, shipped()):
        raise Rejected("wrong_state", "this version came with the program: it is frozen", status=409)
    raise Rejected("not_found", "there is no such fee schedule", status=404)


def _any(schedule_id: str, read: Reader) -> FeeSchedule | Version:
    return shipped_version(schedule_id, shipped()) or _existing(schedule_id, read)


def _version(schedule_id: str, world: World) -> Version:
    found = _any(schedule_id, world.read)
    return found.as_version(_today(found.entity, world.now)) if isinstance(found, FeeSchedule) else found


def _calendar(prices: Prices, read: Reader | Transaction) -> FeeCalendar:
    book = (prices.entity, prices.currency)
    return calendars_of([book], read)[book]


def _prices_on(calendar: FeeCalendar, day: date, transaction: Transaction) -> Prices | None:
    """What is in force on a day."""
    listed = calendar.on(day)
    if listed is None:
        return None
    came = shipped_version(listed.schedule_id, shipped())
    return came.schedule if came else transaction.get(FeeSchedule, listed.schedule_id).prices


def _today(entity: str, now: datetime) -> date:
    seller = SELLERS.get(entity)
    return day_in(seller.time_zone if seller else "UTC", now)


def _fits(version: Version, given: SearchFees) -> bool:
    wanted = (given.entity, given.currency)
    fits = all(want in {"", has} for want, has in zip(wanted, _book(version), strict=True))
    return fits and given.state in {"", "active"}


def _change(before: FeeRule | None, after: FeeRule | None) -> RuleChange:
    rule = after or before
    return RuleChange(scope=str(rule.scope) if rule else "", before=before, after=after)


def _any_answer(found: FeeSchedule | Version, calendar: FeeCalendar, now: datetime) -> FeesAnswer:
    return _answer(found, calendar, now) if isinstance(found, FeeSchedule) else _shipped_answer(found, calendar, now)


def _answer(schedule: FeeSchedule, calendar: FeeCalendar, now: datetime) -> FeesAnswer:
    return FeesAnswer(
        schedule_id=schedule.id,
        digest=schedule.digest,
        state=schedule.state,
        status=status_of(schedule, calendar, _today(schedule.entity, now)),
        version=schedule.number,
        valid_from=schedule.valid_from,
        valid_to=calendar.last_day(schedule.id),
        shipped=False,
        drafted_by=schedule.drafted_by,
        drafted_at=schedule.drafted_at,
        activated_by=schedule.activated_by,
        activated_at=schedule.activated_at,
        reason=schedule.ended_because or schedule.activated_because,
        falls=_falls(schedule.prices),
        allowed=FEE_SCHEDULES.allows(schedule.state),
        **dict(schedule.prices),
    )


def _shipped_answer(version: Version, calendar: FeeCalendar, now: datetime) -> FeesAnswer:
    schedule = version.schedule
    return FeesAnswer(
        schedule_id=version.schedule_id,
        digest=version.digest,
        state="active",
        status=listed_status(version.schedule_id, calendar, _today(schedule.entity, now)),
        valid_to=calendar.last_day(version.schedule_id),
        shipped=True,
        drafted_by=(),
        drafted_at=None,
        activated_by="",
        activated_at=None,
        reason="",
        falls=_falls(schedule),
        allowed=[],
        **dict(schedule),
    )


def _falls(prices: Prices) -> list[Fall]:
    return [
        Fall(rule=str(rule.scope), price_minor=price, fee_minor=fee, fee_beyond_minor=beyond)
        for rule in prices.rules
        for price, fee, beyond in falls(rule)
    ]
