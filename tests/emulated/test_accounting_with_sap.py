"""A day becomes one document in SAP, over real HTTP: counted, sent once, answered."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any

import httpx
import pytest
from werkzeug.serving import make_server

from common.events.accounting import BatchAccepted
from common.failures import Rejected
from emulators.sap import SapSimulator
from functions.accounting import providers, queries
from functions.accounting.handlers import batches as handlers
from functions.accounting.model import batches as model
from functions.accounting.model.batches import SapBatch
from functions.accounting.model.journals import Journal
from functions.accounting.requests import BalanceAsked, BatchesAsked, Resending, Reversing
from tests.kit import Platform
from tests.unit import told

NIGHT = datetime(2026, 10, 2, 2, 15, tzinfo=UTC)


class Sap:
    """The simulator behind a real port."""

    def __init__(self, clock: Any) -> None:
        self.simulator = SapSimulator(None, clock=clock)
        self.server = make_server("127.0.0.1", 0, self.simulator.wsgi, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def behave(self, *steps: str) -> None:
        httpx.post(f"{self.url}/admin/behaviour", json={"behaviour": list(steps)}).raise_for_status()

    def documents(self) -> list[Any]:
        found: list[Any] = httpx.get(f"{self.url}/documents").json()["documents"]
        return found

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.simulator.close()


@pytest.fixture
def platform() -> Platform:
    return Platform("accounting")


def close_day(platform: Platform, at: datetime = NIGHT) -> None:
    platform.advance_to(at)
    platform.bus.fire("accounting-close-day")
    platform.settle()


def only_batch(platform: Platform) -> SapBatch:
    (batch,) = platform.all(SapBatch)
    assert isinstance(batch, SapBatch)
    return batch


@pytest.fixture
def sap(platform: Platform) -> Iterator[Sap]:
    simulator = Sap(platform.clock)
    settings = platform.runtime.settings.model_copy(
        update={"sap_url": f"{simulator.url}/journal-entries", "sap_odata_url": f"{simulator.url}/odata"}
    )
    platform.runtime.world.settings = settings
    yield simulator
    simulator.close()


def items(document: Any) -> set[tuple[str, str, str]]:
    return {(one["kind"], one["account"], one["AmountInTransactionCurrency"]) for one in document["items"]}


def test_a_day_is_posted_to_sap_as_a_balanced_document_for_each_type(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued(), told.invoice_issued("MP-2026-0000002"), told.payment_received())
    close_day(platform)
    batch = only_batch(platform)
    assert (batch.state, batch.journals, batch.total_minor) == ("accepted", 3, 35_700)
    invoices, payments = sorted(sap.documents(), key=lambda one: one["header"]["AccountingDocumentType"])
    assert [one["accounting_document"] for one in (invoices, payments)] == [p.posting.document for p in batch.parts]
    assert items(invoices) == {
        ("Item", "1400", "238.00"),
        ("Item", "4400", "-200.00"),
        ("ProductTaxItem", "A1", "-38.00"),
    }
    assert items(payments) == {("Item", "1200", "119.00"), ("Item", "1590", "-119.00")}
    (event,) = platform.events(BatchAccepted)
    assert event.model_dump()["sap_document"] == batch.sap_document


def test_each_currency_has_its_own_batch(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued(), told.invoice_issued("MP-2026-0000002", currency="SEK"))
    close_day(platform)
    assert sorted(b.currency for b in platform.all(SapBatch)) == ["EUR", "SEK"]
    assert len(sap.documents()) == 2


def test_a_missed_night_is_caught_up(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued())
    close_day(platform, NIGHT + timedelta(days=2))
    assert only_batch(platform).posted_on == date(2026, 10, 1)
    assert len(sap.documents()) == 1


def test_closing_twice_has_one_effect(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued())
    close_day(platform)
    close_day(platform, NIGHT + timedelta(days=1))
    assert len(platform.all(SapBatch)) == len(sap.documents()) == 1


def test_a_long_day_is_summarised_page_by_page(platform: Platform, sap: Sap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "PAGE", 4)
    monkeypatch.setattr(handlers, "PAGE", 4)
    platform.bus.disorder = True
    platform.tell(*(told.invoice_issued(f"MP-2026-{n:07}") for n in range(10)))
    close_day(platform)
    batch = only_batch(platform)
    assert (batch.pages, batch.journals, batch.total_minor, batch.state) == (3, 10, 119_000, "accepted")
    assert len(sap.documents()) == 1


def test_a_batch_that_misses_a_journal_is_counted_anew(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued())
    platform.advance_to(NIGHT)
    platform.bus.fire("accounting-close-day")
    batch = only_batch(platform)
    early = Journal.model_validate(
        {**platform.all(Journal)[0].model_dump(), "id": "jrn_0", "document": "late", "version": 0}
    )
    platform.do(handlers.summarise_batches, [model.SummariseBatch(batch_id=batch.id, page=0)])
    platform.do(lambda given, unit: unit.put(given), early)
    platform.settle()
    after = only_batch(platform)
    assert (after.state, after.journals) == ("accepted", 2)
    assert len(sap.documents()) == 1


def test_an_answer_that_is_lost_leaves_unknown_and_is_asked_for_again(platform: Platform, sap: Sap) -> None:
    sap.behave("timeout", "down", "accept")
    platform.tell(told.invoice_issued())
    close_day(platform)
    assert only_batch(platform).state == "unknown"
    platform.advance_to(NIGHT + timedelta(minutes=11))
    assert only_batch(platform).unanswered == 2
    platform.advance_to(NIGHT + timedelta(hours=2))
    batch = only_batch(platform)
    assert batch.state == "accepted"
    assert [d["accounting_document"] for d in sap.documents()] == [batch.sap_document]


def test_a_refused_batch_keeps_sap_s_reason_until_staff_send_it_again(platform: Platform, sap: Sap) -> None:
    sap.behave("reject", "accept")
    platform.tell(told.invoice_issued())
    close_day(platform)
    platform.advance_to(NIGHT + timedelta(days=2))
    batch = only_batch(platform)
    assert batch.state == "rejected"
    assert "scripted" in batch.reason
    assert batch.allowed == ["resend", "reverse"]
    platform.do(handlers.resend, Resending(batch_id=batch.id, reason="period was opened"))
    platform.settle()
    after = only_batch(platform)
    assert (after.state, after.attempt, after.allowed) == ("accepted", 2, ["reverse"])
    assert all(len(part.posting.message_id) <= 35 for part in after.parts)


def test_an_accepted_batch_is_never_sent_again(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued())
    close_day(platform)
    given = Resending(batch_id=only_batch(platform).id, reason="just in case")
    with pytest.raises(Rejected, match="wrong_state"):
        platform.do(handlers.resend, given)
    with pytest.raises(Rejected, match="not_found"):
        platform.do(handlers.resend, Resending(batch_id="sap_none", reason="no such batch"))
    assert len(sap.documents()) == 1


def test_a_dead_sap_is_unknown_not_an_error(platform: Platform) -> None:
    platform.runtime.world.settings = platform.runtime.settings.model_copy(
        update={"sap_url": "http://127.0.0.1:9/journal-entries"}
    )
    platform.tell(told.invoice_issued())
    close_day(platform)
    assert only_batch(platform).state == "unknown"


def test_the_trial_balance_is_the_same_before_and_after_the_day_is_closed(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued(), told.payment_received(), told.payment_matched())
    asked = BalanceAsked(day_from=date(2026, 10, 1), day_to=date(2026, 10, 2))
    before = queries.show_balance(asked, platform.runtime.world)
    close_day(platform)
    after = queries.show_balance(asked, platform.runtime.world)
    assert before.rows == after.rows
    assert before.debit_minor == before.credit_minor > 0
    assert (before.journals, before.batches, after.journals, after.batches) == (3, 0, 0, 1)
    assert {r.account: r.balance_minor for r in after.rows}["1400"] == 0
    assert len(sap.documents()) == 3


def test_batches_are_found_by_state_and_day(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued())
    close_day(platform)
    world = platform.runtime.world
    assert len(queries.list_batches(BatchesAsked(state="accepted"), world).items) == 1
    assert len(queries.list_batches(BatchesAsked(day=date(2026, 10, 1)), world).items) == 1
    assert queries.list_batches(BatchesAsked(state="rejected"), world).items == []
    assert len(sap.documents()) == 1


def lock(sap: Sap, kind: str, what: str, *, locked: bool = True) -> None:
    asked = {"kind": kind, "company_code": "1000", "what": what, "locked": locked}
    httpx.post(f"{sap.url}/admin/locks", json=asked).raise_for_status()


def books(platform: Platform) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for journal in platform.all(Journal):
        for line in journal.postings:
            key = (line.account, journal.currency)
            sums[key] = sums.get(key, 0) + line.debit_minor - line.credit_minor
    return {key: amount for key, amount in sums.items() if amount}


def balances(platform: Platform, as_of: date) -> dict[tuple[str, str], int]:
    found = providers.balances("MP", as_of, platform.runtime.world)
    return {(one.account, one.currency): one.balance_minor for one in found if one.balance_minor}


def resend(platform: Platform, batch: SapBatch) -> SapBatch:
    platform.do(handlers.resend, Resending(batch_id=batch.id, reason="put right"))
    platform.settle()
    return only_batch(platform)


@pytest.mark.parametrize(
    ("kind", "what", "words"),
    [("period", "2026-10", "open the posting period"), ("account", "4400", "unblock the account")],
)
def test_what_is_locked_in_sap_is_told_to_staff_in_words_they_can_act_on(
    platform: Platform, sap: Sap, kind: str, what: str, words: str
) -> None:
    lock(sap, kind, what)
    platform.tell(told.invoice_issued())
    close_day(platform)
    batch = only_batch(platform)
    assert (batch.state, words in batch.reason) == ("rejected", True)
    lock(sap, kind, what, locked=False)
    assert resend(platform, batch).state == "accepted"
    assert balances(platform, date(2026, 10, 1)) == books(platform)


def test_a_sap_that_is_down_for_a_day_gets_everything_once(platform: Platform, sap: Sap) -> None:
    httpx.post(f"{sap.url}/admin/down", json={"seconds": 30 * 3600}).raise_for_status()
    platform.tell(told.invoice_issued(), told.payment_received())
    close_day(platform)
    assert only_batch(platform).state == "unknown"
    platform.advance_to(NIGHT + timedelta(days=3))
    assert only_batch(platform).state == "accepted"
    assert len(sap.documents()) == 2
    assert balances(platform, date(2026, 10, 31)) == books(platform)


def test_one_part_that_is_refused_does_not_hold_the_others(platform: Platform, sap: Sap) -> None:
    asked = {"document_type": "DZ", "behaviour": ["reject", "accept"]}
    httpx.post(f"{sap.url}/admin/behaviour", json=asked).raise_for_status()
    platform.tell(told.invoice_issued(), told.payment_received(), told.payment_matched())
    close_day(platform)
    batch = only_batch(platform)
    assert batch.state == "rejected"
    assert sorted(part.posting.state for part in batch.parts) == ["accepted", "accepted", "rejected"]
    assert resend(platform, batch).state == "accepted"
    assert len(sap.documents()) == 3


@pytest.mark.parametrize("step", ["silent", "repeat", "slow:20", "timeout", "timeout_before_posting", "down"])
def test_whatever_becomes_of_the_answer_sap_has_each_document_once(platform: Platform, sap: Sap, step: str) -> None:
    sap.behave(step, "accept")
    platform.tell(told.invoice_issued(), told.payment_received())
    close_day(platform)
    platform.advance_to(NIGHT + timedelta(hours=3))
    assert only_batch(platform).state == "accepted"
    assert balances(platform, date(2026, 10, 1)) == books(platform)


def test_a_number_sap_gave_to_another_document_is_not_believed(platform: Platform, sap: Sap) -> None:
    sap.behave("accept", "same_number", "accept")
    platform.tell(told.invoice_issued(), told.payment_received())
    close_day(platform)
    assert "stands for message" in only_batch(platform).reason
    platform.advance_to(NIGHT + timedelta(hours=3))
    assert only_batch(platform).state == "accepted"
    assert len(sap.documents()) == 2


def test_a_reversed_day_is_in_sap_once_more_and_its_balances_are_ours(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued(), told.invoice_issued("MP-2026-0000002", currency="SEK"))
    close_day(platform)
    for batch in platform.all(SapBatch):
        platform.do(handlers.reverse, Reversing(batch_id=batch.id, reason="wrong period"))
    platform.settle()
    assert sorted(b.state for b in platform.all(SapBatch)) == ["accepted", "accepted", "reversed", "reversed"]
    assert len(sap.documents()) == 6
    assert balances(platform, date(2026, 10, 1)) == books(platform)


def test_balances_are_as_of_a_day(platform: Platform, sap: Sap) -> None:
    platform.tell(told.invoice_issued())
    close_day(platform)
    assert balances(platform, date(2026, 9, 30)) == {}
    assert ("1400", "EUR") in balances(platform, date(2026, 10, 1))
    assert sap.documents()


def test_balances_that_cannot_be_read_are_an_error_not_nothing(platform: Platform, sap: Sap) -> None:
    world = platform.runtime.world
    for wrong, kind in ((f"{sap.url}/nowhere", httpx.HTTPError), (sap.url, httpx.HTTPError)):
        world.settings = world.settings.model_copy(update={"sap_odata_url": wrong})
        with pytest.raises(kind):
            providers.balances("MP", date(2026, 10, 1), world)
