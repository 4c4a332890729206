"""Members are told once, in their language, and not of what is settled meanwhile."""

import smtplib
from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import Any, Self, get_args

import pytest

from common.events.dunning import ReminderDue
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.matching import CreditNoteApplied, ItemSettled
from common.events.notifications import NotificationSent, NotificationSuppressed
from common.parties import Address, Buyer, PaymentMethod
from functions.notifications.model import Notification, Template
from functions.notifications.queries import list_notifications, show_copy
from functions.notifications.render import STEERING, TEXTS, amount
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


def settled(n: int = 1) -> ItemSettled:
    return ItemSettled(
        member_id=f"mem_{n}",
        item_id=f"item_{n}",
        item_version=2,
        invoice_id=f"inv_{n}",
        invoice_number=f"MP-2026-{n:07d}",
        currency="EUR",
        open_minor=0,
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
    platform.tell(issued())
    assert Post.sent == []
    wait(platform, 3)
    (mail,) = mails()
    assert mail["Subject"] == "Ihre Rechnung MP-2026-0000001"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["MP-2026-0000001.pdf"]
    assert "12,00 EUR" in mail.get_body(("plain",)).get_content()


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


def test_an_invoice_without_its_document_is_not_sent_but_waits_and_says_why(platform: Platform) -> None:
    platform.tell(issued(3))
    wait(platform, 3)
    assert Post.sent == []
    (listed,) = list_notifications(OfMember(member_id="mem_3"), platform.runtime.world).items
    assert (listed.state, listed.reason) == ("pending", "its document is not in the archive yet")
    platform.engine.put_file("invoices/MP-2026-0000003.pdf", b"%PDF-1.7", "application/pdf")
    wait(platform, 10)
    assert [to for to, _ in Post.sent] == ["m3@x.example"]


def test_who_is_to_transfer_is_told_where_to_and_the_reference(platform: Platform) -> None:
    platform.tell(issued(language="en"))
    wait(platform, 3)
    text = mails()[0].get_body(("plain",)).get_content()
    for told in ("IBAN: DE89 3704 0044 0532 0130 00", "BIC: COBADEFFXXX", "Payment reference: RF18MP20260000001",
                 "Pay by: 15 October 2026", "Account holder: Marketplace Europe GmbH", "12.00 EUR"):  # fmt: skip
        assert told in text


@pytest.mark.parametrize("method", ["card", "direct_debit"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_who_is_collected_from_is_not_asked_to_pay_as_well(
    platform: Platform, method: PaymentMethod, language: str
) -> None:
    platform.tell(issued(method=method, language=language))
    wait(platform, 3)
    for part in ("plain", "html"):
        text = mails()[0].get_body((part,)).get_content()
        assert "DE89" not in text
        assert "15" not in text.partition("2026-")[0].partition("<body")[2]
        assert ("charged to your card" in text or "direct debit" in text) == (language == "en")
        assert "zusätzlich" in text or "as well" in text


def test_an_invoice_that_is_paid_before_it_is_sent_asks_for_no_money_and_comes_before_the_thanks(
    platform: Platform,
) -> None:
    platform.tell(issued(language="en"))
    platform.tell(settled())
    wait(platform, 5)
    first, second = mails()
    assert (first["Subject"], second["Subject"]) == (
        "Your invoice MP-2026-0000001",
        "Thank you: invoice MP-2026-0000001 is paid",
    )
    text = first.get_body(("plain",)).get_content()
    assert "It is settled already." in text
    assert "IBAN" not in text


def test_an_invoice_over_nothing_asks_for_nothing(platform: Platform) -> None:
    platform.tell(issued(language="en", net_minor=0, vat_minor=0, total_minor=0))
    wait(platform, 3)
    assert "IBAN" not in mails()[0].get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("minor", "currency", "english", "german"),
    [
        (123_456_789, "EUR", "1,234,567.89 EUR", "1.234.567,89 EUR"),
        (-50, "EUR", "−0.50 EUR", "−0,50 EUR"),
        (1_234, "ISK", "1,234 ISK", "1.234 ISK"),
        (1_234_567, "KWD", "1,234.567 KWD", "1.234,567 KWD"),
    ],
)
def test_amounts_are_written_as_the_language_does(minor: int, currency: str, english: str, german: str) -> None:
    assert (amount(minor, currency, "en"), amount(minor, currency, "de")) == (english, german)


def test_every_language_has_every_text_and_every_kind_of_mail_its_words() -> None:
    assert len({frozenset(texts) for texts in TEXTS.values()}) == 1
    kinds = {*get_args(Template), *(f"invoice_{method}" for method in get_args(PaymentMethod)), "invoice_settled"}
    assert kinds - {"invoice"} <= set(TEXTS["en"])


def test_a_mail_names_its_writer_in_full_and_answers_reach_a_person(platform: Platform) -> None:
    platform.tell(due())
    (mail,) = mails()
    assert str(mail["From"]).startswith("Marketplace Europe GmbH <")
    assert mail["Reply-To"] == "billing@marketplace.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    for part in ("plain", "html"):
        text = mail.get_body((part,)).get_content()
        assert "Speicherstraße 1, DE-20457 Hamburg" in text
        assert "VAT ID DE136695976" in text


def test_a_name_can_not_turn_the_words_around_it_and_may_be_long(platform: Platform) -> None:
    platform.tell(issued(name=("\u202egnp.exe\u2066" + "W" * 200)[:200]), issued(2, name="שלום"))
    wait(platform, 3)
    texts = [mail.get_body(("plain",)).get_content() for mail in mails()]
    assert not any(letter in text for text in texts for letter in STEERING)
    assert any("\ufffdgnp.exe\ufffdWWW" in text for text in texts)
    assert any("שלום" in text for text in texts)


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


def credit_note(n: int = 1) -> CreditNoteIssued:
    invoice = issued(n, language="en")
    known = {name: value for name, value in invoice if name in CreditNoteIssued.model_fields}
    about = {"credit_note_id": f"crn_{n}", "number": f"MP-C26-{n:07d}", "invoice_number": invoice.number, "reason": "x"}
    return CreditNoteIssued.model_validate(known | about)


def applied(offset: int, kept: int = 0, refund: int = 0, n: int = 1) -> CreditNoteApplied:
    known = {name: value for name, value in settled(n) if name in CreditNoteApplied.model_fields}
    about = {
        "credit_note_id": f"crn_{n}",
        "credit_note_number": f"MP-C26-{n:07d}",
        "entity": "MP",
        "offset_minor": offset,
        "credit_minor": kept,
        "refund_minor": refund,
        "applied_on": date(2026, 10, 5),
    }
    return CreditNoteApplied.model_validate(known | about)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ((1_200, 0, 0), "12.00 EUR less is to be paid for that invoice."),
        ((0, 1_200, 0), "You had paid 12.00 EUR of it already; that stays to your credit."),
        ((0, 0, 1_200), "You had paid 12.00 EUR of it already; we pay that back to you."),
        ((700, 500, 0), "7.00 EUR less is to be paid for that invoice. You had paid 5.00 EUR already; that stays"),
        ((700, 0, 500), "7.00 EUR less is to be paid for that invoice. You had paid 5.00 EUR already; we pay that"),
    ],
)
def test_a_credit_notes_mail_says_what_becomes_of_the_amount(
    platform: Platform, told: tuple[int, int, int], says: str
) -> None:
    platform.engine.put_file("credit-notes/MP-C26-0000001.pdf", b"%PDF-1.7", "application/pdf")
    platform.tell(issued(), credit_note())
    platform.tell(applied(*told))
    wait(platform, 3)
    [mail] = [mail for mail in mails() if "Credit note" in mail["Subject"]]
    assert says in " ".join(mail.get_body(("plain",)).get_content().split())
    assert [part.get_filename() for part in mail.iter_attachments()] == ["MP-C26-0000001.pdf"]


def test_a_credit_notes_mail_that_was_sent_is_not_changed(platform: Platform) -> None:
    platform.engine.put_file("credit-notes/MP-C26-0000001.pdf", b"%PDF-1.7", "application/pdf")
    platform.tell(credit_note())
    wait(platform, 3)
    platform.tell(applied(1_200))
    [note] = platform.all(Notification)
    assert (note.state, note.words.offset_minor) == ("sent", 0)
