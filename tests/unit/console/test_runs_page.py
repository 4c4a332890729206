"""The page of a billing run: canary, holds, who was left out; a button for exactly what may be done now."""

import re
from datetime import timedelta

from common.documents import id_from
from common.events.charging import ChargeAccepted
from tests.unit.console.conftest import Staff, World

LARGE = 20_000_000


def begun(world: World, **more: str) -> tuple[Staff, str]:
    """A frozen run that finance started; its page."""
    finance = world.as_("finance")
    fields = {"entity": "MP", "cut_off": world.today.isoformat(), "reason": "month end", **more}
    page = finance.send("/console/runs", "/console/runs", **fields).location.partition("?")[0]
    world.platform.settle()
    return finance, page


def actions(page: str, shown: str) -> set[str]:
    """What the page has a form for."""
    return set(re.findall(rf'action="{page}/([a-z]+|holds/[^"]*)"', shown))


def test_a_canary_is_released_continued_and_shown(world: World) -> None:
    for name in ("anna", "bert", "carl"):
        world.member(name, name.title())
        world.charge(f"c-{name}", name, 1000)
    finance, page = begun(world, canary="1")
    assert actions(page, finance.page(page)) == {"release", "cancel"}
    assert "canary of at most 1 invoices" in finance.page(page)
    finance.send(page, f"{page}/release", reason="looks right")
    world.platform.advance_to(world.platform.clock.now() + timedelta(seconds=10))
    shown = finance.page(page)
    assert "1 of 3 invoices issued" in shown
    assert "goes on by itself 60 minutes after its release" in shown
    assert actions(page, shown) == {"continue", "cancel"}
    finance.send(page, f"{page}/continue", reason="the first one is right")
    world.platform.advance_to(world.platform.clock.now() + timedelta(minutes=1))
    shown = finance.page(page)
    assert "3 of 3 invoices issued" in shown
    assert actions(page, shown) == set()
    assert "admin@marketplace.example" not in shown
    assert "staff:finance@marketplace.example" in shown


def test_a_held_bill_is_shown_with_its_reason_and_released_or_dropped(world: World) -> None:
    for name in ("anna", "bert"):
        world.member(name, name.title())
    world.platform.tell(*(_charge(world, name) for name in ("anna", "bert")))
    finance, page = begun(world)
    shown = finance.page(page)
    assert "above the limit of one bill" in shown
    holds = sorted(action for action in actions(page, shown) if action.startswith("holds/"))
    assert len(holds) == 4
    finance.send(page, f"{page}/{holds[0]}", reason="asked for, and wrong")
    finance.send(page, f"{page}/{holds[-1]}", reason="the contract says so")
    shown = finance.page(page)
    assert not any(action.startswith("holds/") for action in actions(page, shown))
    assert "the contract says so" in shown
    assert "somebody left it out" in shown.lower()


def test_an_auditor_sees_holds_and_has_no_form_for_them(world: World) -> None:
    world.member("anna", "Anna")
    world.platform.tell(_charge(world, "anna"))
    _, page = begun(world)
    shown = world.as_("auditor").page(page)
    assert "Held bills" in shown
    assert actions(page, shown) == set()


def test_what_was_left_behind_is_run_again_from_the_page(world: World) -> None:
    world.member("anna", "Anna")
    world.charge("c-1", "anna", 1000)
    world.platform.tell(_charge(world, "nobody-knows", 1_000))
    finance, page = begun(world)
    finance.send(page, f"{page}/release", reason="looks right")
    world.platform.advance_to(world.platform.clock.now() + timedelta(minutes=1))
    assert actions(page, finance.page(page)) == {"rerun"}
    answer = finance.send(page, f"{page}/rerun", reason="repaired")
    following = answer.location.partition("?")[0]
    assert following != page
    assert page in finance.page(following)
    assert following in finance.page(page)


def _charge(world: World, member: str, amount: int = LARGE) -> ChargeAccepted:
    return ChargeAccepted(
        charge_id=f"big-{member}",
        member_id=id_from("mem", member),
        entity="MP",
        currency="EUR",
        amount_minor=amount,
        kind="commission",
        description="Sale",
        occurred_on=world.today,
        rule="flat",
    )
