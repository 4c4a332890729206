"""What is due together is told together, once, and only what is still so when it is sent."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from common.documents import id_from
from common.events.dunning import OfReminder, ReminderDoubted
from common.events.matching import OverdueItemChanged
from common.events.notifications import NotificationSent, NotificationSuppressed
from functions.notifications.knowledge import KnownItem
from functions.notifications.model import Digest, Notification
from tests.kit import Platform
from tests.unit.notifications.conftest import CONFIRMED, Post, due, issued, mails, member, settled, wait


def changed(version: int, open_minor: int, n: int = 1, *, in_flight: bool = False) -> OverdueItemChanged:
    """What a commit left open of an overdue item."""
    return OverdueItemChanged(
        member_id=f"mem_{n}",
        item_id=id_from("item", f"MP-2026-{n:07d}"),
        item_version=version,
        invoice_id=f"inv_{n}",
        invoice_number=f"MP-2026-{n:07d}",
        currency="EUR",
        open_minor=open_minor,
        overdue_version=1,
        in_flight=in_flight,
    )


def reminder(n: int, **changes: Any) -> Any:
    """Of one member's several invoices."""
    return due(n, member_id="mem_1", email="m1@x.example", language="en", **changes)


def text_of(mail: Any) -> str:
    return " ".join(mail.get_body(("plain",)).get_content().split("\r\n"))


def states(platform: Platform) -> dict[str, str]:
    return {one.words.number: one.state for one in platform.all(Notification) if one.template == "reminder"}


def test_several_reminders_of_one_night_are_one_mail_with_one_record_each(platform: Platform) -> None:
    platform.tell(*(reminder(n) for n in (1, 2, 3)))
    wait(platform, 11)
    (mail,) = mails()
    assert mail["Subject"] == "Reminder: 3 invoices are open"
    assert all(f"MP-2026-{n:07d}" in text_of(mail) for n in (1, 2, 3))
    sent: list[Any] = platform.events(NotificationSent)
    assert len(sent) == 3
    assert len({one.sha256 for one in sent}) == 1
    assert len({one.mail for one in platform.all(Notification)} - {""}) == 1


def test_members_and_legal_entities_are_never_mixed(platform: Platform) -> None:
    platform.tell(due(1), due(2), due(3, member_id="mem_1", entity="MB"))
    wait(platform, 11)
    assert len(mails()) == 3


@pytest.mark.parametrize("seed", range(4))
def test_disorder_and_repetition_send_each_once(platform: Platform, seed: int) -> None:
    platform.bus.disorder = True
    platform.engine.random.seed(seed)
    platform.tell(*(reminder(n) for n in range(1, 13)))
    wait(platform, 60)
    told = [line for mail in mails() for line in text_of(mail).split() if line.startswith("MP-2026-")]
    assert sorted(set(told)) == [f"MP-2026-{n:07d}" for n in range(1, 13)]
    assert {one.state for one in platform.all(Notification)} == {"sent"}
    assert len(platform.events(NotificationSent)) == 12
    assert [digest.waiting for digest in platform.all(Digest)] == [()]


def test_a_reminder_says_what_is_owed_when_it_is_sent(platform: Platform) -> None:
    Post.down = True
    platform.tell(reminder(1, item_version=2))
    wait(platform, 11)
    platform.tell(changed(3, 700))
    Post.down = False
    wait(platform, 10)
    (mail,) = mails()
    assert "EUR\u00a07.00 of invoice" in text_of(mail)
    assert "12.00" not in text_of(mail)
    assert platform.all(Notification)[0].words.amount_minor == 700


def test_news_that_came_before_the_reminder_itself_counts(platform: Platform) -> None:
    platform.tell(changed(3, 700))
    platform.tell(reminder(1, item_version=2))
    wait(platform, 11)
    assert "EUR\u00a07.00 of invoice" in text_of(mails()[0])


def test_older_news_does_not(platform: Platform) -> None:
    platform.tell(changed(3, 700))
    platform.tell(reminder(1, item_version=4))
    wait(platform, 11)
    assert "EUR\u00a012.00 of invoice" in text_of(mails()[0])


def test_nobody_is_reminded_while_money_is_on_its_way_until_it_is_confirmed_anew(platform: Platform) -> None:
    platform.tell(reminder(1, item_version=2), reminder(2, item_version=2))
    platform.tell(changed(3, 1200, in_flight=True))
    wait(platform, 11)
    (mail,) = mails()
    assert mail["Subject"] == "Reminder: invoice MP-2026-0000002 is open"
    (doubted,) = told_as(platform, ReminderDoubted)
    assert doubted.why == "money for it is on its way, or is to be collected"
    assert (doubted.again_on, doubted.round) == (date(2026, 10, 2), 0)
    wait(platform, 60 * 24 * 3)
    assert len(mails()) == 1
    platform.tell(changed(4, 1200))
    platform.tell(reminder(1, item_version=4, round=1, confirmed_at=platform.clock.now()))
    wait(platform, 60)
    assert len(mails()) == 2
    assert "Please pay by 25 Oct 2026." in text_of(mails()[1])
    assert sorted(one.state for one in platform.all(Notification)) == ["sent", "sent", "suppressed"]


def test_a_word_that_is_hours_old_is_asked_for_anew_before_anybody_is_reminded(platform: Platform) -> None:
    platform.tell(reminder(1, confirmed_at=CONFIRMED - timedelta(hours=5)), reminder(2))
    (doubted,) = told_as(platform, ReminderDoubted)
    assert doubted.invoice_number == "MP-2026-0000001"
    assert doubted.again_on == CONFIRMED.date()
    platform.clock.advance_to(CONFIRMED + timedelta(hours=5))
    wait(platform, 11)
    assert not mails()
    facts = {name: getattr(reminder(2), name) for name in OfReminder.model_fields}
    (again,) = (one for one in told_as(platform, ReminderDoubted) if one.invoice_number == "MP-2026-0000002")
    assert {name: getattr(again, name) for name in facts} == facts


