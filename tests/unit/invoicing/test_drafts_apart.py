"""What a bill is split into, prices that include VAT, and VAT in the currency of the tax office."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.money import share
from common.parties import SELLERS, Buyer
from functions.invoicing.drafts import draft, drafts_of
from functions.invoicing.model.bills import Bill, Recipient
from functions.invoicing.model.invoices import Draft
from functions.invoicing.model.manifests import Skipped
from functions.invoicing.tax.amounts import net_within
from functions.invoicing.tax.exchange import ExchangeRates
from tests.unit.invoicing.given import SEPTEMBER, bill, buyer, charge

TODAY = date(2026, 10, 1)


def result(of: Bill, to: Buyer, entity: str = "MP", rates: ExchangeRates | None = None) -> tuple[Draft, ...] | Skipped:
    return drafts_of(of, Recipient(id=to.member_id, revision=1, buyer=to), SELLERS[entity], SEPTEMBER, TODAY, rates)


def drafts(of: Bill, to: Buyer, entity: str = "MP") -> tuple[Draft, ...]:
    made = result(of, to, entity)
    assert isinstance(made, tuple), made
    return made


def only(of: Bill, to: Buyer, entity: str = "MP") -> Draft:
    made = drafts(of, to, entity)
    assert len(made) == 1
    return made[0]


def charges_of(made: Draft) -> list[str]:
    return [line.charge_id for line in made.lines]


# -- documents apart ------------------------------------------------------------------------------


def test_what_is_outside_the_scope_of_vat_stands_on_an_invoice_of_its_own() -> None:
    mixed = bill(charge("a"), charge("fee", kind="compensation"), charge("b", kind="commission"))
    first, second = drafts(mixed, buyer())
    assert (charges_of(first), [vat.category for vat in first.vat]) == (["a", "b"], ["S"])
    assert (charges_of(second), [vat.category for vat in second.vat]) == (["fee"], ["O"])
    assert second.vat[0].exemption_code == "VATEX-EU-O"


def test_to_a_member_outside_the_union_both_are_outside_its_scope_and_share_one() -> None:
    made = only(bill(charge("a"), charge("fee", kind="compensation")), buyer(country="CH"))
    assert (len(made.lines), [vat.category for vat in made.vat]) == (2, ["O"])


def test_standard_and_exempt_services_at_home_share_an_invoice() -> None:
    made = only(bill(charge("a"), charge("f", kind="financing")), buyer())
    assert {vat.category: (vat.base_minor, vat.vat_minor) for vat in made.vat} == {"S": (1_000, 190), "E": (1_000, 0)}


def test_an_invoice_tells_the_vat_of_one_country(monkeypatch: pytest.MonkeyPatch) -> None:
    joins = SELLERS["MP"].model_copy(update={"oss_from": date(2026, 9, 15)})
    monkeypatch.setitem(SELLERS, "MP", joins)
    both = bill(charge("before", occurred_on=date(2026, 9, 14)), charge("after", occurred_on=date(2026, 9, 15)))
    made = drafts(both, buyer(country="MC"))
    assert [(one.vat[0].scheme, one.vat[0].country) for one in made] == [("home_rate", "DE"), ("oss", "FR")]


def test_a_part_below_zero_stays_on_the_bill() -> None:
    made = only(bill(charge("a"), charge("back", -300, kind="compensation")), buyer())
    assert charges_of(made) == ["a"]


def test_a_bill_below_zero_in_all_stays_whole() -> None:
    left = result(bill(charge("a"), charge("back", -3_000, kind="compensation")), buyer())
    assert isinstance(left, Skipped)
    assert left.reason == "carried_forward"


def test_no_draft_can_be_made_that_mixes_them() -> None:
    mixed = bill(charge("a"), charge("fee", kind="compensation"))
    with pytest.raises(ValidationError, match="document of its own"):
        draft(mixed, mixed.lines, buyer(), SELLERS["MP"], TODAY)


# -- prices with VAT ------------------------------------------------------------------------------


def test_a_price_with_vat_is_paid_exactly() -> None:
    made = only(bill(charge("a", 1_000, gross=True)), buyer())
    assert (made.net_minor, made.vat_minor, made.total_minor) == (840, 160, 1_000)
    assert (made.lines[0].amount_minor, made.lines[0].quoted_minor, made.vat[0].quoted_minor) == (840, 1_000, 1_000)


def test_the_nets_of_prices_with_vat_add_up_to_their_base() -> None:
    made = only(bill(*(charge(f"c{n}", 100, gross=True) for n in range(7))), buyer(country="HU"))
    assert made.total_minor == 700
    assert sum(line.amount_minor for line in made.lines) == made.net_minor == 551
    assert {line.amount_minor for line in made.lines} == {78, 79}


def test_prices_with_and_without_vat_share_a_group() -> None:
    made = only(bill(charge("a", 1_000, gross=True), charge("b", 500)), buyer())
    assert (made.net_minor, made.vat_minor, made.total_minor) == (1_340, 255, 1_595)
    assert (len(made.vat), made.vat[0].quoted_minor) == (1, 1_000)


@pytest.mark.parametrize(("country", "business", "vat_id"), [("CH", False, ""), ("FR", True, "FR40303265045")])
def test_where_no_vat_is_due_the_price_with_vat_is_the_net_price(country: str, business: bool, vat_id: str) -> None:
    made = only(bill(charge("a", 1_000, gross=True)), buyer(country=country, business=business, vat_id=vat_id))
    assert (made.net_minor, made.vat_minor, made.total_minor) == (1_000, 0, 1_000)


@pytest.mark.parametrize(
    "change", [{"vat_minor": 161, "base_minor": 839}, {"quoted_minor": 1_001}, {"quoted_minor": None}]
)
def test_a_group_that_is_not_what_its_prices_have_in_them_can_not_be_made(change: dict[str, Any]) -> None:
    made = only(bill(charge("a", 1_000, gross=True)), buyer())
    vat = made.vat[0].model_copy(update=change)
    line = made.lines[0].model_copy(update={"amount_minor": vat.base_minor})
    sums = {"net_minor": vat.base_minor, "vat_minor": vat.vat_minor, "total_minor": vat.base_minor + vat.vat_minor}
    with pytest.raises(ValidationError):
        Draft.model_validate(dict(made) | sums | {"vat": (vat,), "lines": (line,)})


priced = st.lists(
    st.tuples(
        st.integers(-30_000, 90_000),
        st.booleans(),
        st.sampled_from(["listing", "compensation", "financing"]),
        st.sampled_from([date(2025, 6, 30), date(2025, 7, 1), date(2026, 9, 1)]),
    ),
    min_size=1,
    max_size=25,
)


@given(priced, st.sampled_from(["DE", "EE", "FR", "CH", "HU"]), st.sampled_from(["MP", "MB", "MS"]))
def test_whatever_is_charged_is_billed_once_to_the_last_minor_unit(
    owed: list[tuple[int, bool, str, date]], country: str, entity: str
) -> None:
    facts: list[dict[str, Any]] = [{"gross": gross, "kind": kind, "occurred_on": day} for _, gross, kind, day in owed]
    whole = bill(*(charge(f"c{n}", owed[n][0], entity=entity, **fact) for n, fact in enumerate(facts)))
    made = result(whole, buyer(country=country), entity, ExchangeRates({("ECB", TODAY): {"CHF": "0.93"}}))
    if isinstance(made, Skipped):
        assert made.reason in {"carried_forward", "no_exchange_rate"}
        return
    billed = [line.charge_id for one in made for line in one.lines]
    assert len(billed) == len(set(billed))
    asked = {line.charge_id: line for line in whole.lines}
    for one in made:
        assert one.total_minor > 0
        assert len(one.vat) == 1 or all(vat.category != "O" for vat in one.vat)
        for line in one.lines:
            told = asked[line.charge_id]
            assert (line.quoted_minor if told.gross else line.amount_minor) == told.amount_minor
        for vat in one.vat:
            group = [
                line
                for line in one.lines
                if (line.category, line.rate_basis_points) == (vat.category, vat.rate_basis_points)
            ]
            quoted = sum(line.quoted_minor for line in group if line.quoted_minor is not None)
            net = sum(line.amount_minor for line in group if line.quoted_minor is None)
            assert vat.base_minor + vat.vat_minor == quoted + net + share(net, vat.rate_basis_points)
            assert vat.base_minor == net + net_within(quoted, vat.rate_basis_points)


# -- another currency -----------------------------------------------------------------------------


def test_vat_in_another_currency_is_told_in_that_of_the_tax_office() -> None:
    made = only(bill(charge("a", 10_000, currency="PLN")), buyer(country="PL"))
    assert made.exchange is not None
    assert (made.vat_minor, made.exchange.currency, made.exchange.on) == (2_300, "EUR", TODAY)
    assert made.exchange.vat_minor == round(2_300 * Fraction(made.exchange.rate))


@pytest.mark.parametrize(("country", "kind"), [("CH", "listing"), ("PL", "compensation")])
def test_where_there_is_no_vat_there_is_nothing_to_exchange(country: str, kind: str) -> None:
    assert only(bill(charge("a", currency="SEK", kind=kind)), buyer(country=country)).exchange is None


def test_without_a_rate_the_bill_is_left_out_until_there_is_one() -> None:
    left = result(bill(charge("a", currency="KWD")), buyer())
    assert isinstance(left, Skipped)
    assert left.reason == "no_exchange_rate"
    known = ExchangeRates({("ECB", TODAY): {"KWD": "0.36"}})
    assert isinstance(result(bill(charge("a", currency="KWD")), buyer(), rates=known), tuple)


def test_a_swiss_seller_tells_its_vat_in_francs_and_that_of_the_union_in_euro() -> None:
    at_home = only(bill(charge("a", 10_000, entity="MS", currency="CHF")), buyer(country="CH"), "MS")
    assert (at_home.vat_minor, at_home.exchange) == (810, None)
    abroad = only(bill(charge("a", 10_000, entity="MS", currency="CHF")), buyer(country="IT"), "MS")
    assert abroad.vat_minor == 2_200
    assert abroad.exchange is not None
    assert abroad.exchange.currency == "EUR"


def test_vat_in_the_tax_currency_that_is_not_at_its_rate_can_not_be_made() -> None:
    made = only(bill(charge("a", 10_000, currency="PLN")), buyer(country="PL"))
    assert made.exchange is not None
    wrong = made.exchange.model_copy(update={"vat_minor": made.exchange.vat_minor + 1})
    with pytest.raises(ValidationError, match="at its rate"):
        Draft.model_validate(dict(made) | {"exchange": wrong})
