"""Reports for Data Studio (formerly Looker Studio): addresses that open one over our views, and what to build by hand.

Its Linking API takes a template's id and data sources (https://developers.google.com/datastudio/share/linking-api). A
template has to stand in somebody's account: this can't make it, so the build sheet says field by field how to.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlencode

from functions.reporting.reports import GROUPS, REPORTS, Chart, Group, Report, view_of
from functions.reporting.reports.units import label_of, unit_of

CREATE: Final = "https://lookerstudio.google.com/reporting/create"
LONGEST: Final = 8_000
"""Characters of an address that browsers and servers on the way all take."""
TYPES: Final = {"money": "Number", "share": "Number", "number": "Number", "day": "Date", "moment": "Date & Time",
                "flag": "Boolean", "text": "Text"}  # fmt: skip
ADDED: Final = ("_minor", "_count")

OPENING: Final = """# Reports in Data Studio (formerly Looker Studio): the build sheet

Made by `billing finance sheet` from the declaration the console's pages are made of; don't edit it.

1. `billing finance links --project PROJECT` prints one address a report; open it, and its data sources are there.
2. Build its pages as below, once. Keep the report as the template, and share it with its readers to view.
3. `billing finance links --project PROJECT --template ID` then opens the finished report over any project.

Amounts are integers in minor units: a calculated field divides by 100 (EUR, CHF, SEK and most), by 1 (ISK, JPY) or by
1000 (BHD, KWD). Shares are in ten-thousandths. Every page has the controls Entity, Currency and a date range, and as
its first row the scorecards As of (`as_of`, Max) and Loaded (`loaded_at`, Max). Choose *viewer's* credentials: what a
reader may see is then decided by the dataset they were let into."""


class NoAddress(ValueError):
    """A project or template that can't be part of an address."""


def links(project: str, template: str = "", dataset: str = "") -> dict[str, str]:
    """By group of reports: the address that opens a report with one data source a view.

    With a template's id it opens that, its data sources replaced by alias; without one, an empty report. A dataset of
    one legal entity's reports stands in place of everybody's. NoAddress where a name is none.
    """
    for name in (project, template, dataset):
        if name and not name.replace("-", "").replace("_", "").replace(":", "").replace(".", "").isalnum():
            raise NoAddress(f"{name!r} is no name")
    if not project:
        raise NoAddress("name the project")
    return {group: _link(group, project, template, dataset) for group in GROUPS}


def _link(group: Group, project: str, template: str, dataset: str) -> str:
    asked = {"c.mode": "edit", "r.reportName": f"Billing: {group}"}
    if template:
        asked["c.reportId"] = template
    for report in of_group(group):
        view = view_of(report.view)
        if dataset and not report.has("entity"):
            continue
        asked |= {
            f"ds.{report.view}.connector": "bigQuery",
            f"ds.{report.view}.datasourceName": report.title,
            f"ds.{report.view}.type": "TABLE",
            f"ds.{report.view}.projectId": project,
            f"ds.{report.view}.datasetId": dataset or view.dataset,
            f"ds.{report.view}.tableId": report.view,
        }
    return f"{CREATE}?{urlencode(asked, quote_via=quote)}"


def of_group(group: Group) -> list[Report]:
    """The reports of one group, in their order: the pages of one report in Data Studio."""
    return [report for report in REPORTS if report.group == group]


def build_sheet() -> str:
    """Every page, chart and field, to be built once by hand and kept as a template; Markdown."""
    return "\n".join([OPENING, *(line for group in GROUPS for line in _group(group))]).rstrip() + "\n"


def _group(group: Group) -> Iterator[str]:
    yield ""
    yield f"## Report: {group}"
    for report in of_group(group):
        yield from _page(report)


def _page(report: Report) -> Iterator[str]:
    yield ""
    yield f"### Page: {report.title}"
    yield ""
    yield f"{report.lead}"
    yield ""
    yield f"* Data source: `{view_of(report.view).dataset}.{report.view}`, alias `{report.view}`"
    yield f"* Date range dimension: `{report.period}`" if report.period else "* No date range: it is as of now"
    if report.then:
        named = ", ".join(f"`{one['name']}`" for one in view_of(report.then).arguments)
        yield f"* As reported then: custom query `SELECT * FROM {report.then}(...)` with the parameters {named}"  # noqa: S608 - for people
    if report.chart:
        yield from _chart(report.chart)
    yield ""
    yield "| field | type | aggregation | name | meaning |"
    yield "|---|---|---|---|---|"
    for column in report.columns:
        name, meaning = column["name"], column["description"].replace("|", "\\|")
        added = "Sum" if name.endswith(ADDED) else "None"
        yield f"| `{name}` | {TYPES[unit_of(column)]} | {added} | {label_of(name)} | {meaning} |"


def _chart(chart: Chart) -> Iterator[str]:
    kind = "Stacked column chart" if chart.stacked else "Column chart"
    split = f", breakdown `{chart.split}`" if chart.split else ""
    metrics = ", ".join(
        f"`SUM({one.column}) / SUM({one.by})` as {one.label}" if one.by else f"`{one.column}` as {one.label}"
        for one in chart.measures
    )
    yield f"* {kind} “{chart.title}”: dimension `{chart.x}`{split}, metrics {metrics}"
