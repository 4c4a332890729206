"""From a bill to a draft: what is billed, how it is taxed, and that it adds up."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.parties import SELLERS, Buyer, Location
from functions.invoicing.drafts import drafts_of, gross_by_currency, that_fit_a_page
from functions.invoicing.freezing import totals_of
from functions.invoicing.model.bills import Bill, Recipient
from functions.invoicing.model.invoices import Draft
from functions.invoicing.model.manifests import Skipped, add_up
from tests.unit.invoicing.given import SEPTEMBER, bill, buyer, charge

TODAY = date(2026, 10, 1)


def drafted(of: Bill, to: Buyer, cut_off: date = SEPTEMBER, entity: str = "MP") -> tuple[Draft, ...] | Skipped:
    return drafts_of(of, Recipient(id=to.member_id, revision=1, buyer=to), SELLERS[entity], cut_off, TODAY)


def all_of(of: Bill, to: Buyer, entity: str = "MP") -> tuple[Draft, ...]:
    made = drafted(of, to, entity=entity)
    assert isinstance(made, tuple)
    return made


def must_draft(of: Bill, to: Buyer, cut_off: date = SEPTEMBER) -> Draft:
    made = drafted(of, to, cut_off)
    assert isinstance(made, tuple)
    assert len(made) == 1
    return made[0]


def refused(of: Bill, to: Buyer, cut_off: date = SEPTEMBER) -> str:
    skipped = drafted(of, to, cut_off)
    assert isinstance(skipped, Skipped)
    return skipped.reason


def test_vat_is_rounded_once_on_the_sum_and_not_by_line() -> None:
    three = bill(*(charge(f"c{n}", 3) for n in range(3)))
    made = must_draft(three, buyer())
    assert (made.net_minor, made.vat_minor, made.total_minor) == (9, 2, 11)


def test_half_a_cent_of_vat_is_rounded_up() -> None:
    assert must_draft(bill(charge("c", 50)), buyer()).vat_minor == 10


def test_each_line_is_taxed_by_its_own_day() -> None:
    before = charge("old", 10_000, occurred_on=date(2025, 6, 30))
    after = charge("new", 10_000, occurred_on=date(2025, 7, 1))
    made = must_draft(bill(before, after), buyer(country="EE"))
    assert [(vat.rate_basis_points, vat.vat_minor) for vat in made.vat] == [(2_200, 2_200), (2_400, 2_400)]


def test_charges_after_the_cut_off_wait() -> None:
    later = charge("later", occurred_on=date(2026, 10, 1))
    made = must_draft(bill(charge("now"), later), buyer())
    assert [line.charge_id for line in made.lines] == ["now"]


def test_a_reversal_takes_its_charge_back_on_the_same_draft() -> None:
    made = must_draft(bill(charge("a", 1_000), charge("b", 500), charge("a-back", -1_000, reverses="a")), buyer())
    assert made.net_minor == 500


def test_a_bill_below_zero_is_carried_forward() -> None:
    assert refused(bill(charge("a", 1_000), charge("b", -1_000)), buyer()) == "carried_forward"


def test_a_bill_of_later_charges_is_left_alone() -> None:
    assert refused(bill(charge("later", occurred_on=date(2026, 10, 1))), buyer()) == "nothing_up_to_cut_off"


def test_a_member_nobody_told_of_gets_no_invoice_yet() -> None:
    skipped = drafts_of(bill(charge("c")), None, SELLERS["MP"], SEPTEMBER, TODAY)
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "no_recipient"


def test_one_day_without_a_rate_leaves_out_that_bill_alone() -> None:
    assert refused(bill(charge("c", occurred_on=date(2001, 1, 1))), buyer()) == "no_vat_rate"


def test_a_consumer_who_is_in_two_places_is_left_out_until_that_is_put_right() -> None:
    assert refused(bill(charge("c")), buyer(locations=(Location(kind="ip", country="FR"),))) == "location_contradictory"


def test_the_grounds_of_the_vat_decision_are_kept() -> None:
    made = must_draft(bill(charge("c")), buyer(country="FR"))
    assert made.evidence == (
        "consumer in FR by the address alone: a single item of evidence (art. 24b, Regulation 282/2011)",
        "private customer",
        "taxed in FR (art. 58), One-Stop-Shop",
    )


def test_the_due_date_is_a_bank_day() -> None:
    made = must_draft(bill(charge("c")), buyer(terms_days=2))
    assert made.due_on == date(2026, 10, 5)


@pytest.mark.parametrize("field", ["net_minor", "vat_minor", "total_minor"])
def test_a_draft_that_does_not_add_up_can_not_be_made(field: str) -> None:
    made = must_draft(bill(charge("c")), buyer())
    with pytest.raises(ValidationError):
        Draft.model_validate(dict(made) | {field: getattr(made, field) + 1})


def test_vat_a_cent_off_can_not_be_made_even_where_the_totals_agree() -> None:
    made = must_draft(bill(charge("c")), buyer())
    vat = made.vat[0].model_copy(update={"vat_minor": made.vat_minor + 1})
    wrong = {"vat": (vat,), "vat_minor": made.vat_minor + 1, "total_minor": made.total_minor + 1}
    with pytest.raises(ValidationError, match="not its rate"):
        Draft.model_validate(dict(made) | wrong)


amounts = st.lists(st.integers(-50_000, 100_000), min_size=1, max_size=30)
countries = st.sampled_from(["DE", "FR", "FI", "CH"])


@given(amounts, countries)
def test_any_draft_adds_up_to_what_was_charged(minors: list[int], country: str) -> None:
    made = drafted(bill(*(charge(f"c{n}", minor) for n, minor in enumerate(minors))), buyer(country=country))
    assert isinstance(made, tuple) == (sum(minors) > 0)
    if isinstance(made, tuple):
        assert [one.net_minor for one in made] == [sum(minors)]
        assert gross_by_currency(totals_of(made)) == {"EUR": made[0].total_minor}


@given(st.lists(st.tuples(st.integers(1, 10_000), countries), min_size=2, max_size=12), st.integers(1, 11))
def test_totals_of_parts_are_the_totals_of_the_whole(owed: list[tuple[int, str]], cut: int) -> None:
    drafts = [must_draft(bill(charge("c", minor)), buyer(country=country)) for minor, country in owed]
    assert add_up((*totals_of(drafts[:cut]), *totals_of(drafts[cut:]))) == totals_of(drafts)


def test_a_page_takes_as_many_bills_as_fit_and_always_one() -> None:
    large = bill(*(charge(f"c{n}", rule="r" * 1_000) for n in range(400)))
    assert len(that_fit_a_page([large, large, large])) == 1
    assert len(that_fit_a_page([bill(charge("c"))] * 100)) == 100
    assert that_fit_a_page([]) == []
