"""Events become intents; intents become mails; what came of each is recorded."""

from collections.abc import Sequence
from datetime import datetime

from common.events.dunning import ReminderDue
from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.events.matching import CreditNoteApplied, ItemSettled
from common.events.notifications import NotificationSent, NotificationSuppressed
from common.failures import TryLater
from common.transaction import Transaction
from functions.notifications.model import (
    FOR_THE_PDF,
    PATIENCE,
    REMINDERS,
    Answer,
    Notification,
    SendNotification,
    Template,
    Words,
    answered,
    item_key,
    notification_id,
    suppressed,
    thanks_at,
    told_as_applied,
    told_as_settled,
)


def tell_of_invoices(events: Sequence[InvoiceIssued], transaction: Transaction) -> None:
    """Every invoice is mailed, a little later, so that its PDF is there."""
    for event in events:
        words = Words(
            name=event.buyer.name,
            number=event.number,
            amount_minor=event.total_minor,
            currency=event.currency,
            entity=event.entity,
            reference=event.reference,
            due_on=event.due_on.isoformat(),
            invoice_id=event.invoice_id,
            payment_method=event.buyer.payment_method,
            owed=event.total_minor > 0,
        )
        _intend("invoice", event, event.number, words, transaction)


def tell_of_credit_notes(events: Sequence[CreditNoteIssued], transaction: Transaction) -> None:
    """Every credit note is mailed."""
    for event in events:
        words = Words(
            name=event.buyer.name,
            number=event.number,
            amount_minor=event.total_minor,
            currency=event.currency,
            entity=event.entity,
            invoice_number=event.invoice_number,
        )
        _intend("credit_note", event, event.invoice_number, words, transaction)


def tell_what_became_of_credit_notes(events: Sequence[CreditNoteApplied], transaction: Transaction) -> None:
    """A credit note's mail that is not sent yet says what was offset, what is kept and what is paid back."""
    ids = [notification_id("credit_note", event.credit_note_number) for event in events]
    for event, known in zip(events, transaction.find_all(Notification, ids), strict=True):
        if known is None:
            raise TryLater("the credit note has not been told yet")
        if known.state == "pending":
            transaction.put(told_as_applied(known, event))


def tell_of_reminders(events: Sequence[ReminderDue], transaction: Transaction) -> None:
    """Each level of each case is told once."""
    for event in events:
        words = Words(
            name=event.buyer_name,
            number=event.invoice_number,
            amount_minor=event.open_minor,
            currency=event.currency,
            entity=event.entity,
            reference=event.reference,
            due_on=event.pay_by.isoformat(),
            invoice_id=event.invoice_id,
        )
        subject = f"{event.case_id}:{event.due_on.isoformat()}"
        transaction.put(
            Notification(
                id=notification_id(event.level, subject),
                member_id=event.member_id,
                template=event.level,
                to=event.email,
                language=event.language,
                words=words,
                item_key=item_key(event.invoice_number),
                created_at=transaction.now,
            )
        )
        _send(notification_id(event.level, subject), event.member_id, transaction)


def tell_of_receipts(events: Sequence[ItemSettled], transaction: Transaction) -> None:
    """A paid invoice is thanked for once; what waits to be sent asks for no money any more, reminders are not sent."""
    events = list({event.invoice_number: event for event in events}.values())
    told = [transaction.select(Notification, item_key=item_key(event.invoice_number)) for event in events]
    for event, known in zip(events, told, strict=True):
        invoice = next((one for one in known if one.template == "invoice"), None)
        if invoice is None:
            raise TryLater("the invoice has not been told yet")
        for waiting in known:
            if waiting.template in REMINDERS and waiting.state == "pending":
                _suppress(waiting, "the invoice was settled meanwhile", transaction)
        if invoice.state == "pending":
            transaction.put(told_as_settled(invoice))
        if event.by == "payment" and not any(one.template == "receipt" for one in known):
            _thank(event, invoice, transaction)


def _thank(event: ItemSettled, invoice: Notification, transaction: Transaction) -> None:
    receipt = Notification(
        id=notification_id("receipt", event.invoice_number),
        member_id=event.member_id,
        template="receipt",
        to=invoice.to,
        language=invoice.language,
        words=invoice.words,
        item_key=invoice.item_key,
        created_at=transaction.now,
    )
    transaction.put(receipt)
    _send(receipt.id, event.member_id, transaction, thanks_at(invoice, transaction.now))


def record_answers(tasks: Sequence[SendNotification], answers: Sequence[Answer], transaction: Transaction) -> None:
    """Records what became of each try; a failed one is tried again after a while."""
    found = transaction.find_all(Notification, [task.notification_id for task in tasks])
    for notification, answer in zip(found, answers, strict=True):
        if notification is None:
            raise TryLater("the notification is not there yet")
        if notification.state == "pending":
            _record(notification, answer, transaction)


def _record(notification: Notification, answer: Answer, transaction: Transaction) -> None:
    if answer.outcome == "suppressed":
        _suppress(notification, answer.reason, transaction)
        return
    after = answered(notification, answer, transaction.now)
    transaction.put(after)
    if after.state == "sent":
        transaction.emit(
            NotificationSent(
                member_id=after.member_id,
                notification_id=after.id,
                template=after.template,
                channel="email",
                subject=after.words.number,
                sha256=after.sha256,
            )
        )
    elif after.state == "pending":
        _send(after.id, after.member_id, transaction, transaction.now + PATIENCE[notification.tries])


def _suppress(notification: Notification, reason: str, transaction: Transaction) -> None:
    transaction.put(suppressed(notification, reason))
    transaction.emit(
        NotificationSuppressed(
            member_id=notification.member_id,
            notification_id=notification.id,
            template=notification.template,
            subject=notification.words.number,
            reason=reason,
        )
    )


def _intend(
    template: Template,
    event: InvoiceIssued | CreditNoteIssued,
    invoice_number: str,
    words: Words,
    transaction: Transaction,
) -> None:
    notification = Notification(
        id=notification_id(template, event.number),
        member_id=event.member_id,
        template=template,
        to=event.buyer.email,
        language=event.buyer.language,
        words=words,
        item_key=item_key(invoice_number),
        created_at=transaction.now,
    )
    transaction.put(notification)
    _send(notification.id, event.member_id, transaction, transaction.now + FOR_THE_PDF)


def _send(notification: str, member_id: str, transaction: Transaction, at: datetime | None = None) -> None:
    transaction.later(SendNotification(member_id=member_id, notification_id=notification), at)
