"""A SAP of our own: takes journal entries by SOAP as S/4HANA does, and keeps the documents."""

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, render_template, request

from emulators.sap import books as kept
from emulators.sap.confirmation import confirm, fault
from emulators.sap.reading import Bulk, FaultError, JournalEntry, Objection, read
from emulators.world import script
from emulators.world.clock import VirtualClock
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
}
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
        app.add_url_rule("/", "home", self._home)
        return app

    def _receive(self) -> Response:
        step = self._script.take(script.DEFAULT) or script.parse("accept", BEHAVIOURS)
        if "down" in step:
            self._books.note("", "down", "answered 503")
            return Response("Service Unavailable", 503, mimetype="text/plain")
        if "timeout_before_posting" in step:
            self._books.note("", "cut", "nothing posted")
            return HangUp()
        try:
            bulk = read(request.get_data())
        except FaultError as error:
            self._books.note("", "fault", str(error))
            return _xml(fault(str(error)), _SOAP_11, 500)
        return self._answer(bulk, step)

    def _answer(self, bulk: Bulk, step: script.Step) -> Response:
        outcomes = self._books.post(bulk, _rejecting(step)) if "reject" in step else self._books.post(bulk)
        if "timeout" in step:
            return HangUp()
        told = outcomes * 2 if "repeat" in step else outcomes
        return _xml(confirm(bulk.message, bulk.soap, told, self._clock.now()), bulk.soap, 200)

    def _documents(self) -> Response:
        found = self._books.documents(company=request.args.get("company_code"), message=request.args.get("message_id"))
        return jsonify({"documents": found})

    def _behave(self) -> Response:
        steps = body().get("behaviour")
        if not isinstance(steps, list):
            raise Refused('send {"behaviour": [step, ...]}')
        try:
            self._script.write(script.DEFAULT, steps)
        except ValueError as error:
            raise Refused(str(error)) from error
        return jsonify(self._script.all())

    def _home(self) -> str:
        messages = self._rows.read(f"SELECT * FROM messages ORDER BY id DESC LIMIT {_SHOWN}")
        documents = self._books.documents(most=_SHOWN)
        return render_template("sap.html", documents=documents, messages=messages, script=self._script.all())


def _rejecting(step: script.Step) -> kept.Judge:
    kind = step.text("reject", "102(F5)")

    def judge(entry: JournalEntry) -> list[Objection]:
        return [(kind, f"Rejected as scripted in company code {entry.header.get('CompanyCode', '')}")]

    return judge


def _xml(content: bytes, soap: str, status: int) -> Response:
    kind = "text/xml" if soap == _SOAP_11 else "application/soap+xml"
    return Response(content, status, content_type=f"{kind}; charset=utf-8")
