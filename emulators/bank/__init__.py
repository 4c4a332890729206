"""A bank of our own: transfers come in by an admin address, statements go out as camt.053."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, jsonify, render_template, request, url_for

from emulators.bank import camt, debits, payouts, reports
from emulators.bank.accounts import SCHEMA, Accounts, WrongTransferError, read_transfer
from emulators.bank.debits import Debits, DuplicateFileError
from emulators.bank.pain import WrongFileError
from emulators.bank.payouts import Payouts
from emulators.world.clock import VirtualClock
from emulators.world.pages import Refused, body, site
from emulators.world.payouts import PaidOut
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
        self._rows = Rows(path, "bank", SCHEMA + debits.SCHEMA + payouts.SCHEMA)
        accounts = Accounts(self._rows, clock)
        self._payouts = Payouts(self._rows, accounts)
        self.wsgi: WSGIApplication = _site(accounts, Debits(self._rows, accounts, clock), self._payouts)

    def receive(self, paid: PaidOut) -> None:
        """Book what a provider pays out, once, on the account that was named for it."""
        self._payouts.take(paid)

    def start(self) -> None:
        """Nothing runs by itself; there so that every simulator starts alike."""

    def idle(self) -> bool:
        """Always: a bank only answers."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._rows.close()


def _site(accounts: Accounts, files: Debits, paid: Payouts) -> Flask:
    app = site("bank")
    app.register_error_handler(WrongTransferError, _refused)
    app.register_error_handler(WrongFileError, _refused)
    app.register_error_handler(DuplicateFileError, _refused_again)
    app.before_request(files.run)
    _serve_admin(app, accounts)
    _serve_own(app, accounts, paid)
    _serve_files(app, files)
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


def _serve_own(app: Flask, accounts: Accounts, paid: Payouts) -> None:
    """What comes from the bank itself, and from providers."""

    @app.post("/admin/payouts")
    def payees() -> Response:
        sent = body()
        paid.pay_to(sent)
        return jsonify({"provider": sent["provider"]})

    @app.post("/admin/charges")
    def charge() -> tuple[Response, int]:
        return jsonify({"booked_on": accounts.charge(body()).isoformat()}), 201


def _serve_files(app: Flask, files: Debits) -> None:
    @app.post("/payments")
    def payments() -> tuple[Response, int]:
        message = files.take(request.get_data())
        return jsonify({"message_id": message.name, "batches": [batch.name for batch in message.batches]}), 201

    @app.get("/payments")
    def handed_in() -> Response:
        return jsonify({"files": [dict(row) for row in files.files()]})

    @app.get("/payments/<message>/report.xml")
    def report(message: str) -> Response:
        try:
            refused = files.refused(message)
        except KeyError:
            abort(404, f"there is no file {message}")
        row = next(one for one in files.files() if one["message"] == message)
        made = f"{row['received']}T16:00:00Z"
        content = reports.status_report(message, row["kind"], files.batches_of(message), refused, made)
        return Response(content, mimetype="application/xml")

    @app.post("/admin/returns")
    def returns() -> tuple[Response, int]:
        files.script(body())
        return jsonify({"scripted": True}), 201

    @app.post("/admin/booking")
    def booking() -> Response:
        sent = body()
        files.book_by(str(sent.get("iban", "")), sent.get("way"))
        return jsonify({"way": sent["way"]})


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

    @app.get("/notifications/<account>/<day>.xml")
    def notification(account: str, day: str) -> Response:
        found = accounts.statement(account, _day(day))
        if found is None:
            abort(404, f"nothing was booked on {account} on {day}")
        return Response(reports.notification(found), mimetype="application/xml")


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


def _refused_again(error: Exception) -> tuple[Response, int]:
    return jsonify({"error": str(error)}), 409


def _home(accounts: Accounts) -> str:
    return render_template(
        "bank.html",
        accounts=accounts.balances(),
        transfers=accounts.latest(_SHOWN),
        statements=accounts.days()[:_SHOWN],
    )
