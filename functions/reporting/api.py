"""Reporting's HTTP routes: the reports finance reads, as pages, CSV and workbooks."""

from typing import Final

from common.functions import Route, page, query
from functions.reporting import queries, requests

READ: Final = "reports:read"
CSV: Final = "text/csv; charset=utf-8; header=present"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ROUTES: Final[tuple[Route, ...]] = (
    query("/v1/reports", queries.list_reports, requests.ReportsAsked, requests.ReportsShown, scope=READ),
    query("/v1/reports/{name}", queries.show_report, requests.ReportAsked, requests.ReportShown, scope=READ),
    page("/v1/reports/{name}/csv", queries.report_csv, requests.FileAsked, scope=READ, media=CSV),
    page("/v1/reports/{name}/xlsx", queries.report_xlsx, requests.FileAsked, scope=READ, media=XLSX),
)
