"""Every path of `invoicing` leads to its handler, with its scope."""

import pytest

from common.functions.serving import _found
from functions.invoicing import api, main


@pytest.mark.parametrize(
    ("method", "path", "handler", "scope"),
    [
        ("POST", "/v1/billing-runs", "start_run", "invoices:run"),
        ("POST", "/v1/billing-runs/run_1/release", "release_run", "invoices:run"),
        ("POST", "/v1/billing-runs/run_1/cancel", "cancel_run", "invoices:run"),
        ("GET", "/v1/billing-runs", "list_runs", "invoices:read"),
        ("GET", "/v1/billing-runs/run_1", "show_run", "invoices:read"),
        ("GET", "/v1/billing-runs/run_1/pages/0", "show_page", "invoices:read"),
        ("GET", "/v1/invoices", "list_invoices", "invoices:read"),
        ("GET", "/v1/invoices/inv_1", "show_invoice", "invoices:read"),
        ("GET", "/v1/invoices/inv_1/pdf", "invoice_pdf", "invoices:read"),
        ("POST", "/v1/invoices/inv_1/credit", "credit_invoice", "invoices:credit"),
        ("GET", "/v1/invoices/inv_1/explanation", "explain_invoice", "invoices:read"),
        ("POST", "/v1/invoices/inv_1/reissue", "reissue_invoice", "invoices:credit"),
        ("POST", "/v1/credit-notes/crn_1/cancel", "cancel_credit_note", "invoices:credit"),
        ("GET", "/v1/credit-notes", "list_credit_notes", "invoices:read"),
        ("GET", "/v1/credit-notes/crn_1/explanation", "explain_credit_note", "invoices:read"),
        ("GET", "/v1/credit-notes/crn_1", "show_credit_note", "invoices:read"),
        ("POST", "/v1/exchange-rates", "record_rates", "invoices:run"),
        ("GET", "/v1/exchange-rates", "show_rates", "invoices:read"),
        ("GET", "/v1/oss-thresholds/MB/2026", "show_threshold", "invoices:read"),
        ("GET", "/v1/credit-notes/crn_1/pdf", "credit_note_pdf", "invoices:read"),
        ("GET", "/v1/upcoming-invoices", "show_upcoming", "invoices:read"),
        ("GET", "/v1/invoices/inv_1/xml", "invoice_xml", "invoices:read"),
        ("GET", "/v1/invoices/inv_1/link", "invoice_link", "invoices:read"),
        ("GET", "/v1/downloads/inv_1/pdf", "download_pdf", ""),
        ("GET", "/v1/downloads/inv_1/xml/cii", "download_xml", ""),
    ],
)
def test_each_path_leads_to_its_handler_and_asks_for_its_scope(
    method: str, path: str, handler: str, scope: str
) -> None:
    route, _ = _found(main.api, method, path)
    assert (route.action.__name__, route.scope) == (handler, scope)


def test_every_route_can_be_described_to_callers() -> None:
    for route in api.ROUTES:
        assert route.takes is not None
        assert set(route.parameters) <= set(route.takes.model_json_schema()["properties"])
        assert route.summary.endswith(".")
        if route.kind != "page":
            assert route.gives is not None
            assert route.gives.model_json_schema(mode="serialization")["properties"]


def test_documents_are_served_as_what_they_are() -> None:
    served = {route.path: route.media for route in api.ROUTES if route.kind == "page"}
    assert {path: media for path, media in served.items() if path.endswith("/pdf")} == {
        path: "application/pdf" for path in served if "xml" not in path
    }
    assert {media for path, media in served.items() if "xml" in path} == {"application/xml"}
