"""Finance's pages over reporting's real API: who sees them, what they say without a warehouse, hostile values."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from common.failures import TryLater
from emulators.identity import Issuer
from functions.console import charts
from functions.reporting.reports import BY_NAME
from tests.unit.console.conftest import AREAS, HOSTILE, World, _world

NEWEST = datetime(2026, 10, 5, 8, tzinfo=UTC)


class Warehouse:
    """Answers with the rows it was given, and remembers what it was asked."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.down = False

    def __call__(self, sql: str, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if self.down:
            raise TryLater("BigQuery does not answer")
        self.asked.append((sql, parameters))
        if "number_completeness) AS numbers" in sql:
            return iter([{"as_of": NEWEST, "loaded_at": NEWEST, "missing": 2, "doubled": 0}])
        if "AS place" in sql:
            return iter([
                {"of_entity": "MP", "of_currency": "EUR", "place": row["bucket"], "series": "",
                 "behind": len(self.rows), "open_minor_drawn": row["open_minor"]}
                for row in self.rows
            ])  # fmt: skip
        first = parameters.get("skipped", 0)
        return iter(self.rows[first : first + parameters.get("most", 1_000)])


@pytest.fixture
def books(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from _world(issuer, monkeypatch, (*AREAS, "reporting"))


@pytest.fixture
def warehouse(books: World) -> Warehouse:
    made = Warehouse()
    books.platform.engine.warehouse = made
    return made


def item(**more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {column["name"]: None for column in BY_NAME["ageing"].columns}
    about = {"entity": "MP", "currency": "EUR", "country": "DE", "bucket": "1-30", "open_minor": 1_234_567}
    return {**made, **about, "due_on": date(2026, 9, 15), "invoice_number": "MP-1", "invoice_id": "inv_1", **more}


def test_only_who_may_read_reports_finds_them(books: World, warehouse: Warehouse) -> None:
    assert warehouse.asked == []
    for name in ("finance", "admin", "auditor"):
        assert 'href="/console/finance"' in books.as_(name).page("/console/finance")
    for path in ("/console/finance", "/console/finance/ageing", "/console/finance/ageing/csv"):
        assert books.as_("support").get(path).status_code == 403
    assert 'href="/console/finance"' not in books.as_("support").page("/console/")


def test_a_page_shows_the_views_figures_as_of_when_and_how_complete(books: World, warehouse: Warehouse) -> None:
    warehouse.rows = [item()]
    shown = books.as_("finance").page("/console/finance/ageing?entity=MP")
    assert "12,345.67 EUR" in shown
    assert "05 Oct 2026, 08:00:00 UTC" in shown
    assert "2 missing" in shown
    assert '<a href="/console/invoices/inv_1">MP-1</a>' in shown
    assert {"entity": "MP"}.items() <= warehouse.asked[0][1].items()
    assert "FROM billing_reporting.ar_ageing" in warehouse.asked[0][0]


def test_where_there_is_no_warehouse_the_pages_say_so(books: World) -> None:
    assert "Not available here" in books.as_("finance").page("/console/finance")
    for path in ("ageing", "ageing/csv", "ageing/xlsx"):
        refused = books.as_("finance").get(f"/console/finance/{path}")
        assert refused.status_code == 503
        assert "no_warehouse" in refused.text


def test_a_warehouse_that_does_not_answer_is_not_available_right_now(books: World, warehouse: Warehouse) -> None:
    warehouse.down = True
    refused = books.as_("finance").get("/console/finance/ageing")
    assert refused.status_code == 503
    assert "Not available right now" in refused.text


@pytest.mark.parametrize(
    "query", ["day_from=x", "day_from=2026-10-02&day_to=2026-10-01", "known_at=yesterday", "of_day=31.12.2026"]
)
def test_what_was_typed_wrongly_comes_back_with_the_form(books: World, warehouse: Warehouse, query: str) -> None:
    refused = books.as_("finance").get(f"/console/finance/vat?{query}")
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert 'action="/console/finance/vat"' in refused.text
    assert [sql for sql, _ in warehouse.asked if "vat" in sql] == []


def test_nothing_typed_becomes_part_of_a_query(books: World, warehouse: Warehouse) -> None:
    hostile = "MP' OR 1=1 --"
    books.as_("finance").get("/console/finance/ageing", query_string={"entity": hostile, "currency": "EUR"})
    assert all(hostile not in sql for sql, _ in warehouse.asked)
    assert warehouse.asked[0][1]["entity"] == hostile
    for name in ("ageing;drop", "..", "AGEING", "nothing-like-it"):
        assert books.as_("finance").get(f"/console/finance/{name}").status_code in {404, 422}


def test_a_hostile_value_is_text(books: World, warehouse: Warehouse) -> None:
    warehouse.rows = [item(bucket=HOSTILE, member_id='"><script>alert(1)</script>')]
    shown = books.as_("finance").page("/console/finance/ageing")
    assert "<script>" not in shown


def test_a_day_by_itself_is_told_as_it_is_known_now(books: World, warehouse: Warehouse) -> None:
    shown = books.as_("finance").page("/console/finance/ageing?of_day=2026-09-30")
    sql, parameters = warehouse.asked[0]
    assert "billing_reporting.ar_ageing_at(@day, @known_at)" in sql
    assert parameters["day"] == date(2026, 9, 30)
    assert parameters["known_at"] == books.platform.clock.now()
    assert "as reported then" in shown


def test_a_report_that_was_not_kept_so_says_so(books: World, warehouse: Warehouse) -> None:
    refused = books.as_("finance").get("/console/finance/dso?known_at=2026-09-30T12:00")
    assert refused.status_code == 422
    assert "not_kept" in refused.text
    assert warehouse.asked == []


def test_pages_go_on_where_they_ended(books: World, warehouse: Warehouse) -> None:
    warehouse.rows = [item(invoice_number=f"MP-{n}") for n in range(50)]
    first = books.as_("finance").page("/console/finance/ageing")
    assert "page_token=50" not in first
    warehouse.rows += [item()]
    found = re.search(r"page_token=(\d+)", books.as_("finance").page("/console/finance/ageing?currency=EUR"))
    assert found is not None
    books.as_("finance").page(f"/console/finance/ageing?page_token={found[1]}")
    assert int(found[1]) in {parameters.get("skipped") for _, parameters in warehouse.asked}


def test_a_download_is_a_file_of_its_kind(books: World, warehouse: Warehouse) -> None:
    warehouse.rows = [item(member_id="=1+1")]
    csv = books.as_("finance").get("/console/finance/ageing/csv?entity=MP")
    assert csv.headers["Content-Disposition"] == 'attachment; filename="ageing-MP.csv"'
    assert csv.headers["X-Content-Type-Options"] == "nosniff"
    assert "12345.67" in csv.text
    assert ",'=1+1," in csv.text
    book = books.as_("finance").get('/console/finance/ageing/xlsx?entity=x"%0d%0ay')
    assert book.headers["Content-Disposition"] == 'attachment; filename="ageing.xlsx"'
    assert book.data.startswith(b"PK")


def test_the_months_of_the_books_can_be_closed_with_a_reason(books: World) -> None:
    person = books.as_("finance")
    shown = person.page("/console/periods")
    assert "Months of MP" in shown
    actions = re.findall(r'action="(/console/periods/[^"]+/close)"', shown)
    for action in actions[:1]:
        assert person.send("/console/periods", action, reason="all is posted").status_code in {303, 409, 422}
    assert "/close" not in books.as_("auditor").page("/console/periods")


PANEL: dict[str, Any] = {
    "entity": "MP",
    "currency": "EUR",
    "unit": "money",
    "places": 2,
    "at": ["2026-09-01", "2026-10-01"],
}


def drawn(*values: list[int | None], stacked: bool = False) -> dict[str, Any]:
    series = [{"label": f"s{n}", "values": found} for n, found in enumerate(values)]
    return charts.drawn({**PANEL, "series": series}, "A chart", stacked=stacked)


def test_bars_are_as_high_as_their_values_and_stand_on_zero() -> None:
    made = drawn([100_00, -50_00])
    up, down = made["bars"]
    assert abs(up["height"] - 2 * down["height"]) <= 2
    assert up["y"] + up["height"] == made["zero"] == down["y"]


def test_stacked_bars_stand_on_each_other() -> None:
    lower, upper = drawn([100, None], [50, None], stacked=True)["bars"]
    assert upper["y"] + upper["height"] == lower["y"]
    assert upper["x"] == lower["x"]


@pytest.mark.parametrize("values", [[0, 0], [None, None], [1, None], [10**13, -(10**13)], [-1, -1]])
def test_every_bar_is_within_the_picture(values: list[int | None]) -> None:
    made = drawn(values, values, stacked=True)
    assert 2 <= len(made["ticks"]) <= 12
    for bar in made["bars"]:
        assert charts.TOP <= bar["y"] <= bar["y"] + bar["height"] <= charts.HEIGHT - charts.BOTTOM + 1
        assert charts.LEFT <= bar["x"] <= bar["x"] + bar["width"] <= charts.WIDTH
    assert [row["at"] for row in made["rows"]] == ["01 Sep 2026", "01 Oct 2026"]


def test_a_chart_without_places_says_so() -> None:
    made = charts.drawn({**PANEL, "at": [], "series": []}, "A chart", stacked=False)
    assert made["desc"] == "There are no figures."
