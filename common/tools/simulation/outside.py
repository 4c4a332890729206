"""The world around the simulated platform: a provider, SAP and a mail server, each with what really happened there."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs

import httpx

from common.world import World
from emulators.simulation import Crash, Faults, FaultyEngine, Kind, Scheduler
from functions.accounting.model import SapAnswer, SapBatch, SendBatch
from functions.invoicing.model.archive import Filed
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.members.checks import VatAnswer, VatProof
from functions.members.vies import Question
from functions.notifications.model import REMINDERS, Notification, SendNotification
from functions.notifications.model import Answer as MailAnswer

DEBIT_TAKES: Final = timedelta(days=3)


@dataclass
class Provider(httpx.BaseTransport):
    """A provider behind Stripe's wire format. A token says what becomes of a payment; money moved is in `intents`."""

    faults: Faults
    scheduler: Scheduler
    webhook: Any = None
    """Called with (event id, intent id) where an endpoint is to be told."""
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answers, or not."""
        _, _, tail = request.url.path.rpartition("/")
        if request.method == "POST":
            return self._charge({name: values[0] for name, values in parse_qs(request.content.decode()).items()})
        if tail == "search":
            wanted = str(request.url.params["query"]).split("'")[-2]
            self._may_fail(wanted)
            found = [intent for intent in self.intents.values() if intent["metadata"]["attempt_id"] == wanted]
            return httpx.Response(200, json={"object": "search_result", "data": found})
        self._may_fail(tail)
        if tail not in self.intents:
            return httpx.Response(404, json={"error": {"type": "invalid_request_error", "code": "resource_missing"}})
        return httpx.Response(200, json=self.intents[tail])

    def is_collecting(self, invoice_number: str) -> bool:
        """Whether money for an invoice has moved or is moving, whoever knows of it."""
        moving = ("processing", "succeeded")
        return any(
            intent["metadata"]["invoice_number"] == invoice_number and intent["status"] in moving
            for intent in self.intents.values()
        )

    def _charge(self, given: dict[str, str]) -> httpx.Response:
        attempt = given["metadata[attempt_id]"]
        call = self._may_fail(attempt)
        intent = self.intents.get(f"pi_{attempt}") or self._collected(attempt, given)
        if self.faults.strikes(Kind.CHARGED_THEN_SILENT, f"{attempt} call {call}", call):
            raise httpx.ReadTimeout(Kind.CHARGED_THEN_SILENT)
        if intent["status"] == "requires_payment_method":
            return httpx.Response(402, json={"error": intent["last_payment_error"] | {"payment_intent": intent}})
        return httpx.Response(200, json=intent)

    def _may_fail(self, what: str) -> int:
        call = self.calls[what] = self.calls.get(what, 0) + 1
        place = f"{what} call {call}"
        if self.faults.strikes(Kind.PROVIDER_SILENT, place, call):
            raise httpx.ConnectTimeout(Kind.PROVIDER_SILENT)
        if self.faults.strikes(Kind.PROVIDER_BROKEN, place, call):
            raise httpx.ReadError(Kind.PROVIDER_BROKEN)
        return call

    def _collected(self, attempt: str, given: dict[str, str]) -> dict[str, Any]:
        status, error = self._fate(given)
        intent = {
            "id": f"pi_{attempt}",
            "object": "payment_intent",
            "status": status,
            "amount": int(given["amount"]),
            "amount_received": int(given["amount"]) if status == "succeeded" else 0,
            "currency": given["currency"],
            "created": int(self.scheduler.clock.now().timestamp()),
            "last_payment_error": error,
            "metadata": {name: given[f"metadata[{name}]"] for name in ("attempt_id", "payment_id", "invoice_number")},
        }
        self.intents[f"pi_{attempt}"] = intent
        if status == "processing":
            ends = "succeeded" if given["payment_method"] == "pm_debit" else "requires_payment_method"
            self.scheduler.at(self.scheduler.clock.now() + DEBIT_TAKES, lambda: self._end(intent, ends), attempt)
        else:
            self._tell(intent)
        return intent

    def _fate(self, given: dict[str, str]) -> tuple[str, dict[str, str] | None]:
        method, payment = given["payment_method"], given["metadata[payment_id]"]
        refused = {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}
        if method.startswith("pm_debit"):
            return "processing", None
        if method == "pm_hard":
            return "requires_payment_method", refused | {"decline_code": "stolen_card"}
        seen = any(intent["metadata"]["payment_id"] == payment for intent in self.intents.values())
        if method == "pm_soft" and not seen:
            return "requires_payment_method", refused
        return "succeeded", None

    def _end(self, intent: dict[str, Any], status: str) -> None:
        intent["status"] = status
        if status == "succeeded":
            intent["amount_received"] = intent["amount"]
        else:
            intent["last_payment_error"] = {"type": "card_error", "code": "payment_intent_payment_attempt_failed"}
        self._tell(intent)

    def _tell(self, intent: dict[str, Any]) -> None:
        event = f"evt_{intent['id']}_{intent['status']}"
        if self.faults.strikes(Kind.WEBHOOK_LOST, event):
            self.scheduler.tell(f"{event}: {Kind.WEBHOOK_LOST}")
            return
        copies = 3 if self.faults.strikes(Kind.WEBHOOK_REPEATED, event) else 1
        for copy in range(copies):
            wait = timedelta(seconds=2 + copy)
            if self.faults.strikes(Kind.WEBHOOK_LATE, f"{event} copy {copy}"):
                wait += timedelta(hours=30) * self.faults.draw("how late", f"{event} copy {copy}")
            place = f"webhook {event} copy {copy}"
            self.scheduler.at(
                self.scheduler.clock.now() + wait,
                lambda place=place: self.webhook(place, event, intent["id"]),  # type: ignore[misc]
                place,
            )


@dataclass
class Sap:
    """SAP's books: what it posted, by the message's id."""

    faults: Faults
    posted: dict[str, SapBatch] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def send(self, tasks: Sequence[SendBatch], world: World) -> list[SapAnswer]:
        """See `functions.accounting.providers.send`."""
        return [self._one(batch) for batch in world.read.find_all(SapBatch, [task.batch_id for task in tasks])]

    def _one(self, batch: SapBatch | None) -> SapAnswer:
        if batch is None or batch.state not in {"sent", "unknown"}:
            return SapAnswer(kind="not_asked")
        call = self.calls[batch.message_id] = self.calls.get(batch.message_id, 0) + 1
        place = f"{batch.message_id} call {call}"
        if self.faults.strikes(Kind.SAP_DOWN, place, call):
            return SapAnswer(kind="unknown", reason=Kind.SAP_DOWN)
        self.posted.setdefault(batch.message_id, batch)
        if self.faults.strikes(Kind.SAP_SILENT, place, call):
            return SapAnswer(kind="unknown", reason=Kind.SAP_SILENT)
        return SapAnswer(kind="accepted", document=f"18{len(self.posted):08d}")


@dataclass
class Post:
    """The mail server: every mail that went out, in order."""

    engine: FaultyEngine
    provider: Provider
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    """Notification id, template, and what it says."""
    chased: list[str] = field(default_factory=list)
    """Numbers of invoices for which somebody was reminded while their money was on its way."""
    calls: dict[str, int] = field(default_factory=dict)

    def send(self, tasks: Sequence[SendNotification], world: World) -> list[MailAnswer]:
        """See `functions.notifications.providers.send`. The process may die between any two mails of a slice."""
        answers: list[MailAnswer] = []
        dies = self.engine.strikes(Kind.MAIL_SILENT)
        last = int(self.engine.faults.draw("mails before", self.engine.place) * len(tasks))
        for notification in world.read.find_all(Notification, [task.notification_id for task in tasks]):
            answers.append(self._one(notification))
            if dies and len(answers) > last:
                raise Crash(Kind.MAIL_SILENT)
        return answers

    def _one(self, notification: Notification | None) -> MailAnswer:
        if notification is None:
            return MailAnswer(outcome="failed", reason="not there yet")
        if notification.state != "pending":
            return MailAnswer(outcome="suppressed", reason=f"was {notification.state} already")
        call = self.calls[notification.id] = self.calls.get(notification.id, 0) + 1
        place = f"{notification.id} call {call}"
        if self.engine.faults.strikes(Kind.MAIL_DOWN, place, call):
            return MailAnswer(outcome="failed", reason=Kind.MAIL_DOWN)
        if notification.template in REMINDERS and self.provider.is_collecting(notification.words.number):
            self.chased.append(notification.words.number)
        words = notification.words
        said = f"{words.number} {words.amount_minor} {words.currency} {words.reference} to {notification.to}"
        self.sent.append((notification.id, notification.template, said))
        return MailAnswer(outcome="sent", sha256=notification.id)


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
