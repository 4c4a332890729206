"""A member is forgotten everywhere but where the law says keep, and every proof still holds."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

import orjson
import pytest

from common.events.invoicing import InvoiceIssued
from common.events.members import MemberChanged, MemberErased
from common.failures import Rejected
from common.parties import SELLERS
from functions.audit import trail
from functions.audit.invariants import prove
from functions.audit.model import Erasure
from functions.charging import handlers as charging
from functions.charging.requests import TakeCharge
from functions.dunning.model import Case
from functions.invoicing.handlers import runs
from functions.invoicing.model.bills import Bill, Recipient
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.runs import Run
from functions.invoicing.requests.runs import ChangeRun, StartRun
from functions.matching.model import Item
from functions.members import handlers as members
from functions.members.model import Member, member_id_of
from functions.members.requests import EraseMember, UpsertMember
from functions.notifications.model import Notification
from functions.payments.bank.entries import AccountStatement, Detail, Entry
from functions.payments.handlers import statements
from functions.payments.requests.statements import StatementFile
from tests.kit import Platform

CANARIES = ("Kanarienvogel", "canary@aviary.example", "Voliere", "DE02120300000000202051", "pm_canary")
KEPT = {"invoices", "manifest_pages", "receipts"}
"""Where a canary may still sing: what was issued, what it was issued from, and the bank's own words."""
MEMBER = member_id_of("m-1")


class Post:
    """A mail server that takes everything."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def sendmail(self, *_: Any) -> None:
        pass


def register(platform: Platform, member: str, name: str, email: str, street: str) -> None:
    given = {
        "external_id": member,
        "kind": "private",
        "name": name,
        "email": email,
        "payment_token": f"pm_{email.partition('@')[0]}",
    }
    address = {"street": street, "city": "Köln", "postcode": "50667", "country": "DE"}
    platform.do(members.upsert_member, UpsertMember.model_validate({**given, "address": address}))
    platform.settle()


def charge(platform: Platform, member: str, charge_id: str, on: str) -> None:
    given = {"charge": charge_id, "member": member, "currency": "EUR", "kind": "commission", "description": "A sale"}
    platform.do(charging.take_charge, TakeCharge.model_validate({**given, "occurred_on": on, "amount_minor": 1_000}))
    platform.settle()


def start(platform: Platform, cut_off: date) -> str:
    """A billing run that has frozen its manifest."""
    run_id = str(platform.do(runs.start_run, StartRun(entity="MP", cut_off=cut_off))["id"])
    platform.settle()
    return run_id


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A member with a paid, once overdue invoice, and another one who lives on."""
    monkeypatch.setattr("functions.notifications.providers.mailing.smtplib.SMTP", Post)
    areas = ("members", "charging", "invoicing", "payments", "matching", "notifications", "dunning", "accounting")
    made = Platform(*areas, "audit", "relay")
    register(made, "m-1", "Karla Kanarienvogel", "canary@aviary.example", "Voliere 1")
    register(made, "m-2", "Lena Lerche", "lark@meadow.example", "Wiese 2")
    for member in ("m-1", "m-2"):
        charge(made, member, f"c-{member}", "2026-09-15")
    made.do(runs.release_run, ChangeRun(run_id=start(made, date(2026, 9, 30)), reason="looks right"))
    made.advance_to(datetime(2026, 11, 20, 8, tzinfo=UTC))
    return made


def pay(platform: Platform) -> None:
    issued = next(one for one in platform.events(InvoiceIssued) if one.member_id == MEMBER)
    assert isinstance(issued, InvoiceIssued)
    booked_on = platform.clock.now().date()
    payment = Detail(
        amount_minor=issued.total_minor,
        references=(issued.reference,),
        payer_name="Karla Kanarienvogel",
        payer_iban="DE02120300000000202051",
    )
    money = Entry(amount_minor=issued.total_minor, booked_on=booked_on, details=(payment,), bank_reference="A1")
    statement = AccountStatement(
        format="camt.053",
        account=SELLERS["MP"].iban,
        number="S1",
        currency="EUR",
        opened_on=booked_on,
        closed_on=booked_on,
        opening_minor=0,
        closing_minor=issued.total_minor,
        entries=(money,),
    )
    platform.do(statements.take_statements, StatementFile(statements=(statement,)))
    platform.advance_to(platform.clock.now() + timedelta(hours=1))


