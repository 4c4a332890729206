"""The mail sink keeps what was sent and shows it without being harmed by it."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from emulators.clock import Clock
from emulators.mail import MailSink

PDF = b"%PDF-1.7 \x00\xff"


class Post:
    def __init__(self, path: Path | None) -> None:
        self.sink = MailSink(path, clock=Clock(None))
        self.sink.start()
        self.http = Client(self.sink.wsgi)

    def send(self, message: EmailMessage | bytes, *to: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.sink.smtp_port, timeout=5) as smtp:
            raw = message if isinstance(message, bytes) else message.as_bytes()
            smtp.sendmail("billing@example.com", to or ("zoe@example.org",), raw)

    def messages(self, **query: str) -> list[dict[str, Any]]:
        return list((self.http.get("/messages.json", query_string=query).json or {})["messages"])


@pytest.fixture
def post() -> Iterator[Post]:
    standing = Post(None)
    yield standing
    standing.sink.close()


def letter(subject: str = "Invoice", text: str = "Hello", html: str = "<b>Hello</b>") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "billing@example.com", "zoe@example.org"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="Rechnung Nr. 1.pdf")
    return message


def test_a_message_is_kept_with_its_parts_and_files(post: Post) -> None:
    post.send(letter("Rechnung für Zoë"))
    (told,) = post.messages()
    assert (told["from"], told["to"], told["subject"]) == (
        "billing@example.com",
        ["zoe@example.org"],
        "Rechnung für Zoë",
    )
    assert (told["text"].strip(), told["html"].strip()) == ("Hello", "<b>Hello</b>")
    assert told["attachments"] == [{"name": "Rechnung Nr. 1.pdf", "type": "application/pdf", "size": len(PDF)}]


def test_an_attachment_is_downloaded_byte_for_byte_and_never_opened(post: Post) -> None:
    post.send(letter())
    answer = post.http.get("/messages/1/attachments/0")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "application/octet-stream"
    assert post.http.get("/messages/1/attachments/1").status_code == 404


def test_messages_are_found_and_counted_by_recipient(post: Post) -> None:
    post.send(letter("one"), "Zoe@example.org", "max@example.org")
    post.send(letter("two"), "max@example.org")
    assert [told["subject"] for told in post.messages(recipient="zoe@")] == ["one"]
    assert [told["subject"] for told in post.messages(recipient="max@example.org")] == ["two", "one"]
    assert post.http.get("/admin/count").json == {"count": 2}
    assert post.http.get("/admin/count?recipient=nobody").json == {"count": 0}


def test_a_percent_sign_in_the_search_is_only_a_percent_sign(post: Post) -> None:
    post.send(letter())
    assert post.messages(recipient="%") == []


def test_hostile_content_is_escaped_on_every_page(post: Post) -> None:
    bad = "<script>alert(1)</script>"
    post.send(letter(bad, bad, bad))
    for page in ("/", "/messages/1", f"/?recipient={bad}"):
        shown = post.http.get(page).text
        assert "&lt;script&gt;" in shown
        assert "<script>" not in shown


def test_html_is_shown_only_inside_a_sandbox(post: Post) -> None:
    post.send(letter(html="<script>alert(1)</script>"))
    assert "<iframe sandbox " in post.http.get("/messages/1").text
    policy = post.http.get("/messages/1/html").headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00 nothing like a mail",
        b"Subject: =?nope?B?!!!?=\r\nContent-Type: text/plain; charset=martian\r\n\r\n\xe9\r\n",
        b"Subject: \xff\xfe\r\nMessage-ID: <<>>>\r\nContent-Type: multipart/mixed\r\n\r\nno boundary\r\n",
        b'Content-Type: application/x; name="../../etc/passwd\r\n evil"\r\n\r\nx\r\n',
        b'Content-Disposition: attachment; filename="../../a\x00b"\r\n\r\nx\r\n',
    ],
)
def test_a_message_that_breaks_the_rules_is_kept_and_shown(post: Post, raw: bytes) -> None:
    post.send(raw)
    (told,) = post.messages()
    assert all("/" not in file["name"] for file in told["attachments"])
    assert post.http.get("/").status_code == 200
    assert post.http.get("/messages/1").status_code == 200
    for place in range(len(told["attachments"])):
        assert post.http.get(f"/messages/1/attachments/{place}").status_code == 200


def test_messages_are_still_there_after_a_restart(tmp_path: Path) -> None:
    before = Post(tmp_path)
    before.send(letter())
    before.sink.close()
    after = Post(tmp_path)
    assert [told["subject"] for told in after.messages()] == ["Invoice"]
    after.sink.close()
