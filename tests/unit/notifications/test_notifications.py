"""Members are told once, in their language, and not of what is settled meanwhile."""

import smtplib
from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import Any, Self

import pytest

from common.events.dunning import ReminderDue
from common.events.invoicing import InvoiceIssued
from common.events.matching import ItemSettled
from common.events.notifications import NotificationSent, NotificationSuppressed
from common.parties import Address, Buyer
from functions.notifications.model import Notification
from functions.notifications.queries import list_notifications, show_copy
from functions.notifications.requests import ById, OfMember
from tests.kit import Platform


class Post:
    """A mail server that can be down or dislike an address."""

    sent: list[tuple[str, bytes]]
    down = False
    dislikes = ""

    def __init__(self, *_: Any, **__: Any) -> None:
        if Post.down:
            raise ConnectionRefusedError("down")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def sendmail(self, _: str, to: list[str], content: bytes) -> None:
        if to[0] == Post.dislikes:
            raise smtplib.SMTPRecipientsRefused({to[0]: (550, b"no")})
        Post.sent.append((to[0], content))


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setattr("functions.notifications.providers.smtplib.SMTP", Post)
    Post.sent, Post.down, Post.dislikes = [], False, ""
    return Platform("notifications")


def issued(n: int = 1, *, name: str = "Anna Berg", language: str = "de") -> InvoiceIssued:
    address = Address(street="Weg 1", city="Graz", postcode="8010", country="AT")
    return InvoiceIssued(
        member_id=f"mem_{n}",
        invoice_id=f"inv_{n}",
        number=f"MP-2026-{n:07d}",
        reference=f"RF18MP2026{n:07d}",
        entity="MP",
        buyer=Buyer(
            member_id=f"mem_{n}", name=name, business=False, address=address, email=f"m{n}@x.example", language=language
        ),
        currency="EUR",
        issued_on=date(2026, 10, 1),
        due_on=date(2026, 10, 15),
        lines=(),
        vat=(),
        net_minor=1000,
        vat_minor=200,
        total_minor=1200,
    )


def settled(n: int = 1) -> ItemSettled:
    return ItemSettled(
        member_id=f"mem_{n}",
        item_id=f"item_{n}",
        item_version=2,
        invoice_id=f"inv_{n}",
        invoice_number=f"MP-2026-{n:07d}",
        currency="EUR",
        total_minor=1200,
        settled_on=date(2026, 10, 5),
    )


def due(n: int = 1) -> ReminderDue:
    return ReminderDue(
        member_id=f"mem_{n}",
        case_id=f"case_{n}",
        item_id=f"item_{n}",
        invoice_id=f"inv_{n}",
        invoice_number=f"MP-2026-{n:07d}",
        reference="RF18",
        entity="MP",
        level="reminder",
        open_minor=1200,
        currency="EUR",
        due_on=date(2026, 10, 15),
        pay_by=date(2026, 10, 25),
        email=f"m{n}@x.example",
        language="fr",
        buyer_name="Anna",
    )


def mails() -> list[Any]:
    return [message_from_bytes(content, policy=policy.default) for _, content in Post.sent]


def wait(platform: Platform, minutes: int) -> None:
    platform.advance_to(platform.clock.now() + timedelta(minutes=minutes))


def test_an_invoice_is_mailed_with_its_pdf_when_that_is_there(platform: Platform) -> None:
    platform.engine.put_file("invoices/MP-2026-0000001.pdf", b"%PDF-1.7", "application/pdf")
    platform.tell(issued())
    assert Post.sent == []
    wait(platform, 3)
    (mail,) = mails()
    assert mail["Subject"] == "Ihre Rechnung MP-2026-0000001"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["MP-2026-0000001.pdf"]
    assert "12.00 EUR" in mail.get_body(("plain",)).get_content()


def test_nothing_is_sent_twice_however_often_it_is_delivered(platform: Platform) -> None:
    platform.bus.disorder = True
    platform.tell(issued(), issued(2))
    for record in platform.runtime.world.records(subjects="mem_1"):
        platform.engine.publish(record.messages())
    wait(platform, 10)
    assert sorted(to for to, _ in Post.sent) == ["m1@x.example", "m2@x.example"]
    assert len(platform.events(NotificationSent)) == 2


def test_a_mail_server_that_is_down_only_delays(platform: Platform) -> None:
    Post.down = True
    platform.tell(issued())
    wait(platform, 3)
    assert platform.all(Notification)[0].state == "pending"
    Post.down = False
    wait(platform, 10)
    assert platform.all(Notification)[0].state == "sent"
    assert len(Post.sent) == 1


def test_it_is_given_up_after_the_last_try_and_says_why(platform: Platform) -> None:
    Post.down = True
    platform.tell(issued())
    wait(platform, 60 * 24)
    found = platform.all(Notification)[0]
    assert (found.state, found.tries) == ("failed", 4)
    assert "no mail server" in found.reason


def test_one_bad_address_does_not_stop_the_others(platform: Platform) -> None:
    Post.dislikes = "m1@x.example"
    platform.tell(issued(1), issued(2))
    wait(platform, 3)
    assert [to for to, _ in Post.sent] == ["m2@x.example"]


def test_a_settled_invoice_is_thanked_for_once(platform: Platform) -> None:
    platform.tell(issued())
    platform.tell(settled())
    platform.tell(settled())
    wait(platform, 3)
    subjects = sorted(mail["Subject"] for mail in mails())
    assert subjects == ["Ihre Rechnung MP-2026-0000001", "Vielen Dank: Rechnung MP-2026-0000001 ist bezahlt"]


def test_a_reminder_that_waits_is_not_sent_after_the_money_came(platform: Platform) -> None:
    platform.tell(issued())
    Post.down = True
    platform.tell(due())
    Post.down = False
    platform.tell(settled())
    wait(platform, 10)
    assert not any("Reminder" in mail["Subject"] for mail in mails())
    (told,) = platform.events(NotificationSuppressed)
    assert isinstance(told, NotificationSuppressed)
    assert told.reason == "the invoice was settled meanwhile"


def test_an_unknown_language_falls_back_to_english(platform: Platform) -> None:
    platform.tell(due())
    assert mails()[0]["Subject"] == "Reminder: invoice MP-2026-0000001 is open"


def test_a_hostile_name_is_text_in_html_and_nothing_in_headers(platform: Platform) -> None:
    platform.tell(issued(name="<img src=x onerror=alert(1)>{{7*7}}\r\nBcc: all@x.example"))
    wait(platform, 3)
    (mail,) = mails()
    page = mail.get_body(("html",)).get_content()
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in page
    assert mail["Bcc"] is None


def test_the_exact_copy_is_kept(platform: Platform) -> None:
    platform.tell(issued())
    wait(platform, 3)
    (listed,) = list_notifications(OfMember(member_id="mem_1"), platform.runtime.world).items
    assert show_copy(ById(notification_id=listed.id), platform.runtime.world) == Post.sent[0][1]
