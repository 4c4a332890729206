"""One invoice: what it says, what became of it, its file, and taking it back."""

import re
from typing import Any, Final

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as Answer

from functions.console.forms import minor_of
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Refused

EMBEDDED: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
"""The file alone may stand in a frame, of our own pages; a browser's viewer brings its own styles."""

LINE: Final = re.compile(r"line-[0-9]{1,4}")

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
    """Takes an invoice back by a credit note: what is left of it, an amount, or some lines."""
    acted = act(f"/v1/invoices/{invoice_id}/credit", lambda: _credit(invoice_id), lambda: show(invoice_id))
    return leads(acted, f"/console/invoices/{invoice_id}", "credited")


@invoices.post("/invoices/<id:invoice_id>/reissue")
def reissue(invoice_id: str) -> Answer | tuple[str, int]:
    """Takes back what is left of an invoice and claims it anew from the member as they are now."""
    acted = act(f"/v1/invoices/{invoice_id}/reissue", lambda: {"reason": reason()}, lambda: show(invoice_id))
    return leads(acted, f"/console/invoices/{invoice_id}", "reissued")


@invoices.post("/invoices/<id:invoice_id>/cancel-credit/<id:credit_note_id>")
def cancel_credit(invoice_id: str, credit_note_id: str) -> Answer | tuple[str, int]:
    """Claims anew what a wrong credit note took back."""
    path = f"/v1/credit-notes/{credit_note_id}/cancel"
    acted = act(path, lambda: {"reason": reason()}, lambda: show(invoice_id))
    return leads(acted, f"/console/invoices/{invoice_id}", "credit_cancelled")


def _credit(invoice_id: str) -> dict[str, Any]:
    """What the form asks for; everything that is left where it says nothing else."""
    what = request.form.get("what", "full")
    asked: dict[str, Any] = {"reason": reason(), "rest": request.form.get("rest", "credit")}
    if what == "full":
        return asked
    currency = billing().get(f"/v1/invoices/{invoice_id}")["currency"]
    if what == "lines":
        return asked | {"lines": _lines(currency)}
    return asked | {"amount_minor": minor_of(request.form.get("amount", ""), currency), "basis": what}


def _lines(currency: str) -> list[dict[str, int]]:
    """Each line with an amount typed beside it."""
    typed = {name.removeprefix("line-"): text.strip() for name, text in request.form.items() if LINE.fullmatch(name)}
    found = [{"line": int(line), "amount_minor": minor_of(text, currency)} for line, text in typed.items() if text]
    if not found:
        raise Refused(422, "No line is named", "Write beside a line how much of it is taken back.", "no_such_line")
    return found


@invoices.get("/invoices/<id:document_id>/pdf", defaults={"kind": "invoices"})
@invoices.get("/credit-notes/<id:document_id>/pdf", defaults={"kind": "credit-notes"})
def pdf(kind: str, document_id: str) -> Response:
    """The archived file."""
    content = billing().file(f"/v1/{kind}/{document_id}/pdf")
    named = {"Content-Disposition": f'inline; filename="{document_id}.pdf"'}
    return Response(content, content_type="application/pdf", headers={**EMBEDDED, **named})
