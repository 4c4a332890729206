"""What staff read is complete, in words, in order, and can't be faked by a name."""

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from common.events import every_event
from common.events.invoicing import InvoiceIssued
from common.events.payments import PaymentReceived
from common.parties import Address, Buyer
from functions.console import shown, telling
from functions.console.pages.audit import instant
from functions.console.pages.search import wanted
from functions.console.providers import Refused
from tests.unit.console.conftest import HOSTILE, PAGES, World


def _invoices(world: World, member_id: str, count: int, **facts: Any) -> None:
    """As many invoices of a member as `invoicing` would tell of, each over 1.00 EUR."""
    address = Address(street="Weg 1", city="Kiel", postcode="24103", country="DE")
    buyer = Buyer(member_id=member_id, name="Anna", business=False, address=address, email="anna@members.example")
    usual: dict[str, Any] = {
        "entity": "MP", "buyer": buyer, "member_id": member_id, "currency": "EUR", "issued_on": world.today,
        "due_on": world.today + timedelta(days=14), "lines": (), "vat": (), "net_minor": 100, "vat_minor": 0,
        "total_minor": 100,
    }  # fmt: skip
    for place in range(count):
        number = f"MP-2026-{place + 500:07d}"
        told = {"invoice_id": f"inv_{place:06}", "number": number, "reference": f"RF18MP2026{place + 500:07d}"}
        world.platform.tell(InvoiceIssued(**(usual | facts | told)))


def _money(world: World, name: str, amount_minor: int, **facts: Any) -> str:
    usual: dict[str, Any] = {
        "member_id": "", "receipt_id": name, "source": "bank", "entity": "MP", "amount_minor": amount_minor,
        "currency": "EUR", "received_on": world.today,
    }  # fmt: skip
    world.platform.tell(PaymentReceived(**(usual | facts)))
    return name


def _rows(page: str, path: str) -> list[str]:
    """The links of a page to things under a path, in their order."""
    return re.findall(rf'href="{path}/([a-z]+_[0-9a-z]+)"', page)


def test_balances_are_over_all_items_and_all_money_not_only_those_shown(world: World) -> None:
    member = world.member("anna", "Anna")
    _invoices(world, member, 60)
    page = world.as_("support").page(f"/console/members/{member}")
    assert "<span>Open</span><strong>60.00 EUR</strong>" in page
    further = re.findall(r'href="(\?open_items=[^"]+)#open_items"', page)
    assert len(further) == 1
    rest = world.as_("support").page(f"/console/members/{member}{further[0]}")
    assert "<span>Open</span><strong>60.00 EUR</strong>" in rest
    assert len(_rows(page, "/console/invoices")) > len(_rows(rest, "/console/invoices"))
    assert "First ones" in rest


def test_each_currency_has_its_own_balance(world: World) -> None:
    member = world.member("anna", "Anna")
    _invoices(world, member, 1, total_minor=123_456, net_minor=123_456)
    _money(world, "rcp_0000000001", 5_000_000, currency="SEK", member_id=member)
    page = world.as_("support").page(f"/console/members/{member}")
    assert "1,234.56 EUR" in page
    assert "<span>Credit not applied</span><strong>50,000.00 SEK</strong>" in page


def test_a_member_who_is_about_to_be_reminded_is_shown_the_next_step_and_the_case_can_be_closed(dunned: World) -> None:
    invoice = dunned.invoice()
    dunned.platform.advance_to(dunned.platform.clock.now() + timedelta(days=16))
    page, path = dunned.as_("admin").page(f"/console/members/{invoice['member_id']}"), "/console/members/"
    assert "overdue" in page
    assert re.search(r"Next: [a-z ]+, \d\d [A-Z][a-z]{2} 2026", page)
    (action,) = re.findall(rf'action="({path}[^"]+/close)"', page)
    answer = dunned.as_("admin").send(f"{path}{invoice['member_id']}", action, reason="they pay in person")
    assert answer.location == f"{path}{invoice['member_id']}?done=closed"
    assert "/close" not in dunned.as_("support").page(f"{path}{invoice['member_id']}")


def test_money_names_the_invoices_it_lies_on_and_whose_it_is(world: World) -> None:
    invoice, receipt = world.invoice(), world.receipt()
    body = {"item_id": _item(world, invoice["number"]), "amount_minor": 1190, "reason": "they rang us"}
    world.api("POST", f"/v1/receipts/{receipt}/match", body)
    page = world.as_("finance").page(f"/console/receipts/{receipt}")
    assert f'<a href="/console/invoices/{invoice["id"]}">{invoice["number"]}</a>' in page
    assert f"11.90 EUR from {invoice['number']}" in page
    assert "mat_" not in re.sub(r'action="[^"]*"|id="[^"]*"|for="[^"]*"', "", page)


