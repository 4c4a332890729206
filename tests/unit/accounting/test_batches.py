"""Which days become batches, that each journal is in SAP exactly once, and that every line leads back to journals."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.events.accounting import BatchAccepted
from common.failures import Rejected
from functions.accounting import queries
from functions.accounting.handlers import batches as handlers
from functions.accounting.handlers import debtors, drilling
from functions.accounting.model import batches as model
from functions.accounting.model.batches import BATCH, SapBatch, SapPage
from functions.accounting.model.journals import Journal
from functions.accounting.requests import BalanceAsked, JournalsAsked, Resending, Reversing
from functions.accounting.requests_of_sap import DebtorSet, SapDocumentAsked
from functions.accounting.sap.split import MOST_LINES
from tests.kit import Platform
from tests.unit import told
from tests.unit.accounting.sap.register import Register, platform_with

NIGHT = datetime(2026, 10, 2, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def platform(register: Register) -> Platform:
    return platform_with(register)


def close_day(platform: Platform, at: datetime = NIGHT) -> None:
    platform.advance_to(at)
    platform.bus.fire("accounting-close-day")
    platform.settle()


def batches(platform: Platform) -> list[SapBatch]:
    return sorted(platform.all(SapBatch), key=lambda batch: batch.number)


def books(platform: Platform) -> dict[tuple[str, str], int]:
    """What our journals come to on each account and currency."""
    sums: dict[tuple[str, str], int] = {}
    for journal in platform.all(Journal):
        for line in journal.postings:
            key = (line.account, journal.currency)
            sums[key] = sums.get(key, 0) + line.debit_minor - line.credit_minor
    return {key: amount for key, amount in sums.items() if amount}


def post_late(platform: Platform, name: str) -> Journal:
    """A journal of a day that was closed, whose id may be anywhere among the others."""
    known = platform.all(Journal)[0].model_dump()
    late = Journal.model_validate({**known, "id": name, "document": name, "version": 0})
    platform.do(lambda given, unit: unit.put(given), late)
    return late


def test_a_day_without_journals_makes_no_batch(platform: Platform) -> None:
    close_day(platform)
    assert batches(platform) == []


def test_a_day_that_is_not_over_is_not_closed(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.bus.fire("accounting-close-day")
    platform.settle()
    assert batches(platform) == []


def test_a_trial_balance_has_bounds(platform: Platform) -> None:
    for day_to in (date(2026, 9, 30), date(2027, 10, 1)):
        with pytest.raises(Rejected, match="wrong_range"):
            queries.show_balance(BalanceAsked(day_from=date(2026, 10, 1), day_to=day_to), platform.runtime.world)


def test_a_sent_batch_can_only_be_answered() -> None:
    assert BATCH.allows("sent") == ["accept", "reject", "lose"]
    assert BATCH.allows("accepted") == ["reverse"]
    assert BATCH.allows("reversed") == BATCH.allows("void") == []


@pytest.mark.parametrize("names", [["jrn_0"], ["jrn_zz"], ["jrn_0", "jrn_5", "jrn_zz"]])
def test_a_journal_that_comes_after_a_batch_was_sealed_goes_into_a_supplement(
    platform: Platform, register: Register, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "PAGE", 3)
    monkeypatch.setattr(handlers, "PAGE", 3)
    platform.tell(*(told.invoice_issued(f"MP-2026-{n:07}") for n in range(8)))
    close_day(platform)
    (sealed,) = batches(platform)
    for name in names:
        post_late(platform, name)
    close_day(platform, NIGHT + DAY)
    first, supplement = batches(platform)
    assert (first.digest, first.parts, first.journals) == (sealed.digest, sealed.parts, 8)
    assert (supplement.number, supplement.journals, supplement.state) == (1, len(names), "accepted")
    close_day(platform, NIGHT + 2 * DAY)
    assert len(batches(platform)) == 2
    assert register.balance() == books(platform)


def test_journals_that_come_late_again_and_again_are_each_posted_once(platform: Platform, register: Register) -> None:
    platform.tell(told.invoice_issued(), told.payment_received())
    for nights in range(3):
        close_day(platform, NIGHT + nights * DAY)
        post_late(platform, f"jrn_{nights}")
    close_day(platform, NIGHT + 3 * DAY)
    assert [batch.journals for batch in batches(platform)] == [2, 1, 1, 1]
    assert register.balance() == books(platform)


def test_the_trial_balance_is_the_same_with_supplements(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    close_day(platform)
    post_late(platform, "jrn_0")
    close_day(platform, NIGHT + DAY)
    shown = queries.show_balance(
        BalanceAsked(day_from=date(2026, 10, 1), day_to=date(2026, 10, 1)), platform.runtime.world
    )
    assert (shown.batches, shown.journals, shown.debit_minor, shown.credit_minor) == (2, 0, 23_800, 23_800)


def test_a_full_batch_is_sealed_and_the_rest_of_the_day_supplements_it(
    platform: Platform, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "PAGE", 2)
    monkeypatch.setattr(handlers, "PAGE", 2)
    monkeypatch.setattr(model, "FULL", 4)
    platform.bus.disorder = True
    events = [told.invoice_issued(f"MP-2026-{n:07}", who=told.buyer(member_id=f"mem_{n}")) for n in range(11)]
    for n in range(11):
        platform.do(debtors.set_debtor, DebtorSet(member_id=f"mem_{n}", debtor=str(1000 + n), reason="key account"))
    platform.tell(*events)
    close_day(platform)
    found = batches(platform)
    assert len(found) > 2
    assert {batch.state for batch in found} == {"accepted"}
    assert sum(batch.journals for batch in found) == 11
    assert register.balance() == books(platform)


def test_parts_that_sap_refuses_are_sent_again_alone(platform: Platform, register: Register) -> None:
    register.script = ["accepted", "rejected"]
    platform.tell(told.invoice_issued(), told.payment_received())
    close_day(platform)
    (batch,) = batches(platform)
    assert batch.state == "rejected"
    assert [part.posting.state for part in batch.parts] == ["accepted", "rejected"]
    assert platform.events(BatchAccepted) == []
    platform.do(handlers.resend, Resending(batch_id=batch.id, reason="the account was opened"))
    platform.settle()
    (after,) = batches(platform)
    assert after.state == "accepted"
    assert register.asked.count(after.parts[0].posting.message_id) == 1
    assert after.parts[1].posting.attempt == 2
    assert register.balance() == books(platform)
    assert len(platform.events(BatchAccepted)) == 1


def test_a_document_number_that_stands_for_another_message_is_not_believed(
    platform: Platform, register: Register
) -> None:
    register.number = "1800000000"
    platform.tell(told.invoice_issued(), told.payment_received())
    close_day(platform)
    (batch,) = batches(platform)
    assert batch.state == "unknown"
    assert [part.posting.state for part in batch.parts] == ["accepted", "unknown"]
    assert "stands for message" in batch.reason
    register.number = ""
    platform.advance_to(NIGHT + timedelta(minutes=11))
    assert batches(platform)[0].state == "accepted"


def test_answers_to_an_earlier_attempt_change_nothing(platform: Platform, register: Register) -> None:
    register.script = ["rejected"]
    platform.tell(told.invoice_issued())
    close_day(platform)
    (batch,) = batches(platform)
    stale = model.SendBatch(batch_id=batch.id)
    answer = drilling_answer(batch)
    platform.do(handlers.resend, Resending(batch_id=batch.id, reason="again"))
    platform.do(lambda given, unit: handlers.record_answers([stale], [[given]], unit), answer)
    assert batches(platform)[0].state == "sent"


def drilling_answer(batch: SapBatch) -> Any:
    from functions.accounting.model.parts import SapAnswer

    return SapAnswer(message_id=batch.parts[0].posting.message_id, kind="accepted", document="1800000009", year="2026")


def test_a_reversed_batch_is_mirrored_and_its_journals_are_posted_anew(platform: Platform, register: Register) -> None:
    platform.tell(told.invoice_issued(), told.payment_received())
    close_day(platform)
    (batch,) = batches(platform)
    platform.do(handlers.reverse, Reversing(batch_id=batch.id, reason="posted to the wrong customer"))
    platform.settle()
    first, again = batches(platform)
    assert (first.state, again.state, again.journals) == ("reversed", "accepted", 2)
    assert all(part.reversal and part.reversal.document for part in first.parts)
    assert len(register.posted) == 6
    assert register.balance() == books(platform)
    with pytest.raises(Rejected, match="wrong_state"):
        platform.do(handlers.reverse, Reversing(batch_id=batch.id, reason="and once more"))
    platform.do(handlers.reverse, Reversing(batch_id=again.id, reason="the same again"))
    platform.settle()
    assert [one.state for one in batches(platform)] == ["reversed", "reversed", "accepted"]
    assert register.balance() == books(platform)


def test_a_reversal_that_sap_refuses_waits_for_staff(platform: Platform, register: Register) -> None:
    platform.tell(told.invoice_issued())
    close_day(platform)
    (batch,) = batches(platform)
    register.script = ["rejected", "unknown"]
    platform.do(handlers.reverse, Reversing(batch_id=batch.id, reason="wrong period"))
    platform.settle()
    assert (batches(platform)[0].state, batches(platform)[0].allowed) == ("unreversed", ["resend"])
    platform.do(handlers.resend, Resending(batch_id=batch.id, reason="the period is open"))
    platform.settle()
    assert batches(platform)[0].state == "reversing"
    platform.advance_to(NIGHT + timedelta(minutes=11))
    platform.settle()
    assert [one.state for one in batches(platform)] == ["reversed", "accepted"]
    assert register.balance() == books(platform)


def test_a_rejected_batch_of_which_sap_has_nothing_is_counted_anew_by_reversing_it(
    platform: Platform, register: Register
) -> None:
    register.script = ["rejected"]
    platform.tell(told.invoice_issued())
    platform.do(debtors.set_debtor, DebtorSet(member_id="mem_1", debtor="999", reason="key account"))
    close_day(platform)
    (batch,) = batches(platform)
    platform.do(debtors.set_debtor, DebtorSet(member_id="mem_1", debtor="100007", reason="the right number"))
    platform.do(handlers.reverse, Reversing(batch_id=batch.id, reason="no such customer"))
    platform.settle()
    assert [one.state for one in batches(platform)] == ["reversed", "accepted"]
    assert {line.debtor for line in batches(platform)[1].lines if line.account == "1400"} == {"100007"}
    assert register.balance() == books(platform)


def test_a_supplement_that_finds_nothing_is_void(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    close_day(platform)
    (first,) = batches(platform)

    def open_one(_: Any, unit: Any) -> None:
        found = unit.get(SapBatch, first.id)
        unit.put(found.but(supplements=1))
        unit.put(model.opened(first.posted_on, "MP", "EUR", 1))
        unit.later(model.SummariseBatch(batch_id=model.batch_id(first.posted_on, "MP", "EUR", 1), page=0))

    platform.do(open_one, None)
    platform.settle()
    assert [one.state for one in batches(platform)] == ["accepted", "void"]


def test_a_batch_that_is_reversed_while_another_counts_is_posted_anew_by_that_one(
    platform: Platform, register: Register
) -> None:
    """Two that count at once would each take the day's journals: SAP would have them twice."""
    platform.tell(told.invoice_issued(), told.payment_received())
    close_day(platform)
    (first,) = batches(platform)
    counting = model.opened(first.posted_on, "MP", "EUR", 1)

    def begin(_: Any, unit: Any) -> None:
        unit.put(unit.get(SapBatch, first.id).but(supplements=1))
        unit.put(counting)

    def go_on(_: Any, unit: Any) -> None:
        unit.later(model.SummariseBatch(batch_id=counting.id, page=0))

    platform.do(begin, None)
    platform.do(handlers.reverse, Reversing(batch_id=first.id, reason="posted to the wrong customer"))
    platform.settle()
    assert [one.state for one in batches(platform)] == ["reversed", "collecting"]
    platform.do(go_on, None)
    platform.settle()
    assert [(one.state, one.journals) for one in batches(platform)] == [("reversed", 2), ("accepted", 2)]
    assert register.balance() == books(platform)


