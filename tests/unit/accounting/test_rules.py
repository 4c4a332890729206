"""Every money event of every area has its rule, every chart is whole, and the books of either chart are the same."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from common.events import every_event
from common.events.base import Event
from common.failures import Rejected
from common.parties import SELLERS
from functions.accounting.posting import MOVES_NOTHING, RULES, chart_of, charts, entry_of
from functions.accounting.posting.charts import FOLDER, Chart, load
from functions.audit.invariants.ledger import MONEY_EVENTS
from tests.unit import told

CHARTS = [path.stem for path in sorted(FOLDER.glob("*.json")) if path.stem != "entities"]


def names(kind: Any) -> Iterator[str]:
    """The names of a class's fields, those of the classes inside it too."""
    for name, field in kind.model_fields.items():
        yield name
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from names(inner)


def tells_an_amount(kind: type[Event]) -> bool:
    return any(name.endswith("_minor") for name in names(kind))


def test_every_event_that_tells_an_amount_has_a_rule_or_a_reason_why_it_needs_none() -> None:
    amounts = {name for name, kind in every_event().items() if tells_an_amount(kind)}
    ruled = {kind.name for kind in RULES}
    assert amounts - ruled - MOVES_NOTHING.keys() == set()
    assert ruled & MOVES_NOTHING.keys() == set()
    assert MOVES_NOTHING.keys() - amounts == set()


def test_the_proofs_expect_a_journal_of_exactly_the_events_that_have_a_rule() -> None:
    assert {kind.name for kind in RULES} == MONEY_EVENTS.keys()


def test_every_rule_names_a_day_its_event_has() -> None:
    assert [kind.name for kind, rule in RULES.items() if kind.model_fields[rule.day].annotation is not date] == []


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_an_account_for_every_word_and_a_word_for_every_account(name: str) -> None:
    chart = load(name)
    assert set(chart.words.values()) == chart.ledger.keys()
    assert {account.kind for account in chart.ledger.values()} == {
        "asset", "liability", "revenue", "expense", "tax", "clearing"
    }  # fmt: skip


def test_all_charts_know_the_same_words_and_tax_codes() -> None:
    first, *others = map(load, CHARTS)
    assert len(CHARTS) > 1
    for other in others:
        assert (other.words.keys(), other.tax_codes) == (first.words.keys(), first.tax_codes)
        assert {word: first.ledger[n].kind for word, n in first.words.items()} == {
            word: other.ledger[n].kind for word, n in other.words.items()
        }
        assert not set(other.ledger) & set(first.ledger)


def broken(**changes: Any) -> dict[str, Any]:
    return json.loads((FOLDER / "skr04.json").read_text()) | changes  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (broken(accounts={}), "words"),
        (broken(revenue={"domestic": "4400"}), "schemes"),
        (broken(bank_entries={}), "kinds of bank entries"),
        (broken(money_accounts={"bank": "1200"}), "sources"),
        (broken(tax_codes={}), "tax codes"),
        (broken(ledger={}), "without a description"),
        (broken(revenue=dict.fromkeys(broken()["revenue"], "1400")), "without a word|is for revenue"),
        (broken(surplus=1), "surplus"),
    ],
)
def test_a_chart_that_is_not_whole_is_refused_when_it_is_read(data: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Chart.model_validate(data)


def test_a_clearing_account_says_within_how_many_days_it_empties() -> None:
    with pytest.raises(ValueError, match="clearing"):
        charts.Account(name="Clearing", kind="clearing", normal="debit")


def test_every_entity_has_a_chart_and_a_day_before_the_first_has_none() -> None:
    assert {row.entity for row in charts.keepings()} == SELLERS.keys()
    with pytest.raises(Rejected, match="no_chart"):
        chart_of("MP", date(1999, 1, 1))
    with pytest.raises(Rejected, match="unknown_entity"):
        chart_of("XX", date(2026, 10, 1))


@pytest.fixture
def from_november_by_ifrs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    rows = [{"entity": e, "chart": "skr04", "valid_from": "2020-01-01", "defers": True} for e in SELLERS]
    rows.append({"entity": "MP", "chart": "ifrs", "valid_from": "2026-11-01", "defers": True})
    right = charts._read
    monkeypatch.setattr(charts, "_read", lambda name: rows if name == "entities" else right(name))
    charts.keepings.cache_clear()
    charts.chart_of.cache_clear()
    yield
    monkeypatch.undo()
    charts.keepings.cache_clear()
    charts.chart_of.cache_clear()


@pytest.mark.usefixtures("from_november_by_ifrs")
def test_an_event_is_booked_by_the_chart_of_the_day_it_happened() -> None:
    before = entry_of(told.invoice_issued(issued_on=date(2026, 10, 31)))
    after = entry_of(told.invoice_issued(issued_on=date(2026, 11, 1)))
    assert [line.account for line in before.postings] == ["1400", "4400", "3806"]
    assert [line.account for line in after.postings] == ["120100", "400100", "220100"]
    assert [line.word for line in before.postings] == [line.word for line in after.postings]


def test_money_that_was_converted_keeps_its_rate_and_who_says_so() -> None:
    entry = entry_of(told.payment_received(amount=9_200, original_minor=10_000, original_currency="USD"))
    assert entry.conversion is not None
    assert (entry.conversion.currency, entry.conversion.rate, entry.conversion.amount_minor) == (
        "USD", "1.0869565217", 10_000
    )  # fmt: skip
    yen = entry_of(told.payment_received(amount=10_000, original_minor=16_000, original_currency="JPY"))
    assert yen.conversion is not None
    assert yen.conversion.rate == "160"
    strange = entry_of(told.payment_received(original_minor=5, original_currency="XXX"))
    assert strange.conversion is not None
    assert strange.conversion.rate == ""
    same = entry_of(told.payment_received(original_minor=11_900, original_currency="EUR"))
    assert same.conversion is None


def test_a_reversal_names_the_journal_it_takes_back() -> None:
    from functions.accounting.posting import journal_id

    assert entry_of(told.credit_note_issued()).reverses == journal_id(*entry_of(told.invoice_issued()).causes)
    assert entry_of(told.payment_unmatched()).reverses == journal_id(*entry_of(told.payment_matched()).causes)
    assert entry_of(told.payment_returned()).reverses == journal_id(*entry_of(told.payment_received()).causes)
