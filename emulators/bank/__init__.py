"""A bank of our own: transfers come in by an admin address, statements go out as camt.053."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, jsonify, render_template, request, url_for

from emulators.bank import camt
from emulators.bank.accounts import SCHEMA, Accounts, WrongTransferError, read_transfer
from emulators.world.clock import VirtualClock
from emulators.world.pages import Refused, body, site
from emulators.world.rows import Rows

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["BankSimulator"]
_SHOWN = 200


class BankSimulator:
    """Accounts, transfers and one statement per account and day with bookings.

    `path` is a folder of its own for its one file, None keeps everything in memory; days follow `clock`.
    """

    def __init__(self, path: Path | None, *, clock: VirtualClock) -> None:
        self._rows = Rows(path, "bank", SCHEMA)
        self.wsgi: WSGIApplication = _site(Accounts(self._rows, clock))

    def start(self) -> None:
        """Nothing runs by itself; there so that every simulator starts alike."""

    def idle(self) -> bool:
        """Always: a bank only answers."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._rows.close()


def _site(accounts: Accounts) -> Flask:
    app = site("bank")
    app.register_error_handler(WrongTransferError, _refused)
    _serve_admin(app, accounts)
    _serve_statements(app, accounts)
    app.add_url_rule("/", "home", lambda: _home(accounts))
    return app


def _serve_admin(app: Flask, accounts: Accounts) -> None:
    @app.post("/admin/transfers")
    def transfer() -> tuple[Response, int]:
        number, day = accounts.book(read_transfer(body()))
        return jsonify({"id": number, "booked_on": day.isoformat()}), 201

    @app.post("/admin/accounts")
    def account() -> tuple[Response, int]:
        return jsonify({"iban": accounts.open(body())}), 201

    @app.get("/admin/accounts")
    def balances() -> Response:
        return jsonify({"accounts": [_account(row) for row in accounts.balances()]})


def _serve_statements(app: Flask, accounts: Accounts) -> None:
    @app.get("/statements")
    def statements() -> Response:
        rows = accounts.days(request.args.get("account"), request.args.get("from", ""))
        return jsonify({"statements": [_listed(row) for row in rows]})

    @app.get("/statements/<account>/<day>.xml")
    def statement(account: str, day: str) -> Response:
        found = accounts.statement(account, _day(day))
        if found is None:
            abort(404, f"there is no statement of {account} for {day}")
        answer = Response(camt.write(found), mimetype="application/xml")
        answer.headers["Content-Disposition"] = f'inline; filename="camt053-{found.name}.xml"'
        return answer


def _listed(row: Any) -> dict[str, Any]:
    address = url_for("statement", account=row["account"], day=row["day"])
    names = ("account", "day", "currency", "entries")
    return {**{name: row[name] for name in names}, "moved_minor": row["moved"], "url": address}


def _account(row: Any) -> dict[str, Any]:
    return {**{name: row[name] for name in ("iban", "owner", "currency")}, "balance_minor": row["balance"]}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404, "the day must look like 2026-11-23")


def _refused(error: Exception) -> tuple[Response, int]:
    return jsonify({"error": str(error)}), Refused.code


def _home(accounts: Accounts) -> str:
    return render_template(
        "bank.html",
        accounts=accounts.balances(),
        transfers=accounts.latest(_SHOWN),
        statements=accounts.days()[:_SHOWN],
    )