def test_every_line_leads_back_to_the_journals_that_add_up_to_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "PAGE", 4)
    monkeypatch.setattr(handlers, "PAGE", 4)
    platform.do(debtors.set_debtor, DebtorSet(member_id="mem_7", debtor="100007", reason="key account"))
    who = told.buyer(member_id="mem_7", business=True)
    platform.tell(
        *(told.invoice_issued(f"MP-2026-{n:07}", who=who if n % 3 == 0 else None) for n in range(10)),
        told.payment_received(),
    )
    close_day(platform)
    (batch,) = batches(platform)
    number, world = batch.parts[0].posting.document, platform.runtime.world
    shown = drilling.show_document(SapDocumentAsked(number=number), world)
    assert {(line.account, line.debtor) for line in shown.lines} == {
        ("1400", ""),
        ("1400", "100007"),
        ("4400", ""),
        ("3806", ""),
    }
    for line in shown.lines:
        behind = list(all_behind(world, number, line.line))
        assert sum(one.debit_minor for one in behind) == line.debit_minor
        assert sum(one.credit_minor for one in behind) == line.credit_minor
        assert len({one.journal_id for one in behind}) == len(behind) > 0
    checked = drilling.drilled(batch, world)
    assert (checked.intact, checked.differences, checked.journals) == (True, (), 11)
    assert drilling.explained(number.lstrip("0"), "", "", world)["exact"]


