"""What providers pay out and banks book: payouts, files of direct debits, statements and what is missing of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from functions.console.pages.asking import billing
from functions.console.providers import Params

PAYOUTS: Final = ("", "counting", "settled", "arrived", "failed")
BATCHES: Final = ("", "open", "sealed", "filed", "accepted", "rejected", "settled")
FILES: Final = ("", "waiting", "taken", "refused")

settlement = Blueprint("settlement", __name__)


def _token() -> str:
    return request.args.get("page_token", "")[:100]


@settlement.get("/payouts")
def payouts() -> str:
    """Payouts, all or in a state; the latest first as far as they are on the page."""
    state = request.args.get("state", "")
    found = billing().part("/v1/payouts", state=state, page_token=_token())
    rows = sorted(found.items, key=lambda one: str(one["arrives_on"] or ""), reverse=True)
    return render_template("payouts.html", found=found, rows=rows, state=state, states=PAYOUTS)


@settlement.get("/payouts/<id:payout_id>")
def payout(payout_id: str) -> str:
    """What a payout is made of, and the lines nobody can explain."""
    return render_template("payout.html", payout=billing().get(f"/v1/payouts/{payout_id}"))


@settlement.get("/debit-batches")
def batches() -> str:
    """Files of direct debits, all or in a state."""
    state = request.args.get("state", "")
    found = billing().part("/v1/debit-batches", state=state, page_token=_token())
    rows = sorted(found.items, key=lambda one: (one["hand_in_on"], one["message_id"]), reverse=True)
    return render_template("debit_batches.html", found=found, rows=rows, state=state, states=BATCHES)


@settlement.get("/debit-batches/<id:batch_id>")
def batch(batch_id: str) -> str:
    """One file: its groups, its debits, what became of each."""
    shown = billing().get(f"/v1/debit-batches/{batch_id}")
    debits = billing().part("/v1/debits", batch_id=batch_id, page_token=_token())
    return render_template("debit_batch.html", batch=shown, debits=debits)


@settlement.get("/debit-batches/<id:batch_id>/file")
def file(batch_id: str) -> Response:
    """The file as the bank gets it (pain.008), to be kept, never to be shown as a page."""
    content = billing().file(f"/v1/debit-batches/{batch_id}/file")
    named = {"Content-Disposition": f'attachment; filename="{batch_id}.xml"'}
    return Response(content, content_type="application/xml", headers=named)


@settlement.get("/statements")
def statements() -> str:
    """Our bank accounts with the gaps in their statements, the statements of one, and the inbox of files."""
    account, outcome = request.args.get("account", "")[:40], request.args.get("outcome", "")
    wanted: dict[str, tuple[str, Params]] = {
        "accounts": ("/v1/bank-accounts", {"limit": 100}),
        "files": ("/v1/statement-files", {"outcome": outcome, "page_token": request.args.get("files_token", "")[:100]}),
        "found": ("/v1/statements", {"account_iban": account, "page_token": _token()}),
    }
    parts = billing().parts(**wanted)
    return render_template(
        "statements.html",
        account=account,
        outcome=outcome,
        outcomes=FILES,
        rows=latest(parts["found"].items),
        gaps=gaps(parts["accounts"].items),
        **parts,
    )


def latest(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Statements, the latest first."""
    return sorted(items, key=lambda one: (str(one["closed_on"] or one["taken_at"]), one["number"]), reverse=True)


def gaps(accounts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every gap of every account, in the order of days."""
    found = [
        {**gap, "account_iban": one["account_iban"], "currency": one["currency"]}
        for one in accounts
        for gap in one["gaps"]
    ]
    return sorted(found, key=lambda gap: (gap["after"], gap["account_iban"]))


@settlement.get("/statements/<id:statement_id>")
def statement(statement_id: str) -> str:
    """The entries a statement brought."""
    found = billing().part(f"/v1/statements/{statement_id}/entries", page_token=_token())
    return render_template("statement.html", statement_id=statement_id, found=found)
