"""Charges become lines of open bills, each once, whatever order they come in."""

import pytest

from common.failures import Rejected
from common.parking import Parked
from functions.invoicing import main
from functions.invoicing.model.bills import Bill, Recipient
from tests.unit.invoicing.given import bill, bill_of, buyer, changed, charge, message, platform


def ids(found: Bill | None) -> list[str]:
    assert found is not None
    return [line.charge_id for line in found.lines]


def test_charges_gather_on_the_members_open_bill() -> None:
    here = platform()
    here.tell(charge("a"), charge("b"), charge("other", member="ben"))
    here.tell(charge("c"))
    assert ids(here.read.find(Bill, bill_of("anna"))) == ["a", "b", "c"]
    assert ids(here.read.find(Bill, bill_of("ben"))) == ["other"]


def test_each_currency_has_its_own_bill() -> None:
    here = platform()
    here.tell(charge("a"), charge("b", currency="SEK"))
    assert {one.currency for one in here.all(Bill)} == {"EUR", "SEK"}


def test_a_redelivered_message_changes_nothing() -> None:
    here = platform()
    told = message("once", charge("a"))
    here.runtime.deliver(main.collect_charges, told)
    writes = here.engine.counts.writes
    here.runtime.deliver(main.collect_charges, told)
    assert here.engine.counts.writes == writes


def test_a_charge_told_twice_is_billed_once() -> None:
    here = platform()
    here.tell(charge("a"), charge("a"))
    here.tell(charge("a"))
    assert ids(here.read.find(Bill, bill_of("anna"))) == ["a"]


def test_a_slice_of_charges_for_one_member_writes_the_bill_once() -> None:
    here = platform()
    here.tell(*(charge(f"c{n}") for n in range(50)))
    assert here.engine.counts.by_collection["bills"] == 1


def test_a_charge_of_an_unknown_entity_is_parked_and_the_others_go_on() -> None:
    here = platform()
    here.tell(charge("a"), charge("b", entity="XX"), charge("c"))
    assert ids(here.read.find(Bill, bill_of("anna"))) == ["a", "c"]
    assert [parked.code for parked in here.all(Parked)] == ["unknown_entity"]


def test_a_bill_holds_two_thousand_lines_and_no_more() -> None:
    full = bill(*(charge(f"c{n}", rule="") for n in range(2_000)))
    with pytest.raises(Rejected, match="bill_full"):
        full.with_charges([charge("one more")])
    assert full.with_charges([charge("c7")]) == full


def test_a_bill_never_outgrows_its_document() -> None:
    wordy = bill(*(charge(f"c{n}", rule="ß" * 290) for n in range(700)))
    with pytest.raises(Rejected, match="bill_full"):
        wordy.with_charges(charge(f"more{n}", rule="ß" * 290) for n in range(300))


def test_taking_off_a_line_that_is_not_there_is_refused() -> None:
    with pytest.raises(Rejected, match="bill_changed"):
        bill(charge("a")).without(["a", "b"])


def test_a_bill_without_lines_is_not_open() -> None:
    assert not bill(charge("a")).without(["a"]).open


def test_the_newest_revision_of_a_member_wins_in_any_order() -> None:
    here = platform()
    here.tell(changed(buyer(name="Second"), 2), changed(buyer(name="First"), 1))
    here.tell(changed(buyer(name="Zeroth"), 0))
    assert here.read.find_all(Recipient, ["anna"])[0].buyer.name == "Second"  # type: ignore[union-attr]
    here.tell(changed(buyer(name="Third"), 3))
    assert here.read.find_all(Recipient, ["anna"])[0].buyer.name == "Third"  # type: ignore[union-attr]


def test_an_old_revision_writes_nothing() -> None:
    here = platform()
    here.tell(changed(buyer(), 2))
    here.tell(changed(buyer(), 2), changed(buyer(), 1))
    assert here.engine.counts.by_collection["recipients"] == 1