def all_behind(world: Any, number: str, line: int) -> Any:
    token = ""
    while True:
        page = drilling.show_document(SapDocumentAsked(number=number, line=line, limit=3, page_token=token), world)
        yield from page.journals
        token = page.next_page_token
        if not token:
            return


def test_a_journal_that_was_changed_after_it_was_sealed_is_seen(platform: Platform) -> None:
    platform.tell(told.invoice_issued(), told.invoice_issued("MP-2026-0000002"))
    close_day(platform)
    (batch,) = batches(platform)
    journal = platform.all(Journal)[0]
    wrong = tuple(
        line.model_copy(update={"debit_minor": line.debit_minor * 2, "credit_minor": line.credit_minor * 2})
        for line in journal.postings
    )
    platform.do(lambda given, unit: unit.put(unit.get(Journal, given.id).but(postings=wrong)), journal)
    checked = drilling.drilled(batch, platform.runtime.world)
    assert not checked.intact
    assert len(checked.differences) == 3


def test_an_invoice_leads_to_its_sap_document(platform: Platform) -> None:
    platform.tell(told.invoice_issued(), told.payment_received(), told.payment_matched())
    asked = JournalsAsked(document=told.NUMBER)
    assert not any(j.sap_documents for j in queries.list_journals(asked, platform.runtime.world).items)
    close_day(platform)
    (batch,) = batches(platform)
    (invoice,) = [j for j in queries.list_journals(asked, platform.runtime.world).items if j.document_type == "DR"]
    assert (invoice.batch_id, invoice.batch_state) == (batch.id, "accepted")
    by_type = {part.document_type: part.posting.document for part in batch.parts}
    assert invoice.sap_documents == (by_type["DR"],)


