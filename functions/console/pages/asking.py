"""How a page asks and acts: in the name of whoever is signed in, once for each form."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import current_app, g, redirect, request
from werkzeug.wrappers import Response

from common.process import runtime
from functions.console.forms import sent_key
from functions.console.providers import Billing, Refused, connection

DONE: Final = {
    "credited": "The credit note was issued.",
    "reissued": "The invoice was taken back, and another one stands in its place.",
    "credit_cancelled": "What the credit note took back is claimed by a new invoice.",
    "started": "The billing run was started.",
    "release": "The run was released: invoices are being issued.",
    "cancel": "The run was cancelled: what has its number is still issued.",
    "continue": "The run goes on: the other invoices are being issued.",
    "pause": "The run is paused: no further slice is begun.",
    "resume": "The run goes on.",
    "rerun": "A follow-up run was started for what was left behind.",
    "hold_release": "The hold was released.",
    "hold_drop": "The bill was left out of this run.",
    "matched": "The money was put on the invoice.",
    "unmatched": "The match was taken back.",
    "replay": "The message is being replayed.",
    "replay_all": "All messages like this one are being replayed.",
    "discard": "The message was discarded.",
    "closed": "The dunning case was closed.",
    "merged": "The account was closed; the other one goes on.",
    "vat_asked": "The tax authorities are asked about the VAT number.",
    "set_aside": "The money was set aside to be paid back.",
    "suggestion_taken": "The money was put where it was suggested.",
    "suggestion_refused": "The suggestion was refused.",
    "approved": "The refund was approved.",
    "retried": "The refund is tried once more.",
    "refund_decided": "It was put down what became of the refund.",
    "account_revoke": "Money from that account is not taken for the member's by itself any more.",
    "account_restore": "Money from that account may be taken for the member's again.",
    "answered": "The evidence is being sent.",
    "accepted": "The dispute is being accepted.",
    "decided": "The attempt was decided.",
    "linked": "The link was made.",
    "revoked": "The link leads nowhere any more.",
    "mandate_sign": "The mandate was noted as signed.",
    "mandate_confirm": "The mandate was noted as confirmed by the payer's bank.",
    "mandate_suspend": "Nothing is collected by the mandate for now.",
    "mandate_resume": "Debits are made by the mandate again.",
    "mandate_cancel": "The mandate was ended.",
    "resent": "The batch is being sent to SAP again.",
    "batch_reversed": "SAP's documents of the batch are being mirrored.",
    "period_close": "The month was closed.",
    "period_reopen": "It was asked to open the month again, or it was opened.",
    "period_keep": "The month stays as it was.",
}
"""What a page says after something was done; a word in the address chooses it, so nobody can put words in."""


def billing() -> Billing:
    """The platform as the signed-in person sees it."""
    http = current_app.config.get("HTTP") or connection(runtime().settings.base_url)
    return Billing(g.person, http)


def reason() -> str:
    """The reason that was typed; Refused where it is missing."""
    given = request.form.get("reason", "").strip()
    if not given:
        raise Refused(422, "A reason is needed", "Say why, so that the audit trail can tell.", "reason_missing")
    return given


def act(path: str, body: Callable[[], Mapping[str, Any]], again: Callable[[], str]) -> dict[str, Any] | tuple[str, int]:
    """Posts what a form means. Refused, it shows the form's page again with what was said."""
    try:
        return billing().post(path, body(), sent_key())
    except Refused as refusal:
        g.refusal = refusal
        if refusal.unknown:
            g.kept_key = request.form.get("idempotency_key", "")
        return again(), refusal.status


def leads(acted: dict[str, Any] | tuple[str, int], to: str, done: str) -> Response | tuple[str, int]:
    """After an act that was done, the page to go on with; the page with the refusal otherwise."""
    return acted if isinstance(acted, tuple) else redirect(f"{to}?done={done}", 303)
