"""Sending mail by SMTP; a copy of exactly what was sent goes to the archive."""

import hashlib
import smtplib
from collections.abc import Sequence
from contextlib import ExitStack
from email.message import EmailMessage
from email.policy import SMTP as FOR_SMTP
from typing import Final

from common.links import address_of, link_id_of_invoice
from common.world import World
from functions.notifications.model import Answer, Notification, SendNotification
from functions.notifications.render import mail

TIMEOUT_S: Final = 10
FOLDERS: Final = {"invoice": "invoices", "credit_note": "credit-notes"}


def send(tasks: Sequence[SendNotification], world: World) -> list[Answer]:
    """Sends what is still to be sent, over one connection; one bad address does not stop the others."""
    found = world.read.find_all(Notification, [task.notification_id for task in tasks])
    with ExitStack() as stack:
        try:
            server = stack.enter_context(
                smtplib.SMTP(world.settings.smtp_host, world.settings.smtp_port, timeout=TIMEOUT_S)
            )
        except OSError as fault:
            return [Answer(outcome="failed", reason=f"no mail server: {fault}") for _ in tasks]
        return [_send(notification, server, world) for notification in found]


def _send(notification: Notification | None, server: smtplib.SMTP, world: World) -> Answer:
    if notification is None:
        return Answer(outcome="failed", reason="not there yet")
    if notification.state != "pending":
        return Answer(outcome="suppressed", reason=f"was {notification.state} already")
    if not notification.to:
        return Answer(outcome="suppressed", reason="there is no address any more")
    try:
        message = mail(notification, world.settings.mail_from, _page(notification, world))
        if not _attach(message, notification, world):
            return Answer(outcome="failed", reason="its document is not in the archive yet")
        exact = message.as_bytes(policy=FOR_SMTP)
        server.sendmail(world.settings.mail_from, [notification.to], exact)
    except (smtplib.SMTPException, OSError, ValueError) as fault:
        return Answer(outcome="failed", reason=f"{type(fault).__name__}: {fault}"[:300])
    world.put_file(copy_name(notification.id), exact, "message/rfc822")
    return Answer(outcome="sent", sha256=hashlib.sha256(exact).hexdigest())


def _page(notification: Notification, world: World) -> str:
    """Where the member pays what the mail is about; empty where it is about no invoice."""
    invoice_id, settings = notification.words.invoice_id, world.settings
    return address_of(settings.base_url, link_id_of_invoice(invoice_id), settings.link_secrets) if invoice_id else ""


def _attach(message: EmailMessage, notification: Notification, world: World) -> bool:
    """Adds the document a mail speaks of; False where it should have one that is not there."""
    folder = FOLDERS.get(notification.template)
    if folder is None:
        return True
    number = notification.words.number
    content = world.get_file(f"{folder}/{number}.pdf")
    if content is None:
        return False
    message.add_attachment(content, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    return True


def copy_name(notification_id: str) -> str:
    """Where the exact copy of a mail is kept."""
    return f"notifications/{notification_id}.eml"
