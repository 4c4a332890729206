"""A method that a member set up themselves is the one their invoices are collected by."""

from typing import Any

import pytest

from common.events.payments import PaymentMethodSetUp
from functions.members import handlers
from functions.members.model import Member, member_id_of
from functions.members.requests import EraseMember, HistoryOf, MergeMember
from tests.kit import Platform
from tests.unit.members.given import stored, told, upsert


def set_up(name: str = "m-1", **changes: Any) -> PaymentMethodSetUp:
    usual = {"member_id": member_id_of(name), "checkout_id": "chk_1", "provider": "stripe", "method": "card"}
    return PaymentMethodSetUp.model_validate({**usual, "token": "cus_1/pm_1", "label": "Visa 4242", **changes})


def paying(member: Member) -> tuple[str, str, str]:
    return member.payment_method, member.payment_provider, member.payment_token


@pytest.fixture
def platform() -> Platform:
    platform = Platform("members")
    for name in ("m-1", "m-2"):
        upsert(platform, external_id=name)
    return platform


def test_it_is_told_once_with_its_reason(platform: Platform) -> None:
    for _ in range(2):
        platform.tell(set_up())
    assert paying(stored(platform)) == ("card", "stripe", "cus_1/pm_1")
    assert [(one.revision, one.buyer.payment_token) for one in told(platform)] == [(1, ""), (2, "cus_1/pm_1")]
    answer = handlers.show_history(HistoryOf(member_id=member_id_of("m-1")), platform.runtime.world)
    assert answer.items[0].reason == "the member set up how their invoices are collected"
    assert answer.items[0].actor == "function:members-take-methods"


def test_the_marketplace_leaves_it_alone_until_it_says_otherwise(platform: Platform) -> None:
    platform.tell(set_up())
    upsert(platform, external_id="m-1", name="Another Name")
    assert (stored(platform).name, *paying(stored(platform))) == ("Another Name", "card", "stripe", "cus_1/pm_1")
    upsert(platform, external_id="m-1", payment_method="transfer")
    assert paying(stored(platform)) == ("transfer", "stripe", "")


def test_where_the_account_was_closed_it_is_that_of_who_goes_on(platform: Platform) -> None:
    merge = MergeMember(member_id="m-1", into="m-2", reason="the same person")
    platform.do(handlers.merge_member, merge)
    platform.tell(set_up())
    assert paying(stored(platform)) == ("transfer", "stripe", "")
    assert paying(stored(platform, "m-2")) == ("card", "stripe", "cus_1/pm_1")


def test_nobody_collects_from_who_was_erased(platform: Platform) -> None:
    platform.do(handlers.erase_member, EraseMember(member_id="m-1", reason="art. 17"))
    platform.tell(set_up())
    assert paying(stored(platform)) == ("transfer", "stripe", "")
