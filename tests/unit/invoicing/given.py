"""What a test of `invoicing` starts from: a buyer, charges, a platform that has them, a run."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from common.documents import id_from
from common.events.charging import ChargeAccepted
from common.events.members import MemberChanged
from common.parties import Address, Buyer
from common.ports import Message
from functions.invoicing.handlers import runs
from functions.invoicing.model.bills import Bill, BillLine
from functions.invoicing.requests.runs import ChangeRun, RunAnswer, StartRun
from tests.kit import Platform

SEPTEMBER = date(2026, 9, 30)


def buyer(member: str = "anna", country: str = "DE", *, business: bool = False, **facts: Any) -> Buyer:
    """A private person in Germany, unless said otherwise."""
    address = Address(street="Lindenweg 3", city="Trier", postcode="54290", country=country)
    more: dict[str, Any] = {"name": member.title(), "email": f"{member}@example.com", **facts}
    return Buyer(member_id=member, business=business, address=address, **more)


def changed(someone: Buyer, revision: int = 1) -> MemberChanged:
    """A member as `members` tells it."""
    return MemberChanged(member_id=someone.member_id, revision=revision, buyer=someone, segment="standard")


def charge(charge_id: str, amount_minor: int = 1_000, member: str = "anna", **facts: Any) -> ChargeAccepted:
    """A charge of September."""
    told: dict[str, Any] = {
        "charge_id": charge_id,
        "member_id": member,
        "entity": "MP",
        "currency": "EUR",
        "amount_minor": amount_minor,
        "kind": "listing",
        "description": "Listing fee",
        "occurred_on": date(2026, 9, 15),
        "rule": "flat 10.00 EUR",
    }
    return ChargeAccepted(**(told | facts))


def bill(*charges: ChargeAccepted) -> Bill:
    """An open bill with these charges."""
    lines = tuple(BillLine.of(one) for one in charges)
    return Bill.for_charge(charges[0]).but(lines=lines, open=True)


def message(key: str, *facts: Any) -> Message:
    """A message a test may deliver as often as it likes."""
    bodies = tuple(fact.model_dump(mode="json") for fact in facts)
    ids = tuple(f"{key}.{n}" for n in range(len(facts)))
    return Message(facts[0].name, key, bodies, datetime(2026, 10, 1, 8, tzinfo=UTC), ids)


def platform(members: int = 0, **settings: Any) -> Platform:
    """A platform on 1 October 2026 with so many members, each with one charge of 10.00 EUR."""
    made = Platform("invoicing", **settings)
    if members:
        names = [f"member-{n:04d}" for n in range(members)]
        made.tell(*(changed(buyer(name)) for name in names))
        made.tell(*(charge(f"c-{name}", member=name) for name in names))
    return made


def without_documents(members: int = 0, **settings: Any) -> Platform:
    """The same where nothing is rendered: what documents say is tested elsewhere, and each takes a while."""
    made = platform(members, **settings)
    made.bus.functions = [function for function in made.bus.functions if "-render-" not in function.name]
    return made


def start(here: Platform, cut_off: date = SEPTEMBER) -> RunAnswer:
    """Starts a run and lets it freeze."""
    started = RunAnswer.model_validate(here.do(runs.start_run, StartRun(entity="MP", cut_off=cut_off)))
    here.settle()
    return started


def release(here: Platform, run_id: str) -> None:
    """Releases a run and lets it finish."""
    here.do(runs.release_run, ChangeRun(run_id=run_id, reason="looks right"))
    here.advance_to(here.clock.now() + timedelta(seconds=30))


def billed(here: Platform) -> str:
    """A whole run; its id."""
    run_id = start(here).id
    release(here, run_id)
    return run_id


def bill_of(member: str) -> str:
    """The id of a member's bill in euro."""
    return id_from("bill", "MP", member, "EUR")