def test_a_number_that_is_not_ours_or_not_one_is_refused_in_words(platform: Platform) -> None:
    world = platform.runtime.world
    with pytest.raises(Rejected, match="not_found"):
        drilling.show_document(SapDocumentAsked(number="1800000000"), world)
    platform.tell(told.invoice_issued())
    close_day(platform)
    number = batches(platform)[0].sap_document
    with pytest.raises(Rejected, match="no_such_line"):
        drilling.show_document(SapDocumentAsked(number=number, line=99), world)
    with pytest.raises(ValueError, match="pattern"):
        SapDocumentAsked(number="../etc")


def test_two_thousand_key_accounts_in_a_day_become_several_documents(platform: Platform, register: Register) -> None:
    count = MOST_LINES * 2

    def map_all(_: Any, unit: Any) -> None:
        from functions.accounting.model.debtors import SapDebtors

        unit.put(SapDebtors(id="MP", debtors={f"mem_{n}": f"{n:010}" for n in range(count)}))

    platform.do(map_all, None)
    platform.tell(*(told.invoice_issued(f"MP-{n}", who=told.buyer(member_id=f"mem_{n}")) for n in range(count)))
    close_day(platform)
    (batch,) = batches(platform)
    assert (batch.state, len(batch.parts), batch.journals) == ("accepted", 3, count)
    assert register.balance() == books(platform)
    assert len(platform.all(SapPage)) == batch.pages
