"""The member page shows the whole account: what was proven of a VAT id, where documents go, who goes on."""

from typing import Any

from tests.unit.console.conftest import ADDRESS, World

BUSINESS: dict[str, Any] = {
    "kind": "business",
    "name": "Bert & <b>Co</b>",
    "email": "bert@members.example",
    "address": ADDRESS,
    "vat_id": "DE136695976",
    "billing_day": 15,
    "reference": "<i>PO 7</i>",
    "endpoint": "9930:DE136695976",
    "locations": [{"kind": "ip", "country": "AT"}],
    "reason": "they asked to join",
}


def test_the_whole_account_is_shown_and_nothing_of_it_is_markup(world: World) -> None:
    member_id = world.api("PUT", "/v1/members/bert", BUSINESS)["member"]["member_id"]
    page = world.as_("support").page(f"/console/members/{member_id}")
    for shown in ("VAT valid", "billed on day 15", "9930:DE136695976", "Austria (ip)", "&lt;i&gt;PO 7&lt;/i&gt;"):
        assert shown in page, shown
    assert "<i>PO 7" not in page


def test_a_closed_account_leads_to_the_one_that_goes_on(world: World) -> None:
    closed, goes_on = (world.member(name, name.title()) for name in ("clara", "carla"))
    world.api("POST", f"/v1/members/{closed}/merge", {"into": goes_on, "reason": "the same person"})
    page = world.as_("support").page(f"/console/members/{closed}")
    assert f'href="/console/members/{goes_on}"' in page
    assert "The account that goes on" in page
    assert "goes on in its place: the same person" in page