def _item(world: World, number: str) -> str:
    return str(world.api("GET", f"/v1/items?number={number}")["items"][0]["item_id"])


def test_who_a_run_left_out_is_named_with_the_reason_in_words(world: World) -> None:
    world.member("anna", "Anna")
    world.charge("c-1", "anna", 500)
    yesterday = (world.today - timedelta(days=1)).isoformat()
    run = world.api("POST", "/v1/billing-runs", {"entity": "MP", "cut_off": yesterday})["id"]
    page = world.as_("finance").page(f"/console/runs/{run}")
    assert "Left out, and why" in page
    assert "Nothing is dated up to the cut-off." in page
    assert "nothing_up_to_cut_off" not in page


def test_runs_are_listed_the_latest_first(world: World) -> None:
    started: list[str] = []
    for _ in range(6):
        world.platform.advance_to(world.platform.clock.now() + timedelta(days=1))
        started.insert(0, world.run())
        world.api("POST", f"/v1/billing-runs/{started[0]}/cancel", {"reason": "only a try"})
    finance = world.as_("finance")
    assert _rows(finance.page("/console/runs"), "/console/runs") == started
    assert _rows(finance.page("/console/"), "/console/runs") == started[:5]


def test_money_is_listed_the_latest_first(world: World) -> None:
    for day in (3, 1, 5, 2, 4):
        _money(world, f"rcp_000000000{day}", 100, received_on=date(2026, 9, day))
    found = _rows(world.as_("finance").page("/console/receipts"), "/console/receipts")
    assert found == [f"rcp_000000000{day}" for day in (5, 4, 3, 2, 1)]


def test_members_are_found_in_the_order_of_their_names(world: World) -> None:
    for number, name in enumerate(["Vogel, Zoe", "Vogel, Anna", "Vogel, Mia"]):
        world.member(f"m-{number}", name)
    page = world.as_("support").page("/console/?q=vogel")
    assert re.findall(r">Vogel, (\w+)<", page) == ["Anna", "Mia", "Zoe"]


def test_a_search_without_result_says_what_a_search_finds(world: World) -> None:
    page = world.as_("support").page("/console/?q=nobody+here")
    assert "Nothing was found" in page
    assert "payment reference" in page
    assert "No member fits." not in page


def test_an_invoice_is_found_by_its_payment_reference(world: World) -> None:
    invoice = world.invoice()
    reference = world.api("GET", f"/v1/invoices/{invoice['id']}")["reference"]
    spaced = "+".join(reference[place : place + 4] for place in range(0, len(reference), 4)).lower()
    for typed in (reference, spaced):
        assert world.as_("support").get(f"/console/?q={typed}").location == f"/console/invoices/{invoice['id']}"


@pytest.mark.parametrize(("typed", "number"), [("RF18MP20260000123", "MP-2026-0000123"), ("mp-2026-1", "MP-2026-1")])
def test_a_number_or_a_reference_asks_for_the_invoice(typed: str, number: str) -> None:
    assert wanted(typed)["invoices"] == ("/v1/invoices", {"number": number})


@pytest.mark.parametrize("typed", ["RF18", "RF18MP2026", "RFxxMP20260000123", "anna"])
def test_what_is_neither_does_not(typed: str) -> None:
    assert "invoices" not in wanted(typed)


def test_why_an_amount_and_a_vat_rate_are_as_they_are_is_told(world: World) -> None:
    page = world.as_("support").page(f"/console/invoices/{world.invoice()['id']}")
    assert "Why this amount?" in page
    assert "Why this VAT?" in page
    assert "consumer in DE by the address alone" in page


def test_nothing_on_an_invoice_is_a_bare_code(world: World) -> None:
    page = world.as_("finance").page(f"/console/invoices/{world.invoice()['id']}")
    text = re.sub(r"<[^>]+>", " ", page)
    assert "Germany" in text
    assert "Trade receivables" in text
    assert not re.search(r"\bS 19|\bDE\b(?! by)", text)
    assert "outside_scope" not in text


def test_a_trail_says_what_each_version_changed_and_leads_back(world: World) -> None:
    invoice = world.invoice()
    member = invoice["member_id"]
    world.member("anna", "Anna Berg")
    page = world.as_("auditor").page(f"/console/audit/members/{member}")
    assert "<h1>Member Anna Berg</h1>" in page
    assert "Changed: name" in re.sub(r"\s+", " ", page)
    assert f'href="/console/members/{member}"' in page
    item = world.as_("auditor").page(f"/console/audit/items/{_item(world, invoice['number'])}")
    assert f"<h1>Open item {invoice['number']}</h1>" in item
    assert f'href="/console/invoices/{invoice["id"]}"' in item


