"""The ready set of reports: every view is in it, every name it uses is a column, every address opens all its views."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.reporting.reports import GROUPS, REPORTS, Report, links, view_of
from functions.reporting.reports.by_entity import DATASETS
from functions.reporting.tables import REPORTING
from functions.reporting.views import FUNCTIONS, VIEWS

SHEET = Path(links.__file__).with_name("build_sheet.md")


def test_every_view_finance_has_is_a_report_and_every_function_tells_one_as_it_was_known() -> None:
    assert {view.name for view in VIEWS if view.dataset == REPORTING} <= {report.view for report in REPORTS}
    assert {view.name for view in FUNCTIONS if view.dataset == REPORTING} == {r.then for r in REPORTS if r.then}
    assert len({report.name for report in REPORTS}) == len(REPORTS)


@pytest.mark.parametrize("report", REPORTS, ids=[report.name for report in REPORTS])
def test_every_column_a_report_names_is_one_of_its_view(report: Report) -> None:
    columns = {column["name"] for column in report.columns}
    assert report.chart is not None
    named = {report.period, report.chart.x, report.chart.split}
    named |= {name for measure in report.chart.measures for name in (measure.column, measure.by)}
    assert named - {""} <= columns
    assert not report.chart.split or len(report.chart.measures) == 1


@pytest.mark.parametrize("report", [r for r in REPORTS if r.then], ids=[r.name for r in REPORTS if r.then])
def test_a_report_as_it_was_known_has_the_same_columns(report: Report) -> None:
    then = view_of(report.then)
    assert [column["name"] for column in then.columns] == [column["name"] for column in report.columns]
    assert {one["name"] for one in then.arguments} == {report.then_day, "known_at"}


def test_an_address_opens_the_template_over_every_view_of_its_pages() -> None:
    found = links.links("market-billing", "0B_U5RNpw-hcR")
    assert tuple(found) == GROUPS
    for group in GROUPS:
        address = found[group]
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == links.CREATE
        assert asked["c.reportId"] == "0B_U5RNpw-hcR"
        for report in links.of_group(group):
            alias = f"ds.{report.view}."
            told = {name.removeprefix(alias): value for name, value in asked.items() if name.startswith(alias)}
            assert told["connector"] == "bigQuery"
            assert told["type"] == "TABLE"
            where = (told["projectId"], told["datasetId"], told["tableId"])
            assert where == ("market-billing", view_of(report.view).dataset, report.view)
        assert len(address) < links.LONGEST


def test_an_address_of_one_legal_entity_stays_within_its_dataset() -> None:
    for address in links.links("p", dataset=DATASETS["MP"]).values():
        asked = parse_qs(urlsplit(address).query)
        assert {value for name, (value,) in asked.items() if name.endswith(".datasetId")} <= {"billing_reporting_mp"}


@pytest.mark.parametrize("name", ["a b", "p&c.reportId=x", "p#", "p?x", "<p>", "ü/"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(links.NoAddress):
        links.links(name)
    with pytest.raises(links.NoAddress):
        links.links("p", name)


def test_the_build_sheet_is_what_is_declared() -> None:
    sheet = SHEET.read_text(encoding="utf-8")
    assert sheet == links.build_sheet(), "run: billing finance sheet"
    for report in REPORTS:
        page = sheet.partition(f"### Page: {report.title}\n")[2].partition("### Page: ")[0]
        for column in report.columns:
            assert f"| `{column['name']}` |" in page
