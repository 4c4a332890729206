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
from functions.notifications.providers.gathering import Mailing, gathered, with_gathered
from functions.notifications.render import mail

TIMEOUT_S: Final = 10
FOLDERS: Final = {"invoice": "invoices", "credit_note": "credit-notes"}


def send(tasks: Sequence[SendNotification], world: World) -> list[Answer]:
    """Sends what is still to be sent, over one connection; one bad address does not stop the others."""
    mailings = gathered(tasks, world)
    with ExitStack() as stack:
        try:
            server = stack.enter_context(
                smtplib.SMTP(world.settings.smtp_host, world.settings.smtp_port, timeout=TIMEOUT_S)
            )
        except OSError as fault:
            return [with_gathered(one, Answer(outcome="failed", reason=f"no mail server: {fault}")) for one in mailings]
        return [_answer(one, server, world) for one in mailings]


def _answer(mailing: Mailing | None, server: smtplib.SMTP, world: World) -> Answer:
    if mailing is None:
        return Answer(outcome="failed", reason="not there yet")
    ready = [one for one in mailing.ready if one.to]
    mailing.dropped += [(one.id, "there is no address any more") for one in mailing.ready if not one.to]
    mailing.ready = ready
    if not ready:
        return with_gathered(mailing, _nothing(mailing))
    return with_gathered(mailing, _send(ready, server, world))


def _nothing(mailing: Mailing) -> Answer:
    if mailing.held:
        return Answer(outcome="waits", reason=mailing.held[0][1])
    reason = mailing.dropped[0][1] if mailing.dropped else "it was sent or dropped already"
    return Answer(outcome="suppressed", reason=reason)


def _send(told: list[Notification], server: smtplib.SMTP, world: World) -> Answer:
    """Sends one mail; all that is told together goes to one member, hence to one address."""
    first = told[0]
    try:
        message = mail(told, world.settings.mail_from, _page(told, world))
        if not _attach(message, first, world):
            return Answer(outcome="failed", reason="its document is not in the archive yet")
        exact = message.as_bytes(policy=FOR_SMTP)
        server.sendmail(world.settings.mail_from, [first.to], exact)
    except (smtplib.SMTPException, OSError, ValueError) as fault:
        return Answer(outcome="failed", reason=f"{type(fault).__name__}: {fault}"[:300])
    for one in told:
        world.put_file(copy_name(one.id), exact, "message/rfc822")
    return Answer(outcome="sent", sha256=hashlib.sha256(exact).hexdigest())


def _page(told: Sequence[Notification], world: World) -> str:
    """Where the member pays what the mail is about, and all else that is open; empty where it is about no invoice."""
    invoice_id = next((one.words.invoice_id for one in told if one.words.invoice_id), "")
    settings = world.settings
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
