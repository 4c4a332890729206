"""What is not checked a second time is what a second check would give."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from common.documents import canonical, shape_of
from common.events.invoicing import InvoiceIssued, Line
from common.failures import Rejected
from common.parties import SELLERS, Buyer
from common.tools.manifest import documents
from functions.invoicing.drafts import drafts_of
from functions.invoicing.issuing import invoice_of, issued
from functions.invoicing.model.bills import Bill, BillAsStored, Recipient
from functions.invoicing.model.invoices import Draft, Invoice
from functions.invoicing.tax.decisions import Case, decide
from functions.invoicing.tax.rates import rates
from tests.unit.invoicing.given import SEPTEMBER, bill, buyer, charge

TODAY = date(2026, 10, 1)
buyers = st.builds(
    buyer,
    country=st.sampled_from(["DE", "FR", "CH", "US", "GR"]),
    business=st.booleans(),
    vat_id=st.sampled_from(["", "FR40303265045"]),
)
charges = st.builds(
    lambda *told: told,
    st.integers(-500, 5_000),
    st.booleans(),
    st.sampled_from(["listing", "commission", "compensation", "other"]),
    st.dates(date(2025, 1, 1), SEPTEMBER),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30),
)
bills = st.lists(charges, min_size=1, max_size=12).map(
    lambda told: bill(
        *(
            charge(f"c{n}", amount, gross=gross, kind=kind, occurred_on=day, description=text)
            for n, (amount, gross, kind, day, text) in enumerate(told)
        )
    )
)


def made_of(of: Bill, to: Buyer, entity: str) -> tuple[Draft, ...]:
    recipient = Recipient(id=to.member_id, revision=1, buyer=to)
    made = drafts_of(of, recipient, SELLERS[entity], SEPTEMBER, TODAY)
    return made if isinstance(made, tuple) else ()


def plainly(made: BaseModel) -> bytes:
    return canonical(made.model_dump(mode="json"))


def checked(made: Any) -> Any:
    """The same, made anew with every check there is."""
    return type(made).model_validate(made.model_dump())


@settings(deadline=None)
@given(bills, buyers, st.sampled_from(sorted(SELLERS)), st.integers(1, 9_999_999))
def test_drafts_invoices_and_events_are_what_checking_them_again_gives(
    of: Bill, to: Buyer, entity: str, place: int
) -> None:
    for draft in made_of(of, to, entity):
        invoice = invoice_of(draft, SELLERS[entity], TODAY, place, "run_1")
        for made in (draft, invoice, issued(invoice), *draft.lines):
            again = checked(made)
            assert again == made
            assert plainly(again) == plainly(made)
            assert made.__dict__.keys() == type(made).model_fields.keys()


def test_what_is_taken_over_unchecked_has_the_same_type_on_both_sides() -> None:
    for source, target in ((Draft, Invoice), (Invoice, InvoiceIssued)):
        shared = [name for name in source.model_fields if name in target.model_fields]
        assert "lines" in shared
        for name in shared:
            assert target.model_fields[name].annotation == source.model_fields[name].annotation, name


def test_a_line_made_unchecked_can_be_changed_only_as_a_copy() -> None:
    (draft,) = made_of(bill(charge("a"), charge("b")), buyer(), "MP")
    changed = draft.lines[0].model_copy(update={"amount_minor": 7})
    assert (changed.amount_minor, draft.lines[0].amount_minor) == (7, 1_000)
    assert hash(draft.lines[0]) == hash(Line.model_validate(draft.lines[0].model_dump()))
    with pytest.raises(ValueError, match="frozen"):
        draft.lines[0].amount_minor = 7


@settings(deadline=None)
@given(bills, st.data())
def test_a_bill_whose_lines_are_left_as_they_are_stored_is_billed_as_one_that_reads_them(
    of: Bill, data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.sampled_from([line.charge_id for line in of.lines])))
    stored = BillAsStored.model_validate_json(canonical(of.model_dump(mode="json")))
    after = stored.billed(gone, 100)
    expected = of.without(gone).but(earlier=(100,))
    assert canonical(after.model_dump(mode="json")) == canonical(expected.model_dump(mode="json"))


def test_a_line_that_is_not_on_the_bill_is_not_taken_off_it() -> None:
    stored = BillAsStored.model_validate_json(bill(charge("a")).model_dump_json())
    with pytest.raises(Rejected, match="lacks lines"):
        stored.billed(["a", "b"], 100)


def test_both_readings_of_a_bill_know_the_same_fields_and_hide_the_same() -> None:
    assert BillAsStored.model_fields.keys() == Bill.model_fields.keys()
    assert BillAsStored.indexed == Bill.indexed
    assert shape_of(BillAsStored) == shape_of(Bill)
    assert [kind for kind in documents() if kind.collection == "bills"] == [Bill]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40), st.integers(1, 20))
def test_the_size_of_a_bill_is_that_of_its_json(text: str, many: int) -> None:
    of = bill(*(charge(f"c{n}", description=text) for n in range(many)))
    assert abs(of.size - len(canonical(of.model_dump(mode="json")))) < len('"lines":,[]') + 1


@pytest.mark.parametrize("entity", sorted(SELLERS))
@pytest.mark.parametrize("country", ["DE", "FI", "CH", "US"])
def test_a_decision_shared_by_many_days_is_the_one_each_day_would_have(entity: str, country: str) -> None:
    seller, to = SELLERS[entity], buyer(country=country)
    changes = {rate.valid_from for history in rates().values() for rate in history} | {seller.oss_from or TODAY}
    days = sorted({date.fromordinal(day.toordinal() + step) for day in changes for step in (-1, 0, 1)})
    case = Case(seller, to)
    for kind in ("listing", "compensation"):
        assert [told(case.decide, kind, day) for day in days] == [
            told(lambda kind, day: decide(seller, to, kind, day), kind, day) for day in days
        ]


def told(how: Any, kind: str, day: date) -> Any:
    try:
        return how(kind, day)
    except Rejected as refusal:
        return refusal.code
