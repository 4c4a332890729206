"""One invoice: what it says, what became of it, its file, and taking it back."""

from typing import Final

from flask import Blueprint, Response, render_template
from werkzeug.wrappers import Response as Answer

from functions.console.pages.asking import act, billing, leads, reason

EMBEDDED: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
"""The file alone may stand in a frame, of our own pages; a browser's viewer brings its own styles."""

invoices = Blueprint("invoices", __name__)


@invoices.get("/invoices/<id:invoice_id>")
def show(invoice_id: str) -> str:
    """The invoice as it was issued, and what is still owed on it."""
    invoice = billing().get(f"/v1/invoices/{invoice_id}")
    parts = billing().parts(
        owed=("/v1/items", {"number": invoice["number"]}),
        payments=("/v1/payments", {"invoice_id": invoice_id}),
        journals=("/v1/journals", {"document": invoice["number"]}),
    )
    return render_template("invoice.html", invoice=invoice, **parts)


@invoices.post("/invoices/<id:invoice_id>/credit")
def credit(invoice_id: str) -> Answer | tuple[str, int]:
    """Takes the whole invoice back by a credit note."""
    acted = act(f"/v1/invoices/{invoice_id}/credit", lambda: {"reason": reason()}, lambda: show(invoice_id))
    return leads(acted, f"/console/invoices/{invoice_id}", "credited")


@invoices.get("/invoices/<id:document_id>/pdf", defaults={"kind": "invoices"})
@invoices.get("/credit-notes/<id:document_id>/pdf", defaults={"kind": "credit-notes"})
def pdf(kind: str, document_id: str) -> Response:
    """The archived file."""
    content = billing().file(f"/v1/{kind}/{document_id}/pdf")
    named = {"Content-Disposition": f'inline; filename="{document_id}.pdf"'}
    return Response(content, content_type="application/pdf", headers={**EMBEDDED, **named})
