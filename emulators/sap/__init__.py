"""A SAP of our own: takes journal entries by SOAP as S/4HANA does, and keeps the documents."""

import re
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, render_template, request

from emulators.sap import books as kept
from emulators.sap.balances import CUBE, balances
from emulators.sap.confirmation import confirm, fault
from emulators.sap.reading import Bulk, FaultError, JournalEntry, Objection, objections, read
from emulators.world import script
from emulators.world.clock import VirtualClock, epoch
from emulators.world.pages import HangUp, Refused, body, site
from emulators.world.rows import Rows

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["SapSimulator"]
BEHAVIOURS: dict[str, type] = {
    "accept": str,
    "reject": str,
    "repeat": str,
    "down": str,
    "timeout": str,
    "timeout_before_posting": str,
    "slow": int,
    "silent": str,
    "same_number": str,
}
"""`slow:MS` answers after so many milliseconds, `silent` with a confirmation that says nothing of the message,
`same_number` with the number of another document."""
_SHOWN = 200
_SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"


class SapSimulator:
    """Journal entries in, documents kept.

    `path` is a folder of its own for its one file, None keeps everything in memory; moments follow `clock`.
    """

    def __init__(self, path: Path | None, *, clock: VirtualClock) -> None:
        self._rows = Rows(path, "sap", kept.SCHEMA + script.SCHEMA)
        self._books = kept.Books(self._rows, clock)
        self._script = script.Script(self._rows, BEHAVIOURS)
        self._clock = clock
        self.wsgi: WSGIApplication = self._site()

    def start(self) -> None:
        """Nothing runs by itself; there so that every simulator starts alike."""

    def idle(self) -> bool:
        """Always: it only answers."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._rows.close()

    def _site(self) -> Flask:
        app = site("sap")
        app.add_url_rule("/journal-entries", "journal_entries", self._receive, methods=["POST"])
        app.add_url_rule("/documents", "documents", self._documents)
        app.add_url_rule("/admin/behaviour", "behaviour", self._behave, methods=["POST"])
        app.add_url_rule("/admin/locks", "locks", self._lock, methods=["GET", "POST"])
        app.add_url_rule("/admin/down", "down", self._go_down, methods=["POST"])
        app.add_url_rule(f"/odata/{CUBE}", "balances", self._balances)
        app.add_url_rule("/", "home", self._home)
        return app

    def _receive(self) -> Response:
        keys = (*_document_types(request.get_data()), script.DEFAULT)
        step = self._script.take(*keys) or script.parse("accept", BEHAVIOURS)
        if "down" in step or self._books.down():
            self._books.note("", "down", "answered 503")
            return Response("Service Unavailable", 503, mimetype="text/plain")
        if "timeout_before_posting" in step:
            self._books.note("", "cut", "nothing posted")
            return HangUp()
        if "slow" in step:
            sleep(step.number("slow") / 1000)
        try:
            bulk = read(request.get_data())
        except FaultError as error:
            self._books.note("", "fault", str(error))
            return _xml(fault(str(error)), _SOAP_11, 500)
        return self._answer(bulk, step)

    def _answer(self, bulk: Bulk, step: script.Step) -> Response:
        outcomes = self._books.post(bulk, _rejecting(step) if "reject" in step else self._judged)
        if "timeout" in step:
            return HangUp()
        told = outcomes * 2 if "repeat" in step else outcomes
        if "silent" in step:
            told = []
        if "same_number" in step:
            told = [replace(outcome, number=self._books.first_number()) for outcome in told]
        return _xml(confirm(bulk.message, bulk.soap, told, self._clock.now()), bulk.soap, 200)

    def _documents(self) -> Response:
        found = self._books.documents(company=request.args.get("company_code"), message=request.args.get("message_id"))
        return jsonify({"documents": found})

    def _judged(self, entry: JournalEntry) -> list[Objection]:
        return [*objections(entry), *self._books.locked(entry)]

    def _balances(self) -> Response:
        """What an analytical read adds up by company code, account and currency."""
        try:
            found = balances(self._books, request.args)
        except ValueError as error:
            raise Refused(str(error)) from error
        return jsonify({"d": {"results": found}})

    def _lock(self) -> Response:
        if request.method == "POST":
            asked = body()
            kind, company, what = (str(asked.get(name, "")) for name in ("kind", "company_code", "what"))
            if kind not in {"period", "account"} or not company or not what:
                raise Refused('send {"kind": "period" or "account", "company_code": ..., "what": ..., "locked": true}')
            self._books.lock(kind, company, what, locked=asked.get("locked") is not False)
        return jsonify({"locks": self._books.locks()})

    def _go_down(self) -> Response:
        seconds = body().get("seconds")
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
            raise Refused('send {"seconds": how long}')
        self._books.go_down(epoch(self._clock) + seconds)
        return jsonify({"seconds": seconds})

    def _behave(self) -> Response:
        asked = body()
        steps, key = asked.get("behaviour"), str(asked.get("document_type") or script.DEFAULT)
        if not isinstance(steps, list):
            raise Refused('send {"behaviour": [step, ...]}')
        try:
            self._script.write(key, steps)
        except ValueError as error:
            raise Refused(str(error)) from error
        return jsonify(self._script.all())

    def _home(self) -> str:
        messages = self._rows.read(f"SELECT * FROM messages ORDER BY id DESC LIMIT {_SHOWN}")
        documents = self._books.documents(most=_SHOWN)
        return render_template("sap.html", documents=documents, messages=messages, script=self._script.all())


def _document_types(raw: bytes) -> list[str]:
    """The document types in a message, without judging it: scripts may be for one of them alone."""
    return [found.decode() for found in re.findall(rb"<AccountingDocumentType>(\w{2})<", raw)]


def _rejecting(step: script.Step) -> kept.Judge:
    kind = step.text("reject", "102(F5)")

    def judge(entry: JournalEntry) -> list[Objection]:
        return [(kind, f"Rejected as scripted in company code {entry.header.get('CompanyCode', '')}")]

    return judge


def _xml(content: bytes, soap: str, status: int) -> Response:
    kind = "text/xml" if soap == _SOAP_11 else "application/soap+xml"
    return Response(content, status, content_type=f"{kind}; charset=utf-8")
