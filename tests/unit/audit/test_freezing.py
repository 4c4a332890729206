"""A broken invariant stops what would move one member's money, leaves the others alone, and loses nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

import pytest

from common.documents import canonical, id_from
from common.events.audit import FindingResolved, InvariantBroken
from common.events.dunning import ReminderDue
from common.events.payments import PaymentRequested
from common.failures import Rejected
from common.functions.entry import tick
from common.parking import Freeze
from common.ports import Write
from functions.accounting.model.journals import Journal
from functions.audit.api import list_findings
from functions.audit.findings import Finding, ProveMembers, shards
from functions.audit.handlers import proving
from functions.audit.requests import FindingList, Resolve
from functions.charging import handlers as charging
from functions.charging.requests import TakeCharge
from functions.dunning.model import DunningFreeze
from functions.invoicing.handlers import runs
from functions.invoicing.model.bills import Bill, InvoicingFreeze
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.manifests import Page
from functions.invoicing.requests.runs import ChangeRun, StartRun
from functions.matching.model import Item
from functions.members import handlers as members
from functions.members.requests import MergeMember, UpsertMember
from functions.payments.model.payments import Payment, PaymentFreeze
from tests.kit import Platform

AREAS = (
    "members", "charging", "invoicing", "payments", "matching", "notifications", "dunning", "accounting", "audit",
)  # fmt: skip
ANNA, BRUNO = id_from("mem", "anna"), id_from("mem", "bruno")
START = datetime(2026, 10, 1, 8, tzinfo=UTC)
ABSENT = {"payments-charge-attempts", "payments-ask-provider", "invoicing-render-invoices", "accounting-send-batch"}
"""What talks to the outside is not asked here."""


class Post:
    """Takes everything."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def sendmail(self, *_: Any) -> None:
        pass


def register(platform: Platform, member: str, method: str) -> None:
    address = {"street": "Weg 1", "city": "Köln", "postcode": "50667", "country": "DE"}
    given = {"external_id": member, "kind": "private", "name": member, "email": f"{member}@example.org"}
    more = {"address": address, "payment_method": method, "payment_token": "pm_1" if method == "card" else ""}
    platform.do(members.upsert_member, UpsertMember.model_validate({**given, **more}))


def charge(platform: Platform, member: str, number: int, on: str) -> None:
    given = {"charge": f"{member}-{number}", "member": member, "currency": "EUR", "kind": "commission"}
    more = {"description": "A sale", "occurred_on": on, "amount_minor": 1_000}
    platform.do(charging.take_charge, TakeCharge.model_validate({**given, **more}))


def opened(method: str) -> Platform:
    """Two members with an invoice each, and charges that are still to be billed."""
    made = Platform(*AREAS, start=START)
    made.bus.functions = [function for function in made.bus.functions if function.name not in ABSENT]
    for member in ("anna", "bruno"):
        register(made, member, method)
    made.settle()
    for member in ("anna", "bruno"):
        charge(made, member, 1, "2026-09-15")
    bill(made, date(2026, 9, 30))
    for member in ("anna", "bruno"):
        charge(made, member, 2, "2026-10-01")
    made.settle()
    return made