def told_as(platform: Platform, kind: Any) -> list[Any]:
    return [*platform.events(kind)]


def test_what_is_settled_drops_out_of_a_mail_that_others_stay_in(platform: Platform) -> None:
    platform.tell(issued(1), issued(2), member())
    wait(platform, 5)
    Post.sent.clear()
    platform.tell(reminder(1, item_version=1), reminder(2, item_version=1))
    platform.tell(settled(1))
    wait(platform, 11)
    assert sorted(mail["Subject"] for mail in mails()) == [
        "Reminder: invoice MP-2026-0000002 is open",
        "Thank you: invoice MP-2026-0000001 is paid",
    ]
    (told,) = platform.events(NotificationSuppressed)
    assert isinstance(told, NotificationSuppressed)
    assert (told.subject, told.reason) == ("MP-2026-0000001", "the invoice was settled meanwhile")


def test_a_mail_goes_to_where_the_member_is_reached_by_then(platform: Platform) -> None:
    platform.tell(reminder(1))
    platform.tell(member(1, 2, name="Anna Neu"))
    wait(platform, 11)
    assert "Dear Anna Neu," in text_of(mails()[0])


def test_a_server_that_is_down_delays_all_of_a_mail_and_it_is_given_up_with_its_reason(platform: Platform) -> None:
    Post.down = True
    platform.tell(reminder(1), reminder(2))
    wait(platform, 60 * 24)
    assert {(one.state, one.tries) for one in platform.all(Notification)} == {("failed", 4)}
    Post.down = False
    platform.tell(reminder(3, confirmed_at=platform.clock.now()))
    wait(platform, 11)
    assert [mail["Subject"] for mail in mails()] == ["Reminder: invoice MP-2026-0000003 is open"]


def test_a_reopened_case_is_reminded_of_again(platform: Platform) -> None:
    platform.tell(reminder(1))
    wait(platform, 11)
    (item,) = platform.all(KnownItem)
    platform.advance_to(datetime.combine(item.reminded_until, time(12), UTC))
    platform.tell(reminder(1, pay_by=date(2026, 12, 1), confirmed_at=platform.clock.now()))
    wait(platform, 11)
    assert len(mails()) == 2


def test_nobody_is_reminded_again_before_the_day_they_were_given(platform: Platform) -> None:
    platform.tell(reminder(1))
    wait(platform, 11)
    (item,) = platform.all(KnownItem)
    assert item.reminded_until is not None
    eve = datetime.combine(item.reminded_until - timedelta(days=1), time(12), UTC)
    platform.advance_to(eve)
    platform.tell(reminder(1, level="second_reminder", confirmed_at=eve))
    wait(platform, 11)
    assert len(mails()) == 1
    doubted: Any
    (doubted,) = platform.events(ReminderDoubted)
    assert (doubted.level, doubted.again_on) == ("second_reminder", item.reminded_until)
    platform.advance_to(eve + timedelta(days=1))
    platform.tell(reminder(1, level="second_reminder", round=1, confirmed_at=platform.clock.now()))
    wait(platform, 11)
    assert [mail["Subject"].partition(":")[0] for mail in mails()] == ["Reminder", "Second reminder"]


def test_of_two_levels_that_wait_together_the_lower_is_told(platform: Platform) -> None:
    platform.tell(reminder(1, level="final_notice"), reminder(1))
    wait(platform, 11)
    assert [mail["Subject"].partition(":")[0] for mail in mails()] == ["Reminder"]
    doubted: Any
    (doubted,) = platform.events(ReminderDoubted)
    assert doubted.level == "final_notice"


def test_what_comes_next_is_not_stuck_behind_a_task_that_was_lost(platform: Platform) -> None:
    platform.tell(reminder(1))
    platform.engine.tasks.clear()
    wait(platform, 60)
    platform.tell(reminder(2))
    wait(platform, 60)
    assert mails() == []
    wait(platform, 60 * 12)
    platform.tell(reminder(3, confirmed_at=platform.clock.now()))
    wait(platform, 11)
    (mail,) = mails()
    assert mail["Subject"] == "Reminder: invoice MP-2026-0000003 is open"
    assert sorted(one.invoice_number[-1] for one in told_as(platform, ReminderDoubted)) == ["1", "2"]


def test_who_pays_again_after_a_return_is_thanked_again(platform: Platform) -> None:
    platform.tell(issued(1, language="en"))
    wait(platform, 5)
    platform.tell(settled(1))
    platform.tell(settled(1, item_version=5, settled_on=date(2026, 11, 20)))
    wait(platform, 11)
    assert sum("Thank you" in mail["Subject"] for mail in mails()) == 1
    platform.tell(settled(1, item_version=9, settled_on=date(2026, 11, 21)))
    wait(platform, 11)
    assert sum("Thank you" in mail["Subject"] for mail in mails()) == 2


def test_three_paid_invoices_are_thanked_for_in_one_mail(platform: Platform) -> None:
    platform.engine.put_file("invoices/MP-2026-0000003.pdf", b"%PDF-1.7", "application/pdf")
    platform.tell(*(issued(n, language="en") for n in (1, 2, 3)))
    wait(platform, 5)
    Post.sent.clear()
    platform.tell(*(settled(n, member_id="mem_1") for n in (1, 2, 3)))
    wait(platform, 2)
    (mail,) = mails()
    assert mail["Subject"] == "Thank you: 3 invoices are paid"
