"""What callers of reporting send and are told."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from common.functions.routes import Input, Limit, Output
from functions.reporting.reports import Name
from functions.reporting.reports.asking import Narrowed
from functions.reporting.reports.drawing import Panel
from functions.reporting.reports.units import Cell


class ReportsAsked(Input):
    """Which reports there are."""

    fresh: bool = True
    """Whether it is to be told how fresh the data are, which asks the warehouse."""


class ReportAsked(Narrowed, Input):
    """A page of one report, narrowed by entity, currency and days, as it is known now or was known at a moment."""

    name: Name
    """The report's name."""
    limit: Limit = 100
    page_token: Annotated[str, Field(pattern=r"^[0-9]{0,9}$")] = ""


class FileAsked(Narrowed, Input):
    """All rows of one report as a file, narrowed in the same way."""

    name: Name
    """The report's name."""


class ColumnShown(Output):
    """One column of a report."""

    name: str
    label: str
    unit: str
    """money, share, number, day, moment, flag or text."""
    meaning: str


class ReportNamed(Output):
    """One of the reports there are."""

    name: str
    title: str
    group: str
    lead: str
    view: str
    period: str
    """The column of days it is narrowed by; empty where it is as of now."""
    then_day: str
    """Not empty where it can be told as it was known at a moment: what its day is called."""
    columns: list[ColumnShown]


class Freshness(Output):
    """How far the data go and whether they are whole."""

    as_of: datetime | None
    """The newest event that is in them."""
    loaded_at: datetime | None
    """When the newest row came in."""
    missing_numbers: int
    """Numbers of documents within a series that are not there: 0 when all is well."""
    doubled_numbers: int
    """Numbers that two documents have: 0 when all is well."""


class ReportsShown(Output):
    """The reports there are, and how fresh and whole the data are."""

    reports: list[ReportNamed]
    freshness: Freshness | None
    """None where it was not asked for, or there is no warehouse here."""


class ChartShown(Output):
    """What the report's chart draws."""

    title: str
    stacked: bool
    x: str
    panels: list[Panel]


class ReportShown(Output):
    """A page of a report: rows in a fixed order, and the chart over all of them."""

    report: ReportNamed
    freshness: Freshness
    known_at: datetime | None
    chart: ChartShown | None
    total: int
    """How many rows there are on all pages."""
    items: list[dict[str, Cell]]
    next_page_token: str
