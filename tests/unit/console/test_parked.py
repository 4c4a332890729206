"""Parked messages are grouped by cause, and what nobody can read is shown without being interpreted."""

import base64
from typing import Any

from common.parking import Parked

HOSTILE = b"<script>alert('x')</script>\xff\x00"


def park(world: Any, number: int, code: str, **more: Any) -> str:
    parked = Parked(
        id=f"prk_{number:010}",
        function="invoicing-collect-charges",
        name="charge.accepted",
        code=code,
        detail=f"reason {number}",
        facts=() if "raw" in more else ({"n": number},),
        key=f"key-{number}",
        parked_at=world.platform.clock.now(),
        ids=("1",),
        **more,
    )
    world.platform.do(lambda _given, unit: unit.put(parked), None)
    return parked.id


def test_parked_messages_are_grouped_by_cause_with_the_commonest_first(world: Any) -> None:
    park(world, 1, "bill_full")
    park(world, 2, "gave_up_key_error")
    park(world, 3, "gave_up_key_error")
    causes = world.api("GET", "/v1/parked/causes")
    assert [(cause["code"], cause["count"]) for cause in causes["items"]] == [
        ("gave_up_key_error", 2),
        ("bill_full", 1),
    ]
    assert causes["complete"]
    shown = world.as_("admin").page("/console/parked")
    assert shown.index("gave_up_key_error") < shown.index("bill_full")


def test_one_cause_shows_its_own_messages_only(world: Any) -> None:
    park(world, 1, "bill_full")
    park(world, 2, "gave_up_key_error")
    shown = world.as_("admin").page("/console/parked?function=invoicing-collect-charges&code=bill_full")
    assert "reason 1" in shown
    assert "reason 2" not in shown


def test_what_nobody_can_read_is_shown_in_base64_and_offers_no_replay(world: Any) -> None:
    raw = base64.b64encode(HOSTILE).decode()
    parked_id = park(world, 1, "unreadable", raw=raw, subscription="a-b.c", attempts=50)
    page = f"/console/parked/{parked_id}"
    shown = world.as_("admin").page(page)
    assert raw in shown
    assert "alert(" not in shown
    assert f"{len(HOSTILE)} bytes" in shown
    assert "after 50 attempts" in shown
    assert f'action="{page}/replay"' not in shown
    assert f'action="{page}/discard"' in shown
