"""Where all mail ends: an SMTP server that keeps every message and shows it, without trusting a word of it."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask, Response, abort, jsonify, render_template, request, send_file

from emulators.world.clock import VirtualClock, epoch
from emulators.world.pages import site
from emulators.world.rows import Rows

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["MailSink"]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, received INTEGER NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL,
  subject TEXT NOT NULL, raw BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS recipients (message INTEGER NOT NULL, address TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS recipients_by_address ON recipients (address);
CREATE INDEX IF NOT EXISTS recipients_by_message ON recipients (message);
"""
_SHOWN, _MOST = 200, 1000
_TEXT_LONGEST = 1_000_000


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """A message taken apart."""

    message_id: str
    sender: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]


class MailSink:
    """Takes mail by SMTP on 127.0.0.1 (port `smtp_port` once started) and shows it on pages and as JSON.

    `path` is a folder of its own for its one file, None keeps everything in memory; `port` 0 is any free one.
    """

    def __init__(self, path: Path | None, *, clock: VirtualClock, port: int = 0) -> None:
        self._rows = Rows(path, "mail", _SCHEMA)
        self._clock = clock
        self._server = _Server(_Keeper(self), port)
        self.wsgi: WSGIApplication = _site(self)

    @property
    def smtp_port(self) -> int:
        """The port that takes mail; raises RuntimeError before the start."""
        if not self._server.port:
            raise RuntimeError("the mail sink has not been started")
        return self._server.port

    def start(self) -> None:
        """Begin to take mail."""
        self._server.start()

    def idle(self) -> bool:
        """Always: a message is kept before its sender is told so."""
        return True

    def close(self) -> None:
        """Stop taking mail and close the file."""
        if self._server.server is not None:
            self._server.stop()
        self._rows.close()

    def keep(self, sender: str, recipients: list[str], raw: bytes) -> None:
        """Keep a message as it came."""
        subject = _header(message_from_bytes(raw, policy=policy.default), "subject")
        with self._rows.transaction() as db:
            row = (epoch(self._clock), sender, ", ".join(recipients), subject, raw)
            number = db.execute(
                "INSERT INTO messages (received, sender, recipients, subject, raw) VALUES (?, ?, ?, ?, ?)", row
            ).lastrowid
            pairs = [(number, address.lower()) for address in recipients]
            db.executemany("INSERT INTO recipients VALUES (?, ?)", pairs)

    def find(self, recipient: str, most: int) -> list[Any]:
        """The latest messages to addresses that contain `recipient`, newest first."""
        return self._rows.read(
            f"SELECT id, received, sender, recipients, subject, raw FROM messages WHERE {_TO} ORDER BY id DESC LIMIT ?",
            (recipient.lower(), recipient.lower(), most),
        )

    def count(self, recipient: str = "") -> int:
        """How many messages there are to addresses that contain `recipient`."""
        wanted = (recipient.lower(), recipient.lower())
        return self._rows.count(f"SELECT count(*) FROM messages WHERE {_TO}", wanted)

    def one(self, number: int) -> Any:
        """The row of a message; 404 when there is none."""
        return self._rows.one("SELECT * FROM messages WHERE id = ?", (number,)) or abort(
            404, "there is no such message"
        )


_TO = "(? = '' OR id IN (SELECT message FROM recipients WHERE instr(address, ?)))"


class _Server(Controller):
    """aiosmtpd's server, which does not know its port by itself when any free one was asked for."""

    def __init__(self, handler: Any, port: int) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=port)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class _Keeper:
    """What aiosmtpd calls for each message."""

    def __init__(self, sink: MailSink) -> None:
        self._sink = sink

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self._sink.keep(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.original_content or b"")
        return "250 Message accepted for delivery"


def take_apart(raw: bytes) -> Mail:
    """The parts of a message; what cannot be read is shown as it came."""
    message = message_from_bytes(raw, policy=policy.default)
    text, html = "", ""
    attachments: list[Attachment] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if _is_file(part) or kind not in {"text/plain", "text/html"}:
            attachments.append(_attachment(part, len(attachments) + 1))
        elif kind == "text/html":
            html = html or _words(part)
        else:
            text = text or _words(part)
    return Mail(_header(message, "message-id"), _header(message, "from"), text, html, tuple(attachments))


def _is_file(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _attachment(part: EmailMessage, number: int) -> Attachment:
    content = part.get_payload(decode=True)
    name = Path((part.get_filename() or f"part-{number}").replace("\\", "/")).name or f"part-{number}"
    return Attachment(name, part.get_content_type(), content if isinstance(content, bytes) else b"")


def _words(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")[:_TEXT_LONGEST]
    except LookupError:
        return raw.decode("utf-8", "replace")[:_TEXT_LONGEST]


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = str(message.get(name, ""))
    except Exception:  # noqa: BLE001 - the standard parser fails in many ways on a hostile header
        value = "(unreadable)"
    return value.encode("utf-8", "replace").decode()


def _site(sink: MailSink) -> Flask:
    app = site("mail")
    app.add_url_rule("/", "home", lambda: _home(sink))
    app.add_url_rule("/messages.json", "messages", lambda: _json(sink))
    app.add_url_rule("/admin/count", "count", lambda: jsonify({"count": sink.count(_wanted())}))
    app.add_url_rule("/admin/port", "port", lambda: jsonify({"smtp_port": sink.smtp_port}))
    _serve_one(app, sink)
    return app


def _serve_one(app: Flask, sink: MailSink) -> None:
    @app.get("/messages/<int:number>")
    def message(number: int) -> str:
        row = sink.one(number)
        return render_template("mail.html", row=row, mail=take_apart(row["raw"]))

    @app.get("/messages/<int:number>/html")
    def html(number: int) -> Response:
        answer = Response(take_apart(sink.one(number)["raw"]).html, mimetype="text/html")
        answer.headers["Content-Security-Policy"] = (
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        )
        return answer

    @app.get("/messages/<int:number>/attachments/<int:place>")
    def attachment(number: int, place: int) -> Response:
        files = take_apart(sink.one(number)["raw"]).attachments
        if not place < len(files):
            abort(404, "there is no such attachment")
        kind = "application/octet-stream"
        return send_file(BytesIO(files[place].content), kind, as_attachment=True, download_name=files[place].name)


def _wanted() -> str:
    return request.args.get("recipient", "").strip()


def _home(sink: MailSink) -> str:
    wanted = _wanted()
    return render_template("mails.html", rows=sink.find(wanted, _SHOWN), total=sink.count(wanted), recipient=wanted)


def _json(sink: MailSink) -> Response:
    most = min(request.args.get("limit", _MOST, int), _MOST)
    return jsonify({"messages": [_told(row) for row in sink.find(_wanted(), most)]})


def _told(row: Any) -> dict[str, Any]:
    mail = take_apart(row["raw"])
    files = [{"name": file.name, "type": file.kind, "size": len(file.content)} for file in mail.attachments]
    return {
        "id": row["id"],
        "received": row["received"],
        "from": row["sender"],
        "to": row["recipients"].split(", "),
        "subject": row["subject"],
        "message_id": mail.message_id,
        "text": mail.text,
        "html": mail.html,
        "attachments": files,
    }