def erase(platform: Platform, key: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = platform.do(members.erase_member, EraseMember(member_id=MEMBER, reason="art. 17"), key=key)
    platform.settle()
    return answer


def singing(platform: Platform, collection: str) -> int:
    """How many documents of a collection still hold a canary."""
    held = platform.engine.select(collection, {}, limit=100_000)
    return sum(any(canary in str(stored.fields) for canary in CANARIES) for stored in held)


def documents(platform: Platform) -> set[str]:
    return set(platform.engine._collections) - {"commits"}


def test_everything_holds_the_member_before_they_are_erased(platform: Platform) -> None:
    pay(platform)
    full = {name for name in documents(platform) if singing(platform, name)}
    assert full == KEPT | {"members", "recipients", "addressees", "items", "dunning_cases", "notifications"}


def test_after_an_erasure_no_document_outside_what_the_law_keeps_knows_the_member(platform: Platform) -> None:
    pay(platform)
    erase(platform)
    assert {name for name in documents(platform) if singing(platform, name)} <= KEPT
    assert platform.read.count(Notification, member_id=MEMBER) >= 3
    assert singing(platform, "invoices") == 1


def test_after_an_erasure_commit_records_know_the_member_only_where_the_law_keeps_them(platform: Platform) -> None:
    pay(platform)
    before = singing(platform, "commits")
    erase(platform)
    platform.advance_to(platform.clock.now() + timedelta(days=31))
    kept = [
        record
        for record in platform.runtime.world.records()
        if any(canary in orjson.dumps(record.body).decode() for canary in CANARIES)
    ]
    grounds = {
        *(f"documents/{entry['kind']}" for record in kept for entry in record.body["documents"]),
        *(event["name"] for record in kept for event in record.body["events"]),
    }
    assert before > 15
    assert len(kept) == singing(platform, "commits") < 8
    assert all(
        {"invoices", "manifest_pages", "receipts"} & {entry["kind"] for entry in record.body["documents"]}
        or "payment.received" in {event["name"] for event in record.body["events"]}
        for record in kept
    ), grounds


def test_after_an_erasure_every_chain_and_every_invariant_holds(platform: Platform) -> None:
    pay(platform)
    assert prove(platform.runtime.world) == []
    erase(platform)
    platform.advance_to(platform.clock.now() + timedelta(days=31))
    world = platform.runtime.world
    assert [record.faults for record in world.records() if record.faults] == []
    assert prove(world) == []
    shown = trail.steps(f"members/{MEMBER}", world.records(documents=f"members/{MEMBER}"))
    assert [step.body["name"] for step in shown] == [{"personal": MEMBER}, "[erased]"]
    assert list(trail.faults("m", shown, world.stored("members", MEMBER))) == []


def test_every_erasure_leaves_its_proof_and_a_loss_without_one_is_found(platform: Platform) -> None:
    pay(platform)
    erase(platform)
    platform.advance_to(platform.clock.now() + timedelta(days=31))
    proofs = platform.all(Erasure)
    assert {proof.look for proof in proofs} == {0, 1, 2}
    assert {proof.reason for proof in proofs} == {"art. 17"}
    assert sum(proof.values for proof in proofs) > 20
    assert sum((Counter(proof.kept) for proof in proofs), Counter())["an invoice"] == 3
    known = {(record, proof.member_id) for proof in proofs for record in proof.records}
    records = platform.runtime.world.records()
    assert list(trail.erased_without_proof(records, known)) == []
    assert len(list(trail.erased_without_proof(records, set()))) >= len(known)


def test_nobody_else_is_forgotten(platform: Platform) -> None:
    before = {name: at(platform, name) for name in documents(platform)}
    erase(platform)
    platform.advance_to(platform.clock.now() + timedelta(hours=2))
    assert {name: at(platform, name) for name in before} == before
    assert all("m-2" not in str(record.erased) for record in platform.runtime.world.records())


def at(platform: Platform, collection: str) -> list[str]:
    held = platform.engine.select(collection, {}, limit=100_000)
    return [stored.fields["body"] for stored in held if "Lerche" in str(stored.fields)]


def test_others_learn_it_like_any_change(platform: Platform) -> None:
    answer = erase(platform)
    (gone,) = platform.events(MemberErased)
    newest = max(
        e.revision for e in platform.events(MemberChanged) if isinstance(e, MemberChanged) and e.member_id == MEMBER
    )
    recipient = platform.read.find(Recipient, MEMBER)
    assert recipient is not None
    assert (recipient.buyer.erased, recipient.revision) == (True, newest)
    assert isinstance(gone, MemberErased)
    assert answer["revision"] == gone.revision == newest
    assert "open items" in answer["not_checked"]


def test_what_is_owed_stays_owed_without_a_name_and_nobody_is_written_to(platform: Platform) -> None:
    erase(platform)
    sent = platform.read.count(Notification, member_id=MEMBER, state="sent")
    platform.advance_to(platform.clock.now() + timedelta(days=60))
    (item,) = platform.read.select(Item, member_id=MEMBER)
    (case,) = platform.read.select(Case, member_id=MEMBER)
    assert (item.open_minor, item.buyer_name, item.email, case.buyer_name) == (1_190, "[erased]", "", "[erased]")
    assert platform.read.count(Notification, member_id=MEMBER, state="sent") == sent


def test_a_charge_left_over_is_never_invoiced_to_nobody(platform: Platform) -> None:
    charge(platform, "m-1", "c-late", "2026-10-15")
    erase(platform)
    run_id = start(platform, date(2026, 10, 31))
    run = platform.read.find(Run, run_id)
    assert run is not None
    assert (run.invoices, run.skipped, platform.read.count(Invoice, member_id=MEMBER)) == (0, 1, 1)
    assert [len(one.lines) for one in platform.all(Bill) if one.member_id == MEMBER] == [1]


def test_an_erased_member_stays_erased(platform: Platform) -> None:
    first = erase(platform)
    assert erase(platform) == first
    assert len(platform.events(MemberErased)) == 1
    with pytest.raises(Rejected, match="member_erased"):
        register(platform, "m-1", "Karla Kanarienvogel", "canary@aviary.example", "Voliere 1")
    member = platform.read.find(Member, MEMBER)
    assert member is not None
    assert (member.name, member.email, member.search, member.external_id) == ("[erased]", "", ("m-1",), "m-1")


def test_an_unknown_member_and_an_erasure_without_a_reason_are_refused(platform: Platform) -> None:
    with pytest.raises(Rejected, match="not_found"):
        platform.do(members.erase_member, EraseMember(member_id="mem_9", reason="art. 17"))
    with pytest.raises(ValueError, match="reason"):
        EraseMember(member_id=MEMBER, reason="")
