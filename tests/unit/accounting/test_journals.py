"""Journals from events, as they are delivered."""

from common.events.accounting import JournalPosted
from common.parking import Parked
from functions.accounting import queries, requests
from functions.accounting.model.journals import Journal
from functions.accounting.requests import JournalsAsked
from tests.kit import Platform
from tests.unit import told


def test_every_money_event_leaves_one_journal_and_tells_of_it() -> None:
    platform = Platform("accounting")
    platform.tell(
        told.invoice_issued(),
        told.credit_note_issued(),
        told.payment_received(),
        told.payment_matched(),
        told.payment_unmatched(),
    )
    journals = platform.all(Journal)
    assert sorted(j.document_type for j in journals) == ["AB", "AB", "DG", "DR", "DZ"]
    assert {e.journal_id for e in platform.events(JournalPosted)} == {j.id for j in journals}  # type: ignore[attr-defined]


def test_journals_are_posted_without_reading_any_document() -> None:
    platform = Platform("accounting")
    platform.tell(*(told.invoice_issued(f"MP-2026-{n:07}") for n in range(100)))
    assert len(platform.all(Journal)) == 100
    assert platform.engine.counts.by_collection["commits"] == 2


def test_a_redelivered_invoice_is_not_journalled_twice() -> None:
    platform = Platform("accounting")
    platform.bus.disorder = True
    for n in range(20):
        platform.tell(told.invoice_issued(f"MP-2026-{n:07}"))
    assert len(platform.all(Journal)) == len(platform.events(JournalPosted)) == 20


def test_one_bad_invoice_is_parked_and_the_others_are_journalled() -> None:
    platform = Platform("accounting")
    bad = told.invoice_issued("MP-2026-0000002", total_minor=1)
    platform.tell(told.invoice_issued(), bad, told.invoice_issued("MP-2026-0000003"))
    assert len(platform.all(Journal)) == 2
    assert [p.code for p in platform.all(Parked)] == ["unbalanced"]


def test_an_invoice_over_nothing_moves_no_money() -> None:
    platform = Platform("accounting")
    platform.tell(told.invoice_issued(told.NUMBER, told.vat(0, 0)))
    assert platform.all(Journal) == []


def test_a_document_shows_its_journals() -> None:
    platform = Platform("accounting")
    platform.tell(told.invoice_issued(), told.invoice_issued("MP-2026-0000002"), told.payment_matched())
    found = queries.list_journals(JournalsAsked(document=told.NUMBER), platform.runtime.world)
    assert sorted(j.document_type for j in found.items) == ["AB", "DR"]
    one = queries.show_journal(requests.JournalAsked(journal_id=found.items[0].id), platform.runtime.world)
    assert one == found.items[0]


def test_journals_come_in_pages() -> None:
    platform = Platform("accounting")
    platform.tell(*(told.invoice_issued(f"MP-2026-{n:07}") for n in range(5)))
    seen: list[str] = []
    token = ""
    while True:
        asked = JournalsAsked(member_id="mem_1", limit=2, page_token=token)
        found = queries.list_journals(asked, platform.runtime.world)
        seen += [j.id for j in found.items]
        token = found.next_page_token
        if not token:
            break
    assert len(seen) == len(set(seen)) == 5
