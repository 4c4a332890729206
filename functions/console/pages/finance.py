"""What finance reads: every report as a page with its chart, its figures, and the same as files."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, g, render_template, request

from common.money import EXPONENTS
from common.parties import SELLERS
from common.process import runtime
from functions.console.charts import drawn
from functions.console.pages.asking import billing
from functions.console.pages.audit import instant
from functions.console.providers import Refused
from functions.console.shown import capital, country, day, moment, money, rate, words

GROUPS: Final = ("Receivables", "Revenue and tax", "Money", "Proof")
ON_TOP: Final = frozenset({"as_of", "loaded_at"})
"""Columns that say the same in every row: they stand above the table."""
MOST_PANELS: Final = 6
PAGE: Final = 50
ZERO_WHEN_WELL: Final = frozenset({
    "difference_minor", "unposted_documents", "overpaid_items", "missing_count", "doubled_count", "not_loaded",
    "older_minor",
})  # fmt: skip
LINKS: Final = {
    "invoice_number": ("invoice_id", "/console/invoices/{}"),
    "member_id": ("member_id", "/console/members/{}"),
    "receipt_id": ("receipt_id", "/console/receipts/{}"),
}
"""By column: which field its link is made of, and where it leads."""
LISTS: Final = frozenset({"scheme", "kind", "payment_method", "method", "reason_class", "period", "provider", "source"})
"""Columns of machine's words."""
SAID: Final[Mapping[str, Callable[[Any], str]]] = {
    "share": rate,
    "day": day,
    "moment": moment,
    "flag": lambda yes: "Yes" if yes else "No",
}
"""How a value is said, by its unit."""

finance = Blueprint("finance", __name__)


@finance.get("/finance")
def listed() -> str:
    """All reports by what they are about."""
    found = billing().get("/v1/reports")
    groups = {group: [one for one in found["reports"] if one["group"] == group] for group in GROUPS}
    return render_template("finance.html", groups=groups, fresh=found["freshness"])


@finance.get("/finance/<id:name>")
def show(name: str) -> str | tuple[str, int]:
    """One report, narrowed as asked; where what was typed can't be, the report's form with what was said."""
    asked = _typed()
    try:
        params = _params(asked)
        found = billing().get(f"/v1/reports/{name}", limit=PAGE, page_token=_token(), **params)
    except Refused as refusal:
        if refusal.status != 422:  # noqa: PLR2004 - what was typed is wrong
            raise
        g.refusal = refusal
        return _page(name, asked, {}), refusal.status
    return _page(name, asked, found)


@finance.get("/finance/<id:name>/<any(csv, xlsx):kind>")
def download(name: str, kind: str) -> Response:
    """All rows as a file, passed on while they come."""
    path = f"/v1/reports/{name}/{kind}"
    media, parts = billing().stream(path, **_params(_typed()))
    entity = _typed()["entity"]
    named = "-".join(filter(None, (name, entity if entity in SELLERS else "")))
    headers = {"Content-Disposition": f'attachment; filename="{named}.{kind}"'}
    return Response(parts, content_type=media, headers=headers)


def _typed() -> dict[str, str]:
    """What was typed; a day by itself is meant as it is known now, which stays the same on the pages that follow."""
    names = ("entity", "currency", "day_from", "day_to", "of_day", "known_at")
    typed = {name: request.args.get(name, "").strip()[:40] for name in names}
    if typed["of_day"] and not typed["known_at"]:
        typed["known_at"] = runtime().clock.now().strftime("%Y-%m-%dT%H:%M:%S")
    return typed


def _token() -> str:
    return request.args.get("page_token", "")[:20]


def _params(asked: Mapping[str, str]) -> dict[str, str]:
    known_at = instant(asked["known_at"])
    days = {name: _day(asked[name]) for name in ("day_from", "day_to", "of_day")}
    return {**asked, **days, "known_at": known_at}


def _day(typed: str) -> str:
    """A day as typed, or a month, which stands for its first day; Refused where it is none."""
    if not typed:
        return ""
    try:
        return date.fromisoformat(f"{typed}-01" if len(typed) == len("2026-11") else typed).isoformat()
    except ValueError:
        raise Refused(422, "Not a day", "Write the day like 2026-11-30.", "not_a_day") from None


def _page(name: str, asked: Mapping[str, str], found: Mapping[str, Any]) -> str:
    report = found["report"] if found else _named(name)
    chart = found["chart"] if found else None
    columns = [column for column in report["columns"] if column["name"] not in ON_TOP | _within(report)]
    return render_template(
        "finance_report.html",
        report=report,
        asked=asked,
        found=found,
        columns=columns,
        rows=[[_cell(column, row) for column in columns] for row in found.get("items", [])],
        charts=_charts(chart),
        hidden_panels=max(len(chart["panels"]) - MOST_PANELS, 0) if chart else 0,
        entities=sorted(SELLERS),
        currencies=sorted(EXPONENTS),
        has={column["name"] for column in report["columns"]},
        query={key: value for key, value in asked.items() if value},
    )


def _charts(chart: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if chart is None:
        return []
    return [drawn(panel, chart["title"], stacked=chart["stacked"]) for panel in chart["panels"][:MOST_PANELS]]


def _named(name: str) -> Mapping[str, Any]:
    found: list[Mapping[str, Any]] = billing().get("/v1/reports", fresh="false")["reports"]
    one = next((one for one in found if one["name"] == name), None)
    if one is None:
        raise Refused(404, "Not found", "There is no such report.", "not_found")
    return one


def _within(report: Mapping[str, Any]) -> set[str]:
    """Ids that stand behind another column's link."""
    names = {column["name"] for column in report["columns"]}
    return {field for column, (field, _) in LINKS.items() if column in names and field != column}


def _cell(column: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """A value as it is shown: its text, whether it is a number, where it leads, whether it is wrong."""
    name, value = column["name"], row[column["name"]]
    field, path = LINKS.get(name, ("", ""))
    link = path.format(row[field]) if field and row.get(field) else _account(name, row)
    wrong = (name in ZERO_WHEN_WELL and bool(value)) or value is False
    number = column["unit"] in {"money", "share", "number"}
    return {"text": _text(column, row), "number": number, "link": link, "wrong": wrong}


def _account(name: str, row: Mapping[str, Any]) -> str:
    """Where an account's journals of a day are."""
    if name != "account" or not row.get("posted_on"):
        return ""
    return f"/console/accounts/{row[name]}?day={row['posted_on']}&entity={row['entity']}&currency={row['currency']}"


def _text(column: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    name, unit, value = column["name"], column["unit"], row[column["name"]]
    if value is None or value == "":
        return "–"
    if unit == "money":
        return money(value, "EUR" if name.endswith("_eur_minor") else row.get("currency", ""))
    if name == "month":
        return str(day(value))[len("01 ") :]
    if unit in SAID:
        return SAID[unit](value)
    if name == "country":
        return country(value)
    return capital(words(value)) if name in LISTS else _grouped(value)


def _grouped(value: Any) -> str:
    return f"{value:,}".replace("-", "−") if isinstance(value, int) else str(value)
