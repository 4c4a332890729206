"""Members are told once, in their language, and not of what is settled meanwhile."""

from datetime import date

import pytest

from common.events.invoicing import CreditNoteIssued
from common.events.matching import CreditNoteApplied
from common.events.notifications import NotificationSent, NotificationSuppressed
from common.parties import PaymentMethod
from functions.notifications.model import Notification
from functions.notifications.queries import list_notifications, show_copy
from functions.notifications.render import STEERING
from functions.notifications.requests import ById, OfMember
from tests.kit import Platform
from tests.unit.notifications.conftest import Post, due, issued, mails, settled, wait


def test_an_invoice_is_mailed_with_its_pdf_when_that_is_there(platform: Platform) -> None:
    platform.tell(issued())
    assert Post.sent == []
    wait(platform, 3)
    (mail,) = mails()
    assert mail["Subject"] == "Ihre Rechnung MP-2026-0000001"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["MP-2026-0000001.pdf"]
    assert "EUR\u00a012,00" in mail.get_body(("plain",)).get_content()


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
                 "Pay by: 15 Oct 2026", "Account holder: Marketplace Europe GmbH", "EUR\u00a012.00"):  # fmt: skip
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


def test_a_mail_names_its_writer_in_full_and_answers_reach_a_person(platform: Platform) -> None:
    platform.tell(due())
    wait(platform, 11)
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
    wait(platform, 11)
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
        ((1_200, 0, 0), "EUR\u00a012.00 less is to be paid for that invoice."),
        ((0, 1_200, 0), "You had paid EUR\u00a012.00 of it already; that stays to your credit."),
        ((0, 0, 1_200), "You had paid EUR\u00a012.00 of it already; we pay that back to you."),
        (
            (700, 500, 0),
            "EUR\u00a07.00 less is to be paid for that invoice. You had paid EUR\u00a05.00 already; that stays",
        ),
        (
            (700, 0, 500),
            "EUR\u00a07.00 less is to be paid for that invoice. You had paid EUR\u00a05.00 already; we pay that",
        ),
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
    assert says in " ".join(mail.get_body(("plain",)).get_content().split("\n"))
    assert [part.get_filename() for part in mail.iter_attachments()] == ["MP-C26-0000001.pdf"]


def test_a_credit_notes_mail_that_was_sent_is_not_changed(platform: Platform) -> None:
    platform.engine.put_file("credit-notes/MP-C26-0000001.pdf", b"%PDF-1.7", "application/pdf")
    platform.tell(credit_note())
    wait(platform, 3)
    platform.tell(applied(1_200))
    [note] = platform.all(Notification)
    assert (note.state, note.words.offset_minor) == ("sent", 0)