def test_a_moment_that_is_none_is_refused_in_words_and_the_trail_stays(world: World) -> None:
    page = f"/console/audit/members/{world.member('anna', 'Anna')}"
    answer = world.as_("auditor").get(f"{page}?at=yesterday")
    assert answer.status_code == 422
    assert "Not a moment" in answer.text
    assert "The chain is whole." in answer.text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", ""),
        ("2026-11-01T12:00", "2026-11-01T12:00:00+00:00"),
        ("2026-11-01T12:00:05", "2026-11-01T12:00:05+00:00"),
        ("2026-11-01T12:00+01:00", "2026-11-01T11:00:00+00:00"),
        ("2026-11-01", "2026-11-01T00:00:00+00:00"),
    ],
)
def test_a_typed_moment_is_meant_in_utc(typed: str, meant: str) -> None:
    assert instant(typed) == meant


def test_what_is_no_moment_is_refused() -> None:
    with pytest.raises(Refused):
        instant("2026-13-01T12:00")


def test_a_name_can_not_turn_the_words_around_it(world: World) -> None:
    receipt = _money(
        world, "rcp_0000000007", 100, payer_name="\u202egnp.exe\u2066 " + "N" * 300, text="\u200fx" + HOSTILE
    )
    for path in ("/console/receipts", f"/console/receipts/{receipt}", "/console/"):
        page = world.as_("finance").page(path)
        assert not shown.STEERING.search(page), path
        assert "\ufffdgnp.exe\ufffd" in page, path
        assert "<script" not in page, path


def test_letters_written_from_right_to_left_stay(world: World) -> None:
    member = world.member("anna", "שלום עליכם")
    assert "<h1>שלום עליכם</h1>" in world.as_("support").page(f"/console/members/{member}")


@pytest.mark.parametrize(
    ("path", "status"),
    [("nothing", 404), ("invoices/inv_00000000000", 404), ("members/mem_00000000000", 404), ("runs/run_000000", 404)],
)
def test_a_page_that_is_not_there_says_so_in_a_heading_and_leads_back(world: World, path: str, status: int) -> None:
    answer = world.as_("admin").get(f"/console/{path}")
    assert answer.status_code == status
    assert answer.text.count("<h1") == 1
    assert "<h1>Not found</h1>" in answer.text
    assert "<title>Not found · Billing</title>" in answer.text
    assert 'href="/console/">Back to the start' in answer.text


def test_a_refusal_by_role_and_a_stale_form_have_a_heading_and_say_what_to_do(world: World) -> None:
    trail = world.as_("support").get(f"/console/audit/members/{world.member('anna', 'Anna')}")
    assert "<h1>Your role may not do this</h1>" in trail.text
    stale = world.as_("finance").post("/console/runs", entity="MP")
    assert stale.status_code == 403
    assert "<h1>Form refused</h1>" in stale.text
    assert "Load the page again." in stale.text


def test_headings_go_down_one_step_at_a_time_and_titles_differ(world: World) -> None:
    invoice, receipt = world.invoice(), world.receipt()
    admin, titles = world.as_("admin"), []
    paths = [*PAGES, f"/console/members/{invoice['member_id']}", f"/console/invoices/{invoice['id']}",
             f"/console/receipts/{receipt}", f"/console/audit/invoices/{invoice['id']}"]  # fmt: skip
    for path in paths:
        page = admin.page(path)
        levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), (path, levels)
        titles += re.findall(r"<title>([^<]+)</title>", page)
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path
    assert len(set(titles)) == len(paths)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "EUR", "0.00 EUR"),
        (123_456_789, "EUR", "1,234,567.89 EUR"),
        (-5, "EUR", "−0.05 EUR"),
        (1_234, "ISK", "1,234 ISK"),
        (1_234_567, "KWD", "1,234.567 KWD"),
        (None, "EUR", "–"),
        (7, "XXX", "7 XXX (minor units)"),
    ],
)
def test_amounts_are_grouped_and_have_their_currencys_places(minor: int | None, currency: str, text: str) -> None:
    assert shown.money(minor, currency) == text


def test_codes_become_words() -> None:
    assert [shown.country("FR"), shown.country("XX"), shown.country("")] == ["France", "XX", "–"]
    assert shown.language("de") == "German"
    assert [shown.words("oss"), shown.words("second_reminder")] == ["One-Stop-Shop", "second reminder"]
    assert [shown.sentence("there is none"), shown.sentence("Done."), shown.sentence("")] == [
        "There is none.",
        "Done.",
        "",
    ]
    assert shown.actor("function:matching-open-items") == "matching-open-items (automatic)"
    assert shown.actor("staff:anna@x.example") == "anna@x.example"


def test_everything_that_can_happen_to_a_member_has_its_sentence() -> None:
    about_members = {name for name, event in every_event().items() if "member_id" in event.model_fields}
    of_the_house = {"batch.accepted", "billing_run.completed", "period.changed", "proof.completed"}
    assert about_members - of_the_house <= set(telling.SENTENCES)