@pytest.fixture(autouse=True)
def _post(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.notifications.providers.mailing.smtplib.SMTP", Post)


@pytest.fixture
def platform() -> Platform:
    return opened("transfer")


def bill(platform: Platform, cut_off: date) -> str:
    """A whole run; its id."""
    platform.settle()
    run_id = str(platform.do(runs.start_run, StartRun(entity="MP", cut_off=cut_off))["id"])
    platform.settle()
    platform.do(runs.release_run, ChangeRun(run_id=run_id, reason="looks right"))
    platform.advance_to(platform.clock.now() + timedelta(minutes=1))
    return run_id


def tamper(platform: Platform, member: str = ANNA) -> None:
    """Somebody edits a member's open items behind the platform's back, in a way no sum shows."""
    for item in [one for one in platform.all(Item) if one.member_id == member]:
        body = {**item.model_dump(mode="json"), "reference": "RF1"}
        stored = platform.engine.load([("items", item.id)])[0]
        assert stored is not None
        platform.engine._put(Write("items", item.id, {**stored.fields, "body": canonical(body).decode()}))


def misbook(platform: Platform, member: str = ANNA, *, to: int = 1_191) -> None:
    """Somebody edits the journal of a member's first invoice, 11.90 EUR, so that it still balances."""
    invoiced = min(
        (one for one in platform.all(Journal) if one.member_id == member and one.document_type == "DR"),
        key=lambda journal: str(journal.document),
    )
    body = invoiced.model_dump(mode="json")
    body["postings"][0]["debit_minor"] = to
    body["postings"][1]["credit_minor"] = to - body["postings"][2]["credit_minor"]
    stored = platform.engine.load([("journals", invoiced.id)])[0]
    assert stored is not None
    platform.engine._put(Write("journals", invoiced.id, {**stored.fields, "body": canonical(body).decode()}))


def begin_night(platform: Platform) -> None:
    """The first look of a night's proof."""
    platform.bus.fire("audit-prove")
    platform.advance_to(platform.clock.now() + timedelta(minutes=1))


def night(platform: Platform) -> None:
    """The proof of a night, with its further looks."""
    begin_night(platform)
    platform.advance_to(platform.clock.now() + timedelta(hours=2))


def findings(platform: Platform, **asked: Any) -> list[Any]:
    page = list_findings(FindingList.model_validate(asked), platform.runtime.world)
    return [(one.member_id, one.rule, one.state) for one in page.items]


def resolve(platform: Platform) -> None:
    for one in platform.all(Finding):
        if one.state == "open":
            given = Resolve(finding_id=one.id, reason="looked into it, it is a test")
            platform.do(proving.resolve_finding, given, actor="staff:eva")
    platform.settle()


def frozen(platform: Platform, kind: type[Freeze]) -> set[str]:
    return {one.id for one in platform.all(kind) if one.frozen}


def test_a_night_in_which_all_holds_finds_nothing(platform: Platform) -> None:
    night(platform)
    assert findings(platform) == []
    assert platform.events(InvariantBroken) == []


def test_what_is_broken_is_told_once_it_was_seen_again_and_freezes_that_member_alone(platform: Platform) -> None:
    misbook(platform)
    begin_night(platform)
    assert {(member, state) for member, _, state in findings(platform)} == {(ANNA, "suspected")}
    assert platform.events(InvariantBroken) == []
    platform.advance_to(platform.clock.now() + timedelta(hours=2))
    told = platform.events(InvariantBroken)
    assert {event.member_id for event in told} == {ANNA}
    assert (ANNA, "receivables_are_what_is_open", "open") in findings(platform, state="open", member_id=ANNA)
    for kind in (InvoicingFreeze, PaymentFreeze, DunningFreeze):
        assert frozen(platform, kind) == {ANNA}


def test_an_open_finding_is_told_once_however_many_nights_it_lasts(platform: Platform) -> None:
    misbook(platform)
    for _ in range(3):
        night(platform)
        platform.advance_to(platform.clock.now() + timedelta(days=1))
    told = [
        event
        for event in platform.events(InvariantBroken)
        if getattr(event, "rule", "") == "receivables_are_what_is_open"
    ]
    assert len(told) == 1


def test_what_is_on_its_way_between_areas_is_not_believed(platform: Platform) -> None:
    platform.bus.functions, kept = (
        [f for f in platform.bus.functions if f.name != "matching-open-items"],
        platform.bus.functions,
    )
    bill(platform, date(2026, 10, 1))
    begin_night(platform)
    assert {state for *_, state in findings(platform)} == {"suspected"}
    platform.bus.functions = kept
    for stored in platform.engine.select("commits", {}, limit=10_000):
        record = platform.runtime.record(stored.id)
        if record is not None and record.body["function"] == "invoicing-issue-page":
            platform.runtime.publish(record)
    platform.advance_to(platform.clock.now() + timedelta(hours=2))
    assert {state for *_, state in findings(platform)} == {"closed"}
    assert platform.events(InvariantBroken) == []


def test_a_frozen_members_bill_waits_and_is_issued_once_they_are_resolved(platform: Platform) -> None:
    misbook(platform)
    night(platform)
    before = len(platform.all(Invoice))
    run_id = bill(platform, date(2026, 10, 1))
    skipped = [(one.member_id, one.reason) for p in platform.all(Page) if p.run_id == run_id for one in p.skipped]
    assert skipped == [(ANNA, "frozen")]
    assert len(platform.all(Invoice)) == before + 1
    resolve(platform)
    bill(platform, date(2026, 10, 1))
    assert sorted(one.member_id for one in platform.all(Invoice)) == sorted([ANNA, ANNA, BRUNO, BRUNO])
    assert not any(one.lines for one in platform.all(Bill))


def test_a_frozen_member_is_not_reminded_until_they_are_resolved(platform: Platform) -> None:
    misbook(platform)
    night(platform)
    platform.advance_to(datetime(2026, 10, 25, tzinfo=UTC))
    assert {event.member_id for event in platform.events(ReminderDue)} == {BRUNO}
    resolve(platform)
    platform.advance_to(platform.clock.now() + timedelta(days=2))
    assert {event.member_id for event in platform.events(ReminderDue)} == {ANNA, BRUNO}


def test_nothing_is_collected_from_a_frozen_member_until_they_are_resolved() -> None:
    platform = opened("card")
    platform.advance_to(datetime(2026, 10, 16, tzinfo=UTC))
    misbook(platform)
    night(platform)
    platform.do(lambda _, unit: unit.put(unit.get(InvoicingFreeze, ANNA).but(findings=())), None)
    bill(platform, date(2026, 10, 1))
    platform.advance_to(datetime(2026, 10, 31, tzinfo=UTC))
    assert sorted(event.member_id for event in platform.events(PaymentRequested)) == sorted([ANNA, BRUNO, BRUNO])
    held = [one for one in platform.all(Payment) if not one.attempts]
    assert [(one.member_id, one.state) for one in held] == [(ANNA, "requested")]
    platform.advance_to(platform.clock.now() + timedelta(days=3))
    assert [one.attempts for one in platform.all(Payment) if one.id == held[0].id] == [()]
    resolve(platform)
    platform.advance_to(platform.clock.now() + timedelta(days=1))
    (begun,) = (one for one in platform.all(Payment) if one.id == held[0].id)
    assert [attempt.state for attempt in begun.attempts] == ["sent"]
    assert len([e for e in platform.events(PaymentRequested) if getattr(e, "payment_id", "") == begun.id]) == 1


def test_what_holds_again_is_closed_by_the_next_night_and_goes_on(platform: Platform) -> None:
    misbook(platform)
    night(platform)
    misbook(platform, to=1_190)
    platform.advance_to(platform.clock.now() + timedelta(days=7))
    for _ in range(7):
        night(platform)
        platform.advance_to(platform.clock.now() + timedelta(days=1))
    assert {state for *_, state in findings(platform)} == {"closed"}
    assert {getattr(event, "by", "") for event in platform.events(FindingResolved)} == {"proof"}
    assert frozen(platform, InvoicingFreeze) == set()


def test_a_charge_that_moved_to_the_account_that_goes_on_is_missed_nowhere_and_none_is_lost(platform: Platform) -> None:
    platform.do(members.merge_member, MergeMember(member_id="bruno", into="anna", reason="the same person"))
    platform.settle()
    assert [len(one.lines) for one in platform.all(Bill) if one.member_id == ANNA] == [2]
    night(platform)
    assert findings(platform) == []
    bill_ = next(one for one in platform.all(Bill) if one.member_id == ANNA)
    stored = platform.engine.load([("bills", bill_.id)])[0]
    assert stored is not None
    lost = canonical(bill_.but(lines=bill_.lines[:1]).model_dump(mode="json")).decode()
    platform.engine._put(Write("bills", bill_.id, {**stored.fields, "body": lost}))
    night(platform)
    assert (ANNA, "a_charge_is_on_one_line", "open") in findings(platform)


def test_what_somebody_looked_into_does_not_freeze_again_but_new_evidence_does(platform: Platform) -> None:
    misbook(platform)
    night(platform)
    resolve(platform)
    platform.advance_to(platform.clock.now() + timedelta(days=7))
    night(platform)
    assert frozen(platform, InvoicingFreeze) == set()
    misbook(platform, to=1_192)
    platform.advance_to(platform.clock.now() + timedelta(days=1))
    night(platform)
    assert frozen(platform, InvoicingFreeze) == {ANNA}


def test_a_rewritten_history_is_found_within_seven_nights(platform: Platform) -> None:
    tamper(platform)
    for _ in range(7):
        night(platform)
        platform.advance_to(platform.clock.now() + timedelta(days=1))
    assert findings(platform, state="open") == [(ANNA, "replay_is_what_is_stored", "open")]


def test_only_an_open_finding_can_be_resolved_and_only_with_a_reason(platform: Platform) -> None:
    misbook(platform)
    begin_night(platform)
    suspected = platform.all(Finding)[0]
    with pytest.raises(Rejected, match="wrong_state"):
        platform.do(proving.resolve_finding, Resolve(finding_id=suspected.id, reason="too early"))
    with pytest.raises(Rejected, match="not_found"):
        platform.do(proving.resolve_finding, Resolve(finding_id="fnd_none", reason="nothing there"))
    with pytest.raises(ValueError, match="reason"):
        Resolve(finding_id=suspected.id, reason="")


def test_news_of_a_finding_in_the_wrong_order_ends_as_the_newest_says() -> None:
    platform = Platform("invoicing")
    known = {"member_id": ANNA, "finding_id": "fnd_1", "numbers": (12,), "rule": "totals_add_up"}
    broken = InvariantBroken.model_validate({**known, "revision": 2, "says": "Totals add up.", "evidence": ("e",)})
    over = FindingResolved.model_validate({**known, "revision": 3, "by": "proof", "reason": "it holds again"})
    platform.tell(over)
    platform.tell(broken)
    assert frozen(platform, InvoicingFreeze) == set()
    platform.tell(broken.model_copy(update={"revision": 5}), broken.model_copy(update={"member_id": ""}))
    assert frozen(platform, InvoicingFreeze) == {ANNA}


def test_every_member_is_in_exactly_one_range_whatever_their_id() -> None:
    ranges = [(task.after, task.until) for task in shards(1)]
    for member_id in (ANNA, BRUNO, "mem_0", "mem_1", "anna", "zoe", "mem_f", "mem_ffff"):
        assert sum(after < member_id and (not until or member_id <= until) for after, until in ranges) == 1, member_id
    assert len(ranges) == 16


def test_many_members_are_gone_through_page_by_page() -> None:
    platform = Platform("members", "audit")
    for number in range(60):
        register(platform, f"member-{number}", "transfer")
    platform.settle()
    task = ProveMembers(after="", until="", night=1)
    platform.do(lambda _, unit: unit.later(task), None)
    platform.settle()
    pages = [r for r in platform.runtime.world.records() if r.body["function"] == "audit-prove-members"]
    assert sorted(len(page.body["tasks"]) for page in pages) == [0, 1, 1]


def test_a_night_that_was_missed_is_not_caught_up(platform: Platform) -> None:
    function = next(f for f in platform.bus.functions if f.name == "audit-prove")
    platform.runtime.deliver(function, tick(function, platform.clock.now() - timedelta(days=2)))
    assert not [task for _, _, task in platform.engine.tasks if task.name == "audit.prove_members"]


def test_what_is_told_is_logged_for_the_alert(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    misbook(platform)
    night(platform)
    lines = [line for line in capsys.readouterr().err.splitlines() if '"broken invariant"' in line]
    assert lines
    assert all(ANNA in line and '"numbers":[' in line for line in lines)
