"""When two accounts become one, what is not yet invoiced is billed once, to the one that goes on."""

from datetime import timedelta
from typing import Any

from common.documents import id_from
from common.events.invoicing import InvoiceIssued
from common.events.members import MemberMerged
from functions.invoicing.model.bills import Bill
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.manifests import Page
from tests.kit import Platform
from tests.unit.invoicing.given import bill_of, billed, buyer, changed, charge, platform, release, start


def merged(member: str = "anna", into: str = "anne", revision: int = 2) -> MemberMerged:
    return MemberMerged(member_id=member, revision=revision, into=into, reason="the same person")


def closed(member: str = "anna", into: str = "anne", revision: int = 2) -> Any:
    return changed(buyer(member), revision).model_copy(update={"merged_into": into})


def lines(here: Platform, member: str, currency: str = "EUR") -> list[str]:
    found = here.read.find(Bill, id_from("bill", "MP", member, currency))
    return [line.charge_id for line in found.lines] if found else []


def both() -> Platform:
    here = platform()
    here.tell(changed(buyer("anna")), changed(buyer("anne")))
    here.tell(charge("a"), charge("b", member="anne"), charge("c", currency="SEK"))
    return here


def test_open_charges_go_to_the_member_who_goes_on() -> None:
    here = both()
    here.tell(merged(), closed())
    assert (lines(here, "anna"), lines(here, "anne")) == ([], ["b", "a"])
    assert (lines(here, "anna", "SEK"), lines(here, "anne", "SEK")) == ([], ["c"])


def test_a_merge_told_again_moves_nothing_twice() -> None:
    here = both()
    here.tell(merged(), merged())
    here.tell(merged())
    assert lines(here, "anne") == ["b", "a"]


def test_a_charge_that_was_under_way_follows() -> None:
    here = both()
    here.tell(merged(), closed())
    here.tell(charge("late"))
    assert (lines(here, "anna"), lines(here, "anne")) == ([], ["b", "a", "late"])


def test_a_charge_in_a_currency_the_member_never_had_follows_when_it_is_looked_again() -> None:
    here = both()
    here.tell(merged(), closed())
    here.tell(charge("late", currency="PLN"))
    assert lines(here, "anna", "PLN") == ["late"]
    here.advance_to(here.clock.now() + timedelta(hours=1))
    assert (lines(here, "anna", "PLN"), lines(here, "anne", "PLN")) == ([], ["late"])


def test_a_member_merged_twice_is_billed_to_the_last_in_any_order() -> None:
    for events in ([merged(), merged(into="ann", revision=3)], [merged(into="ann", revision=3), merged()]):
        here = both()
        here.tell(closed(into="ann", revision=3))
        for event in events:
            here.tell(event)
        here.advance_to(here.clock.now() + timedelta(days=2))
        assert (lines(here, "anna"), lines(here, "ann")) == ([], ["a"])


def test_what_a_run_has_frozen_is_invoiced_to_the_account_it_was_frozen_for_and_the_rest_moves_after() -> None:
    here = both()
    run = start(here)
    here.tell(merged(), closed())
    here.tell(charge("late"))
    assert lines(here, "anna") == ["a", "late"]
    release(here, run.id)
    assert {(one.member_id, one.lines[0].charge_id) for one in here.all(Invoice) if one.currency == "EUR"} == {
        ("anna", "a"),
        ("anne", "b"),
    }
    here.advance_to(here.clock.now() + timedelta(hours=2))
    assert (lines(here, "anna"), lines(here, "anne")) == ([], ["late"])


def test_nothing_is_billed_to_an_account_that_was_closed() -> None:
    here = platform()
    here.tell(closed(), changed(buyer("anne")))
    here.tell(charge("a"), charge("b", member="anne"))
    billed(here)
    assert [skipped.reason for page in here.all(Page) for skipped in page.skipped] == ["member_merged"]
    assert [event.member_id for event in here.events(InvoiceIssued)] == ["anne"]
    assert here.read.find(Bill, bill_of("anna")) is not None
