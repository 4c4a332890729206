"""Every unapplied cent has an owner and an age, and what nobody claims goes back where it came from."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.matching import RefundRequested
from common.failures import Rejected
from functions.matching.appropriation import Debt, appropriated
from functions.matching.handlers import unapplied
from functions.matching.model import Receipt, item_id_of
from functions.matching.policy import DebtKind, Policy, policy
from functions.matching.requests.unapplied import ShowUnapplied, Spread, UnappliedAnswer
from functions.matching.unclaimed import due_return
from tests.kit import Platform
from tests.unit.matching.told import IBAN, collected, invoice, item, money, number, receipt

REVIEW = "matching-start-review"
ORDER: tuple[DebtKind, ...] = ("costs", "interest", "principal")
OLD = date(2026, 7, 1)


def show(platform: Platform, entity: str = "") -> UnappliedAnswer:
    return unapplied.show_unapplied(ShowUnapplied(entity=entity), platform.runtime.world)


def groups(told: UnappliedAnswer) -> list[tuple[str, str, str, int, int]]:
    return [(g.currency, g.owner, g.bucket, g.receipts, g.unapplied_minor) for g in told.groups]


def review(platform: Platform) -> None:
    platform.bus.fire(REVIEW)
    platform.settle()


def returning(monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """A policy that gives money back by itself."""
    rule = {"sources": ["bank"], "member_known": False, "from_days": 60, "do": "return"} | more
    told = policy().model_dump(mode="json") | {"returns": [rule]}
    changed = Policy.model_validate_json(json.dumps(told))
    monkeypatch.setattr(unapplied, "policy", lambda: changed)


def test_unapplied_money_adds_up_by_currency_owner_and_age(platform: Platform) -> None:
    platform.tell(invoice(1, 5_000, method="card"))
    platform.tell(
        money(1_000, "rcp_1", received_on=date(2026, 9, 30)),
        money(2_000, "rcp_2", received_on=OLD),
        money(700, "rcp_3", received_on=OLD, entity="MS", currency="CHF"),
        money(50, "rcp_4", received_on=OLD, member_id="mem_9"),
        collected(6_000, name="rcp_5"),
    )
    told = show(platform)
    assert sorted(groups(told)) == [
        ("CHF", "cash-application-ch", "91+", 1, 700),
        ("EUR", "cash-application", "0-7", 1, 1_000),
        ("EUR", "cash-application", "91+", 1, 2_000),
        ("EUR", "member-support", "91+", 1, 50),
        ("EUR", "payments", "0-7", 1, 1_000),
    ]
    assert told.totals == {"CHF": 700, "EUR": 4_050}
    assert told.groups[0].oldest_on == OLD
    assert show(platform, "MS").totals == {"CHF": 700}


def test_every_unapplied_cent_is_in_one_group(platform: Platform) -> None:
    platform.tell(*[money(100 + n, f"rcp_{n}", received_on=OLD + timedelta(days=n)) for n in range(90)])
    told = show(platform)
    assert sum(one.unapplied_minor for one in told.groups) == told.totals["EUR"] == sum(100 + n for n in range(90))
    assert sum(one.receipts for one in told.groups) == 90


def test_what_nobody_claims_for_long_is_proposed_to_go_back(platform: Platform) -> None:
    platform.tell(money(1_000, received_on=OLD, payer_iban=IBAN), money(1_001, "rcp_2", payer_iban=IBAN))
    review(platform)
    assert (receipt(platform).proposal, receipt(platform, "rcp_2").proposal) == ("return", "")
    version = receipt(platform).version
    platform.advance_to(platform.clock.now() + timedelta(days=1))
    review(platform)
    assert receipt(platform).version == version
    assert platform.events(RefundRequested) == []


def test_money_is_returned_by_itself_only_where_the_policy_says_so(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    returning(monkeypatch)
    platform.tell(money(1_000, received_on=OLD, payer_iban=IBAN, payer_name="Wolf"))
    review(platform)
    review(platform)
    [refund] = platform.events(RefundRequested)
    assert isinstance(refund, RefundRequested)
    assert (refund.amount_minor, refund.payer_iban, refund.requested_by) == (1_000, IBAN, "")
    assert refund.reason == "nobody claimed it: it goes back to where it came from"
    assert (receipt(platform).unapplied_minor, receipt(platform).refund_minor) == (0, 1_000)


@pytest.mark.parametrize(
    "kept",
    [
        {"payer_iban": ""},
        {"payer_iban": IBAN, "member_id": "mem_1"},
        {"payer_iban": IBAN, "received_on": date(2026, 9, 1)},
        {"payer_iban": IBAN, "source": "stripe"},
    ],
)
def test_money_that_is_young_claimed_or_has_no_way_back_is_left_alone(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, kept: dict[str, Any]
) -> None:
    returning(monkeypatch)
    platform.tell(money(1_000, **{"received_on": OLD} | kept))
    review(platform)
    assert platform.events(RefundRequested) == []
    assert receipt(platform).unapplied_minor == 1_000


def test_money_that_is_suggested_for_something_does_not_go_back(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2))
    platform.tell(money(received_on=OLD, payer_name="Anna Berg", payer_iban=IBAN))
    kept = receipt(platform)
    assert kept.suggestion is not None
    assert due_return(kept, policy(), platform.clock.now().date()) is None


def test_a_proposal_is_over_once_the_money_is_put_somewhere(platform: Platform) -> None:
    from functions.matching.handlers import by_hand
    from functions.matching.requests import MatchByHand

    platform.tell(invoice(), money(1_000, received_on=OLD, payer_iban=IBAN, text="hallo"))
    review(platform)
    asked = MatchByHand(receipt_id="rcp_1", item_id=item_id_of(number(1)), amount_minor=1_000, reason="found")
    platform.do(by_hand.match_by_hand, asked)
    assert receipt(platform).proposal == ""


def test_hundreds_of_old_receipts_are_reviewed_in_tasks_of_their_own(platform: Platform) -> None:
    platform.tell(*[money(100, f"rcp_{n}", received_on=OLD, payer_iban=IBAN) for n in range(250)])
    review(platform)
    assert {one.proposal for one in platform.all(Receipt)} == {"return"}


# -- the order of law ------------------------------------------------------------------------------


def test_what_is_left_is_put_on_what_is_owed_in_the_order_of_law(platform: Platform) -> None:
    platform.tell(
        invoice(1, 3_000, due_on=date(2026, 10, 20)),
        invoice(2, 2_000, due_on=date(2026, 10, 10)),
        invoice(3, 1_000, due_on=date(2026, 10, 15), currency="USD"),
        money(2_500, member_id="mem_1"),
    )
    told = platform.do(unapplied.spread, Spread(receipt_id="rcp_1", reason="she asked"), actor="staff:eva")
    platform.settle()
    assert [one["item"]["number"] for one in told["matches"]] == [number(2), number(1)]
    assert (item(platform, 2).open_minor, item(platform, 1).open_minor, item(platform, 3).open_minor) == (
        0,
        2_500,
        1_000,
    )


def test_what_the_payer_stated_comes_first(platform: Platform) -> None:
    platform.tell(
        invoice(1, 3_000, due_on=date(2026, 10, 20)),
        invoice(2, 2_000, due_on=date(2026, 10, 10)),
        money(3_500, member_id="mem_1"),
    )
    asked = Spread(receipt_id="rcp_1", stated=[item_id_of(number(1))], reason="she wrote so")
    platform.do(unapplied.spread, asked)
    platform.settle()
    assert (item(platform, 1).open_minor, item(platform, 2).open_minor) == (0, 1_500)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ([], "not_found"),
        ([money()], "nobodys_money"),
        ([money(member_id="mem_1")], "nothing_owed"),
    ],
)
def test_money_is_not_spread_where_it_can_not_be(platform: Platform, facts: list[Any], code: str) -> None:
    platform.tell(*facts)
    with pytest.raises(Rejected, match=code):
        platform.do(unapplied.spread, Spread(receipt_id="rcp_1", reason="why"))


def debts() -> st.SearchStrategy[list[Debt]]:
    one = st.builds(
        Debt,
        item_id=st.uuids().map(str),
        kind=st.sampled_from(ORDER),
        due_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        number=st.text("0123456789", min_size=3, max_size=3),
        open_minor=st.integers(0, 500),
    )
    return st.lists(one, max_size=8, unique_by=lambda debt: debt.item_id)


@given(st.integers(0, 3_000), debts(), st.permutations(ORDER))
def test_money_pays_no_debt_before_one_that_comes_first(amount: int, owed: list[Debt], order: list[DebtKind]) -> None:
    paid = dict(appropriated(amount, owed, order))
    by_id = {debt.item_id: debt for debt in owed}
    assert sum(paid.values()) == min(amount, sum(debt.open_minor for debt in owed))
    assert all(0 < part <= by_id[i].open_minor for i, part in paid.items())
    for i in paid:
        earlier = [d for d in owed if (order.index(d.kind), d.due_on) < (order.index(by_id[i].kind), by_id[i].due_on)]
        assert all(paid.get(d.item_id, 0) == d.open_minor for d in earlier)


@given(debts(), st.integers(1, 3_000))
def test_what_is_stated_is_paid_before_anything_else(owed: list[Debt], amount: int) -> None:
    stated = [debt.item_id for debt in owed[::2]]
    paid = dict(appropriated(amount, owed, ORDER, stated))
    wanted = sum(debt.open_minor for debt in owed[::2])
    assert sum(paid.get(i, 0) for i in stated) == min(amount, wanted)


def test_a_policy_that_leaves_something_out_is_none() -> None:
    told = policy().model_dump(mode="json")
    wrongs: tuple[dict[str, object], ...] = (
        {"owners": [{"team": "payments", "sources": ["stripe"]}]},
        {"buckets": [30, 7]},
        {"buckets": []},
        {"appropriation": {"DE": list(ORDER)}},
        {"appropriation": {"*": ["costs", "costs", "principal"]}},
    )
    for wrong in wrongs:
        with pytest.raises(ValueError, match=r"owner|buckets|appropriation"):
            Policy.model_validate_json(json.dumps(told | wrong))


@given(st.integers(0, 5_000))
def test_every_age_has_a_bucket(days: int) -> None:
    low, _, high = policy().bucket(days).rstrip("+").partition("-")
    assert int(low) <= days <= int(high or days)
