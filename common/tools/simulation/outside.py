"""The world around the simulated platform: a mail server, a register, each with what really happened there."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from common.world import World
from emulators.simulation import Crash, Faults, FaultyEngine, Kind
from functions.invoicing.model.archive import Filed
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.members.checks import VatAnswer, VatProof
from functions.members.vies import Question
from functions.notifications.model import LADDER, REMINDERS, Notification, SendNotification
from functions.notifications.model import Answer as MailAnswer
from functions.notifications.providers.gathering import Mailing, gathered, with_gathered


@dataclass
class Post:
    """The mail server: every mail that went out, in order."""

    engine: FaultyEngine
    is_collecting: Callable[[str], str]
    """Where money for an invoice is on its way, by its number; empty where it is nowhere."""
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    """Notification id, template, and what it says."""
    chased: list[str] = field(default_factory=list)
    """Invoices for which somebody was reminded while their money was on its way, and where it was."""
    given: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    """By invoice, the last reminder, its place on the ladder, and until when it asked for the money."""
    hurried: list[str] = field(default_factory=list)
    """Invoices of which somebody was reminded again before that day, or out of turn."""
    calls: dict[str, int] = field(default_factory=dict)

    def send(self, tasks: Sequence[SendNotification], world: World) -> list[MailAnswer]:
        """See `functions.notifications.providers.mailing.send`. The process may die between two mails of a slice."""
        answers: list[MailAnswer] = []
        dies = self.engine.strikes(Kind.MAIL_SILENT)
        last = int(self.engine.faults.draw("mails before", self.engine.place) * len(tasks))
        for mailing in gathered(tasks, world):
            answers.append(self._one(mailing, world.now.date()))
            if dies and len(answers) > last:
                raise Crash(Kind.MAIL_SILENT)
        return answers

    def _one(self, mailing: Mailing | None, today: date) -> MailAnswer:
        if mailing is None:
            return MailAnswer(outcome="failed", reason="not there yet")
        return with_gathered(mailing, self._delivered(mailing, today))

    def _delivered(self, mailing: Mailing, today: date) -> MailAnswer:
        if not mailing.ready:
            return MailAnswer(outcome="waits" if mailing.held else "suppressed", reason="nothing to send")
        first = mailing.ready[0]
        call = self.calls[first.id] = self.calls.get(first.id, 0) + 1
        if self.engine.faults.strikes(Kind.MAIL_DOWN, f"{first.id} call {call}", call):
            return MailAnswer(outcome="failed", reason=Kind.MAIL_DOWN)
        for notification in mailing.ready:
            self._say(notification, today)
        return MailAnswer(outcome="sent", sha256=first.id)

    def _say(self, notification: Notification, today: date) -> None:
        words = notification.words
        if notification.template in REMINDERS:
            before, level, until = self.given.get(words.number, ("", -1, ""))
            rung = LADDER.index(notification.template)
            if before != notification.id and (today.isoformat() < until or rung > level + 1):
                self.hurried.append(f"{words.number} on {today} by {notification.template}, given until {until}")
            self.given[words.number] = (notification.id, rung, words.due_on)
        if notification.template in REMINDERS and (where := self.is_collecting(words.number)):
            self.chased.append(f"{words.number} {where}")
        said = f"{words.number} {words.amount_minor} {words.currency} {words.reference} to {notification.to}"
        self.sent.append((notification.id, notification.template, said))


@dataclass
class VatRegister:
    """The Commission's register: every id is valid, whenever it answers."""

    faults: Faults
    calls: dict[str, int] = field(default_factory=dict)

    def ask(self, asked: Question) -> VatAnswer:
        """See `functions.members.providers.Register`."""
        vat_id = asked.country + asked.number
        call = self.calls[vat_id] = self.calls.get(vat_id, 0) + 1
        if self.faults.strikes(Kind.VIES_SILENT, f"{vat_id} call {call}", call):
            return VatAnswer(outcome="unknown", code="MS_UNAVAILABLE")
        proof = VatProof(vat_id=vat_id, request_id=f"WAPI{asked.number}", checked_at=asked.at)
        return VatAnswer(outcome="valid", proof=proof)


def filed(kind: type[Invoice] | type[CreditNote], ids: Sequence[str], world: World) -> list[Filed]:
    """Documents in the archive without their pictures: typesetting has its own tests and takes most of the time."""
    return [_filed(document, world) for document in world.read.find_all(kind, ids) if document is not None]


def _filed(document: Invoice | CreditNote, world: World) -> Filed:
    content = document.number.encode()
    world.put_file(f"{document.number}.pdf", content, "application/pdf")
    return Filed(
        document_id=document.id,
        member_id=document.member_id,
        number=document.number,
        file=f"{document.number}.pdf",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )
