"""Whose account an IBAN is: learned, forgotten, revoked, followed through merges and erasures."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.members import MemberErased, MemberMerged
from common.failures import Rejected
from functions.matching.aliases import MOST_PAYERS, Alias, learned, merged, revoked, unknown, without
from functions.matching.handlers import accounts
from functions.matching.model import Item
from functions.matching.policy import policy
from functions.matching.requests.aliases import ChangeAlias, SearchAliases
from tests.kit import Platform
from tests.unit.matching.told import IBAN, invoice, item, money, number, receipt, reference

TODAY = date(2026, 10, 1)
EVA = "staff:eva@example.org"


def alias(platform: Platform) -> Alias:
    [found] = platform.all(Alias)
    assert isinstance(found, Alias)
    return found


def teach(platform: Platform, place: int = 1, name: str = "rcp_1", amount: int = 10_000) -> None:
    platform.tell(money(amount, name, reference=reference(number(place)), payer_iban=IBAN))


def change(platform: Platform, handler: Any) -> Any:
    asked = ChangeAlias(alias_id=alias(platform).id, member_id="mem_1", reason="it is her employer's")
    return platform.do(handler, asked, actor=EVA)


def test_an_account_counts_how_often_it_surely_paid_and_when_last(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2))
    teach(platform, 1)
    teach(platform, 2, "rcp_2")
    [payer] = alias(platform).payers
    assert (payer.member_id, payer.matches, payer.last_seen_on) == ("mem_1", 2, TODAY)
    assert alias(platform).iban_ending == IBAN[-4:]


def test_an_account_that_paid_long_ago_tells_nothing_any_more(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, 7_000), invoice(3, 5_500))
    teach(platform)
    platform.clock.advance_to(platform.clock.now() + timedelta(days=policy().alias_days + 1))
    platform.tell(money(7_000, "rcp_2", payer_iban=IBAN))
    assert receipt(platform, "rcp_2").state == "unapplied"


def test_a_revoked_account_is_not_used_and_not_learned_again_until_it_is_restored(platform: Platform) -> None:
    platform.tell(*[invoice(n, 7_000 + n) for n in range(1, 5)])
    teach(platform, amount=7_001)
    change(platform, accounts.revoke_alias)
    platform.tell(money(7_002, "rcp_2", payer_iban=IBAN))
    assert receipt(platform, "rcp_2").state == "unapplied"
    teach(platform, 3, "rcp_3", 7_003)
    [payer] = alias(platform).payers
    assert (payer.revoked, payer.matches, payer.reason, payer.by) == (True, 1, "it is her employer's", EVA)
    change(platform, accounts.restore_alias)
    platform.tell(money(7_004, "rcp_4", payer_iban=IBAN))
    assert item(platform, 4).state == "settled"


def test_revoking_and_restoring_say_when_they_can_not_be(platform: Platform) -> None:
    platform.tell(invoice(1))
    teach(platform)
    with pytest.raises(Rejected, match="not_revoked"):
        change(platform, accounts.restore_alias)
    change(platform, accounts.revoke_alias)
    with pytest.raises(Rejected, match="revoked_already"):
        change(platform, accounts.revoke_alias)
    for asked in (
        ChangeAlias(alias_id="iban_9", member_id="mem_1", reason="no"),
        ChangeAlias(alias_id=alias(platform).id, member_id="mem_9", reason="no"),
    ):
        with pytest.raises(Rejected) as refusal:
            platform.do(accounts.revoke_alias, asked)
        assert refusal.value.status == 404


def test_accounts_are_listed_by_member_with_what_may_be_done(platform: Platform) -> None:
    platform.tell(invoice(1))
    teach(platform)
    world = platform.runtime.world
    [told] = accounts.search_aliases(SearchAliases(member_id="mem_1"), world).items
    assert (told.member_id, told.iban_ending) == ("mem_1", IBAN[-4:])
    assert [one.allowed for one in told.payers] == [["revoke"]]
    assert accounts.search_aliases(SearchAliases(member_id="mem_2"), world).items == []
    change(platform, accounts.revoke_alias)
    [told] = accounts.search_aliases(SearchAliases(), world).items
    assert (told.member_id, [one.allowed for one in told.payers]) == ("", [["restore"]])


def test_an_account_of_two_members_suggests_and_posts_nothing_by_itself(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, member="mem_2", name="Bert Kahn"), invoice(3, 5_500))
    teach(platform, 1)
    teach(platform, 2, "rcp_2")
    platform.tell(money(5_500, "rcp_3", payer_iban=IBAN))
    assert {payer.member_id for payer in alias(platform).payers} == {"mem_1", "mem_2"}
    assert receipt(platform, "rcp_3").state == "unapplied"


def test_after_a_merge_the_account_pays_for_both_as_for_one(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, 7_000), invoice(3, 5_500, member="mem_2"))
    teach(platform)
    platform.tell(MemberMerged(member_id="mem_1", revision=2, into="mem_2", reason="the same person"))
    platform.tell(money(7_000, "rcp_2", payer_iban=IBAN), money(5_500, "rcp_3", payer_iban=IBAN))
    assert item(platform, 2).state == item(platform, 3).state == "settled"
    assert alias(platform).owner(TODAY, 400) == "mem_2"


def test_after_an_erasure_nothing_is_known_of_the_account_and_the_items_keys_are_bare(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2, 7_000, account="user-0000001"))
    teach(platform)
    before = item(platform, 2).keys
    platform.tell(MemberErased(member_id="mem_1", revision=3, reason="article 17"))
    assert alias(platform).payers == ()
    assert (item(platform, 2).keys, item(platform, 2).account) == ((), "")
    assert before
    platform.tell(money(7_000, "rcp_2", payer_iban=IBAN, payer_name="Anna Berg"))
    assert receipt(platform, "rcp_2").state == "unapplied"


def test_after_an_erasure_an_item_is_still_paid_by_its_number_and_names_nobody(platform: Platform) -> None:
    platform.tell(invoice(1))
    platform.tell(MemberErased(member_id="mem_1", revision=3, reason="article 17"))
    platform.tell(money(4_000, reference=reference(number(1))), money(6_000, "rcp_2", reference=reference(number(1))))
    after = item(platform)
    assert (after.state, after.account, after.buyer_name) == ("settled", "", "[erased]")
    assert not any("anna" in key.casefold() for key in after.keys)


def test_erasure_follows_into_the_stored_documents(platform: Platform) -> None:
    platform.tell(invoice(1, account="user-0000001"))
    platform.tell(MemberErased(member_id="mem_1", revision=3, reason="article 17"))
    [kept] = platform.all(Item)
    stored = platform.runtime.world.stored("items", kept.id)
    assert stored is not None
    assert stored["keys"] == []
    assert "user-0000001" not in str(stored)


# -- pure ------------------------------------------------------------------------------------------


def test_an_account_that_pays_for_too_many_tells_of_nobody() -> None:
    known = unknown(IBAN)
    for n in range(MOST_PAYERS + 1):
        known = learned(known, f"mem_{n}", TODAY)
    assert (known.crowded, known.payers, known.members) == (True, (), ())
    assert known.candidates(TODAY, 400) == ()
    assert learned(known, "mem_1", TODAY) is known


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 900)), max_size=12), st.integers(0, 1_000))
def test_an_account_is_of_one_person_or_of_nobody(seen: list[tuple[str, int]], days: int) -> None:
    known = unknown(IBAN)
    for member, ago in seen:
        known = learned(known, member, TODAY - timedelta(days=ago))
    current = {m for m, _ in seen if min(ago for n, ago in seen if n == m) <= days}
    assert known.known(TODAY, days) == (frozenset(current) if len(current) == 1 else frozenset())
    assert known.members == tuple(sorted({m for m, _ in seen}))
    assert set(known.candidates(TODAY, days)) == current
    assert {one.member_id: one.matches for one in known.payers} == {
        m: sum(n == m for n, _ in seen) for m in {m for m, _ in seen}
    }


def test_a_chain_of_merges_leads_to_the_last() -> None:
    known = learned(unknown(IBAN), "mem_1", TODAY)
    known = merged(merged(known, "mem_1", "mem_2"), "mem_2", "mem_3")
    assert known.owner(TODAY, 400) == "mem_3"
    assert known.known(TODAY, 400) == {"mem_1", "mem_3"}
    assert without(known, "mem_1").members == ()


def test_a_revoked_member_is_not_among_those_looked_at() -> None:
    known = learned(learned(unknown(IBAN), "mem_1", TODAY), "mem_2", TODAY)
    known = revoked(known, "mem_2", "no", EVA)
    assert known.known(TODAY, 400) == {"mem_1"}
    assert known.candidates(TODAY, 400) == ("mem_1",)
