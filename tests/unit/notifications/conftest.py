"""A mail server to look at, and events as other areas tell them."""

import smtplib
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any, Self

import pytest

from common.events.invoicing import InvoiceIssued
from common.events.matching import ItemSettled
from common.events.members import MemberChanged
from common.events.payments import ReminderConfirmed
from common.parties import Address, Buyer, PaymentMethod
from tests.kit import Platform

CONFIRMED = datetime(2026, 10, 1, 8, tzinfo=UTC)
"""When the platform of these tests begins."""


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
    monkeypatch.setattr("functions.notifications.providers.mailing.smtplib.SMTP", Post)
    Post.sent, Post.down, Post.dislikes = [], False, ""
    made = Platform("notifications")
    for n in (1, 2):
        made.engine.put_file(f"invoices/MP-2026-{n:07d}.pdf", b"%PDF-1.7", "application/pdf")
    return made


def issued(
    n: int = 1, *, name: str = "Anna Berg", language: str = "de", method: PaymentMethod = "transfer", **more: Any
) -> InvoiceIssued:
    address = Address(street="Weg 1", city="Graz", postcode="8010", country="AT")
    buyer = Buyer(
        member_id=f"mem_{n}",
        name=name,
        business=False,
        address=address,
        email=f"m{n}@x.example",
        language=language,
        payment_method=method,
    )
    facts: dict[str, Any] = {
        "member_id": f"mem_{n}",
        "invoice_id": f"inv_{n}",
        "number": f"MP-2026-{n:07d}",
        "reference": f"RF18MP2026{n:07d}",
        "entity": "MP",
        "buyer": buyer,
        "currency": "EUR",
        "issued_on": date(2026, 10, 1),
        "due_on": date(2026, 10, 15),
        "lines": (),
        "vat": (),
        "net_minor": 1000,
        "vat_minor": 200,
        "total_minor": 1200,
    }
    return InvoiceIssued(**(facts | more))


def settled(n: int = 1, **changes: Any) -> ItemSettled:
    facts: dict[str, Any] = {
        "member_id": f"mem_{n}",
        "item_id": f"item_{n}",
        "item_version": 2,
        "invoice_id": f"inv_{n}",
        "invoice_number": f"MP-2026-{n:07d}",
        "currency": "EUR",
        "open_minor": 0,
        "total_minor": 1200,
        "settled_on": date(2026, 10, 5),
    }
    return ItemSettled(**(facts | changes))


def due(n: int = 1, **changes: Any) -> ReminderConfirmed:
    facts: dict[str, Any] = {
        "member_id": f"mem_{n}",
        "case_id": f"case_{n}",
        "item_id": f"item_{n}",
        "invoice_id": f"inv_{n}",
        "invoice_number": f"MP-2026-{n:07d}",
        "reference": "RF18",
        "entity": "MP",
        "level": "reminder",
        "open_minor": 1200,
        "currency": "EUR",
        "due_on": date(2026, 10, 15),
        "pay_by": date(2026, 10, 25),
        "email": f"m{n}@x.example",
        "language": "xx",
        "buyer_name": "Anna",
        "confirmed_at": CONFIRMED,
    }
    return ReminderConfirmed(**(facts | changes))


def member(n: int = 1, revision: int = 1, **changes: Any) -> MemberChanged:
    """A member as they are addressed."""
    buyer = issued(n, **{"language": "en", **changes}).buyer
    return MemberChanged(member_id=f"mem_{n}", revision=revision, buyer=buyer, segment="private")


def mails() -> list[Any]:
    return [message_from_bytes(content, policy=policy.default) for _, content in Post.sent]


def wait(platform: Platform, minutes: int) -> None:
    platform.advance_to(platform.clock.now() + timedelta(minutes=minutes))
