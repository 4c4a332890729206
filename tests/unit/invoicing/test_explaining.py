"""Whoever asks "why?" of any amount, rate or day on a document is answered, with the figures it came from."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import Rejected
from common.parties import SELLERS
from functions.invoicing.drafts import drafts_of
from functions.invoicing.explaining import explain
from functions.invoicing.handlers.explanations import explain_invoice, show_threshold
from functions.invoicing.issuing import invoice_of
from functions.invoicing.model.bills import Recipient
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.explanations import (
    ExplainInvoice,
    Explanation,
    ShowThreshold,
)
from tests.kit import Platform
from tests.unit.invoicing.given import SEPTEMBER, bill, billed, buyer, changed, charge

TODAY = date(2026, 10, 1)


def invoice(*charges: Any, entity: str = "MP", **facts: Any) -> Invoice:
    to = Recipient(id="anna", revision=1, buyer=buyer(**facts))
    made = drafts_of(bill(*charges), to, SELLERS[entity], SEPTEMBER, TODAY)
    assert isinstance(made, tuple), made
    return invoice_of(made[0], SELLERS[entity], TODAY, 1)


def test_a_line_for_a_period_is_explained_with_its_days() -> None:
    days: dict[str, Any] = {"service_from": date(2026, 9, 1), "service_to": date(2026, 9, 30)}
    told = why(explain(invoice(charge("c1", **days), charge("c2"))), "/lines/0/amount_minor")
    assert "charge c1 (listing) of 2026-09-15 for 2026-09-01 to 2026-09-30: flat" in told


def why(of: Explanation, pointer: str) -> str:
    (found,) = [fact for fact in of.facts if fact.of == pointer]
    return " | ".join(found.why)


def amounts(part: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every amount, rate and category of a document as callers see it, with its place."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from amounts(value, f"{at}/{name}")
    elif isinstance(part, list):
        for place, value in enumerate(part):
            yield from amounts(value, f"{at}/{place}")
    elif part is not None and (at.endswith(("_minor", "_basis_points", "/due_on", "/rate")) or "/category" in at):
        yield at, part


def answered(document: Invoice) -> dict[str, Any]:
    facts = ("lines", "vat", "net_minor", "vat_minor", "total_minor", "exchange", "due_on")
    shown = document.model_dump(mode="json", include=set(facts))
    for line in shown["lines"]:
        del line["category"]
    return dict(amounts(shown))


CASES: dict[str, Invoice] = {
    "domestic": invoice(charge("a"), charge("b", 333)),
    "gross and net": invoice(charge("a", gross=True), charge("b", 555), charge("c", -100, gross=True)),
    "one stop shop": invoice(charge("a", gross=True), country="FI"),
    "reverse charge": invoice(charge("a", gross=True), country="FR", business=True, vat_id="FR40303265045"),
    "outside": invoice(charge("a"), country="US"),
    "no supply": invoice(charge("a", kind="dunning_fee")),
    "exempt": invoice(charge("a", kind="financing"), charge("b")),
    "two rates": invoice(charge("a", occurred_on=date(2025, 6, 30)), charge("b"), country="EE"),
    "another currency": invoice(charge("a", currency="PLN"), country="PL"),
    "Swiss": invoice(charge("a", entity="MS", currency="CHF"), country="CH", entity="MS"),
    "threshold": invoice(charge("a", entity="MB"), country="NL", entity="MB"),
}


@pytest.mark.parametrize("case", CASES)
def test_every_amount_and_rate_of_an_invoice_is_explained_with_its_own_value(case: str) -> None:
    told = {fact.of: fact for fact in explain(CASES[case]).facts}
    asked = answered(CASES[case])
    assert asked
    assert {at: told[at].value for at in asked} == asked
    assert all(fact.why and all(fact.why) for fact in told.values())


def test_a_line_names_its_charge_and_the_rule_it_was_rated_by() -> None:
    assert why(explain(CASES["domestic"]), "/lines/0/amount_minor").startswith(
        "charge a (listing) of 2026-09-15: flat 10.00 EUR"
    )


def test_vat_is_shown_as_the_exact_product_and_its_rounding() -> None:
    told = why(explain(CASES["domestic"]), "/vat/0/vat_minor")
    assert told.startswith("13.33 EUR x 19.00 % = 253.2700 minor units, rounded half up once")


def test_a_price_with_vat_is_followed_to_its_base() -> None:
    told = explain(CASES["gross and net"])
    assert "9.00 EUR / 1.1900 = 7.56 EUR" in why(told, "/vat/0/base_minor")
    assert "9.00 EUR - 7.56 EUR = 1.44 EUR" in why(told, "/vat/0/vat_minor")
    assert why(told, "/vat/0/quoted_minor") == "prices with VAT: 10.00 + -1.00"


def test_a_rate_names_its_tax_point_the_days_it_holds_and_its_source() -> None:
    before, after = (why(explain(CASES["two rates"]), f"/vat/{place}/rate_basis_points") for place in (0, 1))
    assert before.startswith("tax point 2025-06-30: the standard rate of EE, in force from 2024-01-01 until 2025-06-30")
    assert "in force from 2025-07-01 | source: European Commission" in after


def test_a_category_names_its_grounds_and_what_the_law_wants_said() -> None:
    told = why(explain(CASES["reverse charge"]), "/vat/0/category")
    assert "VAT id of FR checked as valid" in told
    assert "Reverse charge (VATEX-EU-AE)" in told


def test_two_groups_of_one_invoice_have_grounds_of_their_own() -> None:
    told = explain(CASES["exempt"])
    grounds = {fact.value: fact.why for fact in told.facts if fact.of.endswith("/category")}
    assert any("art. 135" in ground for ground in grounds["E"])
    assert not any("art. 135" in ground for ground in grounds["S"])


def test_an_exchanged_amount_names_rate_day_and_source() -> None:
    told = why(explain(CASES["another currency"]), "/exchange/vat_minor")
    assert "European Central Bank" in told
    assert "2.30 PLN x" in told


@pytest.mark.parametrize(("days", "told"), [(14, "a bank day"), (2, "moved to 2026-10-05")])
def test_the_due_day_names_the_terms_and_the_bank_day(days: int, told: str) -> None:
    assert told in why(explain(invoice(charge("a"), terms_days=days)), "/due_on")


def test_an_erased_buyer_leaves_the_grounds_that_were_kept() -> None:
    erased = CASES["one stop shop"].forgotten()
    assert "consumer in FI" in why(explain(erased), "/vat/0/category")


def test_a_rate_that_todays_tables_would_not_give_is_told_as_it_was_issued() -> None:
    issued = CASES["domestic"]
    seller = issued.seller.model_copy(update={"address": issued.seller.address.model_copy(update={"country": "AT"})})
    told = explain(issued.but(seller=seller))
    assert why(told, "/vat/0/rate_basis_points") == "the standard rate of DE when the invoice was issued"
    assert "consumer in DE" in why(told, "/vat/0/category")


def test_one_fact_or_one_part_alone_can_be_asked_for() -> None:
    assert [fact.of for fact in explain(CASES["domestic"], "/total_minor").facts] == ["/total_minor"]
    assert {fact.of.split("/")[1] for fact in explain(CASES["domestic"], "/vat").facts} == {"vat"}


@pytest.mark.parametrize("of", ["/nothing", "/lines/9", "vat", "/vat/0/vat_minor/deeper"])
def test_what_is_not_on_the_document_is_not_found(of: str) -> None:
    with pytest.raises(Rejected, match="not_found"):
        explain(CASES["domestic"], of)


@given(
    st.lists(st.tuples(st.integers(-500, 90_000), st.booleans()), min_size=1, max_size=30),
    st.sampled_from(["DE", "HU"]),
)
def test_whatever_is_billed_is_explained(owed: list[tuple[int, bool]], country: str) -> None:
    charges = [charge(f"c{n}", price, gross=gross) for n, (price, gross) in enumerate([*owed, (10**6, False)])]
    made = invoice(*charges, country=country)
    told = {fact.of: fact.value for fact in explain(made).facts}
    asked = answered(made)
    assert {at: told[at] for at in asked} == asked


def credited() -> Platform:
    here = Platform("invoicing", start=datetime(2026, 10, 1, 8, tzinfo=UTC))
    here.tell(changed(buyer()))
    here.tell(charge("a", gross=True), charge("b", 500))
    billed(here)
    return here


def test_the_explanation_of_what_is_not_there_is_not_found() -> None:
    world = Platform("invoicing").runtime.world
    with pytest.raises(Rejected, match="not_found"):
        explain_invoice(ExplainInvoice(invoice_id="inv_none"), world)


def test_an_invoice_is_explained_over_the_api_as_by_the_rule() -> None:
    here = credited()
    (issued,) = here.all(Invoice)
    assert explain_invoice(ExplainInvoice(invoice_id=issued.id), here.runtime.world) == explain(issued)


def test_the_threshold_adds_the_years_completed_runs() -> None:
    here = Platform("invoicing", start=datetime(2026, 10, 1, 8, tzinfo=UTC))
    here.tell(changed(buyer(country="FR")), changed(buyer("ben")))
    here.tell(charge("a", 400_000), charge("b", 900_000, member="ben"))
    billed(here)
    told = show_threshold(ShowThreshold(entity="MP", year=2026), here.runtime.world)
    assert (told.sold_minor, told.left_minor, told.reached) == (400_000, 600_000, False)
    assert show_threshold(ShowThreshold(entity="MP", year=2025), here.runtime.world).sold_minor == 0
    with pytest.raises(Rejected, match="unknown_entity"):
        show_threshold(ShowThreshold(entity="XX", year=2026), here.runtime.world)
