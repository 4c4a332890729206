"""A member's account line by line, as of any day, tied to the accounts of the books."""

from datetime import UTC, date, datetime

import pytest

from common.failures import Rejected
from functions.accounting import queries
from functions.accounting.model.journals import Journal
from functions.accounting.requests import LedgerAsked, LedgerShown
from tests.kit import Platform
from tests.unit import told


@pytest.fixture
def platform() -> Platform:
    return Platform("accounting")


def ledger(platform: Platform, member: str = "mem_1", **asked: object) -> LedgerShown:
    return queries.show_ledger(LedgerAsked.model_validate({"member_id": member} | asked), platform.runtime.world)


def test_an_account_runs_from_the_invoice_to_the_match(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.advance_to(datetime(2026, 10, 5, 8, tzinfo=UTC))
    platform.tell(told.payment_received(), told.payment_matched())
    shown = ledger(platform)
    assert shown.items[0].balance_minor == 11_900
    assert shown.items[-1].balance_minor == 0
    assert [(t.receivables_minor, t.unapplied_minor, t.balance_minor) for t in shown.totals] == [(0, 0, 0)]


def test_an_account_as_of_a_day_knows_nothing_that_was_posted_after(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.advance_to(datetime(2026, 10, 5, 8, tzinfo=UTC))
    platform.tell(told.payment_received(), told.payment_matched())
    before = ledger(platform, as_of=date(2026, 10, 4))
    assert [t.balance_minor for t in before.totals] == [11_900]
    assert ledger(platform, as_of=date(2026, 9, 30)).items == []


def test_money_that_came_as_nobodys_pays_without_standing_against_the_member(platform: Platform) -> None:
    platform.tell(told.invoice_issued(), told.payment_received(member_id=""), told.payment_matched())
    (sums,) = ledger(platform).totals
    assert (sums.receivables_minor, sums.unapplied_minor, sums.balance_minor) == (0, 0, 0)


def test_currencies_run_apart(platform: Platform) -> None:
    platform.tell(told.invoice_issued(), told.invoice_issued("MP-2026-0000002", currency="CHF"))
    assert [(t.currency, t.balance_minor) for t in ledger(platform).totals] == [("CHF", 11_900), ("EUR", 11_900)]
    assert [t.currency for t in ledger(platform, currency="CHF").totals] == ["CHF"]


def test_the_members_accounts_add_up_to_receivables(platform: Platform) -> None:
    for place, member in enumerate(("mem_1", "mem_2", "mem_3")):
        number = f"MP-2026-{place:07}"
        platform.tell(told.invoice_issued(number, who=told.buyer(member_id=member), member_id=member))
    platform.tell(told.payment_matched(number="MP-2026-0000001", amount=5_000, member_id="mem_2"))
    booked = sum(
        p.debit_minor - p.credit_minor for j in platform.all(Journal) for p in j.postings if p.word == "receivables"
    )
    kept = sum(t.receivables_minor for m in ("mem_1", "mem_2", "mem_3") for t in ledger(platform, m).totals)
    assert kept == booked == 3 * 11_900 - 5_000


def test_an_account_comes_in_pages_that_go_on_where_the_last_ended(platform: Platform) -> None:
    platform.tell(*(told.invoice_issued(f"MP-2026-{n:07}") for n in range(5)))
    seen, token = [], ""
    while True:
        page = ledger(platform, limit=2, page_token=token)
        assert [t.balance_minor for t in page.totals] == [5 * 11_900]
        seen += page.items
        if not (token := page.next_page_token):
            break
    assert [line.balance_minor for line in seen] == [11_900 * n for n in range(1, 6)]
    with pytest.raises(Rejected, match="wrong_page"):
        ledger(platform, page_token="jrn_unknown")


def test_a_member_without_journals_has_an_empty_account(platform: Platform) -> None:
    assert (ledger(platform, "mem_0").items, ledger(platform, "mem_0").totals) == ([], [])


def test_journals_of_before_lines_said_what_they_are_for_are_read_by_their_chart(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    (journal,) = platform.all(Journal)
    old = journal.model_dump(mode="json", exclude={"effective_on", "event", "reverses", "settles_with", "conversion"})
    for posting in old["postings"]:
        del posting["word"]
    import json

    from functions.accounting.member_ledger import lines_of

    loaded = Journal.model_validate_json(json.dumps(old))
    assert [(one.word, one.balance_minor) for one in lines_of([loaded], None, None)] == [("receivables", 11_900)]
