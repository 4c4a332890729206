"""The whole account travels: through the API, into the event, past erasure only as far as the law wants."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import Rejected
from common.parties import Location
from functions.members import handlers
from functions.members.model import Member
from functions.members.requests import Batch, EraseMember
from tests.kit import Platform
from tests.unit.members.given import ANNA, VAT_ID, Scripted, stored, told, upsert, with_register

WHOLE: dict[str, Any] = {
    "kind": "business",
    "vat_id": VAT_ID,
    "currency": "CHF",
    "language": "de",
    "terms_days": 30,
    "billing_day": 15,
    "payment_method": "direct_debit",
    "payment_token": "pm_1",
    "dunning_profile": "soft",
    "segment": "semi_pro",
    "reference": "04011000-12345-03",
    "endpoint": "9930:DE136695976",
    "locations": [{"kind": "ip", "country": "DE"}, {"kind": "phone", "country": "AT"}],
}


@pytest.fixture
def platform() -> Platform:
    return with_register(Platform("members"), Scripted("valid"))


def test_the_whole_account_comes_back_as_it_was_sent(platform: Platform) -> None:
    shown = upsert(platform, **WHOLE)["member"]
    assert {name: shown[name] for name in WHOLE} == WHOLE


def test_the_whole_account_is_told(platform: Platform) -> None:
    upsert(platform, **WHOLE)
    platform.settle()
    change = told(platform)[-1]
    assert (change.currency, change.billing_day, change.dunning_profile, change.merged_into) == ("CHF", 15, "soft", "")
    buyer = change.buyer
    assert (buyer.reference, buyer.endpoint, buyer.vat_proof) == (WHOLE["reference"], WHOLE["endpoint"], "WAPI1")
    assert buyer.locations == (Location(kind="ip", country="DE"), Location(kind="phone", country="AT"))


@pytest.mark.parametrize("field", ["billing_day", "dunning_profile", "reference", "endpoint", "locations"])
def test_each_part_alone_is_a_change_that_is_told(platform: Platform, field: str) -> None:
    upsert(platform)
    assert upsert(platform, **{field: WHOLE[field]})["outcome"] == "changed"
    assert upsert(platform, **{field: WHOLE[field]})["outcome"] == "unchanged"
    assert len(told(platform)) == 2


def test_everybody_is_billed_on_the_first_unless_said_otherwise(platform: Platform) -> None:
    upsert(platform)
    assert (told(platform)[0].billing_day, told(platform)[0].dunning_profile) == (1, "standard")


def test_erasure_leaves_nothing_personal_of_the_whole_account(platform: Platform) -> None:
    upsert(platform, **WHOLE)
    platform.settle()
    platform.do(handlers.erase_member, EraseMember(member_id="m-1", reason="art. 17"))
    left = stored(platform)
    assert (left.vat_id, left.vat_state, left.vat_check, left.vat_proof) == ("", "none", None, None)
    assert (left.reference, left.endpoint, left.locations, left.payment_token) == ("", "", (), "")
    assert (left.segment, left.billing_day, left.currency) == ("semi_pro", 15, "CHF")
    assert (left.state, left.allowed, told(platform)[-1].buyer.erased) == ("erased", [], True)


def test_nobody_overwrites_what_they_have_not_seen(platform: Platform) -> None:
    upsert(platform, if_revision=0)
    upsert(platform, name="Anna Neu", if_revision=1)
    for seen in (0, 1, 3):
        with pytest.raises(Rejected) as refusal:
            upsert(platform, name="Anna Alt", if_revision=seen)
        assert (refusal.value.code, refusal.value.status) == ("revision_changed", 412)
    with pytest.raises(Rejected, match="revision_changed"):
        upsert(platform, external_id="m-2", if_revision=1)
    items = platform.do(handlers.upsert_members, Batch(members=[ANNA | {"if_revision": 1}]))["items"]
    assert [item["code"] for item in items] == ["revision_changed"]


def test_a_vat_id_twice_in_one_batch_ends_with_one_look(platform: Platform) -> None:
    ids = [{"kind": "business", "vat_id": vat_id} for vat_id in ("DE811115368", "", VAT_ID)]
    platform.do(handlers.upsert_members, Batch(members=[ANNA | one for one in ids]))
    platform.settle()
    assert (stored(platform).vat_state, told(platform)[-1].buyer.vat_id) == ("valid", VAT_ID)


def test_a_member_as_it_was_stored_before_is_still_read() -> None:
    former = {
        "id": "mem_1", "version": 3, "external_id": "m-1", "vat_state": "valid", "revision": 3, "search": ["anna"],
        "erased_at": None, "kind": "business", "name": "Anna", "email": "a@b.example", "address": ANNA["address"],
        "language": "en", "currency": "EUR", "vat_id": VAT_ID, "payment_method": "transfer", "payment_token": "",
        "terms_days": 14, "segment": "business",
    }  # fmt: skip
    member = Member.model_validate(former)
    assert (member.buyer.vat_id, member.buyer.vat_proof, member.billing_day) == (VAT_ID, "", 1)


@given(st.integers(-5, 40))
def test_a_billing_day_is_one_that_every_month_has(day: int) -> None:
    platform = Platform("members")
    items = platform.do(handlers.upsert_members, Batch(members=[ANNA | {"billing_day": day}]))["items"]
    assert (items[0]["outcome"] == "created") == (1 <= day <= 28)
