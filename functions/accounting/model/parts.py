"""The SAP documents of a batch: what each holds, what was asked about it, and what SAP said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from common.documents import Document, id_from
from common.machine import Machine
from common.values import Value

PATIENCE: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
"""How long to wait before asking SAP again after each answer that did not come; the last one repeats."""

ExchangeState = Literal["sent", "accepted", "rejected", "unknown"]

EXCHANGE: Machine[ExchangeState] = Machine(
    "SAP message",
    {
        "sent": {"accept": "accepted", "reject": "rejected", "lose": "unknown"},
        "unknown": {"accept": "accepted", "reject": "rejected", "lose": "unknown"},
        "rejected": {"resend": "sent"},
        "accepted": {},
    },
)
VERBS: Final = {"accepted": "accept", "rejected": "reject", "unknown": "lose"}


class SapAnswer(Value):
    """What SAP said to one message: it took it, refused it for good, or nobody knows yet."""

    message_id: str = ""
    kind: Literal["accepted", "rejected", "unknown"]
    document: str = ""
    year: str = ""
    reason: str = ""


class Exchange(Value):
    """One message to SAP and its answer; its id lets SAP take it only once."""

    message_id: str
    """At most 35 characters (MessageHeader/ID)."""
    state: ExchangeState = "sent"
    attempt: int = 1
    document: str = ""
    year: str = ""
    reason: str = ""
    answered_at: datetime | None = None

    @property
    def pending(self) -> bool:
        """Whether SAP owes an answer."""
        return self.state in {"sent", "unknown"}

    def answered(self, answer: SapAnswer, now: datetime) -> "Exchange":
        """The same after an answer, or after none."""
        changes = {
            "state": EXCHANGE.move(self.state, VERBS[answer.kind]),
            "document": answer.document if answer.kind == "accepted" else "",
            "year": answer.year if answer.kind == "accepted" else "",
            "reason": answer.reason,
            "answered_at": now,
        }
        return self.model_copy(update=changes)


class Part(Value):
    """One SAP document of a batch: the lines from `first` up to before `last`, of one document type."""

    number: int
    document_type: str
    first: int
    last: int
    posting: Exchange
    reversal: Exchange | None = None

    def resent(self, batch: str) -> "Part":
        """The same, and a new attempt of what SAP refused."""
        if self.reversal is not None:
            return self.model_copy(update={"reversal": _again(self.reversal, batch, self.number, "reversal")})
        return self.model_copy(update={"posting": _again(self.posting, batch, self.number, "posting")})

    def reversing(self, batch: str) -> "Part":
        """The same with a counter-document asked for, where SAP has a document to be countered."""
        if self.posting.state != "accepted":
            return self
        asked = Exchange(message_id=message_id(batch, self.number, "reversal", 1))
        return self.model_copy(update={"reversal": asked})

    def answered(self, answers: dict[str, SapAnswer], now: datetime) -> "Part":
        """The same after what SAP said to those of its messages that still wait."""
        changes = {}
        for name, exchange in (("posting", self.posting), ("reversal", self.reversal)):
            if exchange and exchange.pending and (answer := answers.get(exchange.message_id)):
                changes[name] = exchange.answered(answer, now)
        return self.model_copy(update=changes)


def _again(exchange: Exchange, batch: str, number: int, kind: str) -> Exchange:
    if exchange.state != "rejected":
        return exchange
    attempt = exchange.attempt + 1
    return Exchange(message_id=message_id(batch, number, kind, attempt), attempt=attempt)


def message_id(batch: str, number: int, kind: str, attempt: int) -> str:
    """SAP's id of a message: the same part, purpose and attempt always have the same, of 30 characters."""
    return id_from("msg", batch, str(number), kind, str(attempt))


class SapDocument(Document):
    """Which message a number of SAP's stands for: found from the number, and no number stands for two."""

    collection = "sap_documents"
    indexed = ("number_key",)

    number_key: str
    """The number hashed: numbers in sequence are never indexed as they are."""
    number: str
    company_code: str
    year: str
    batch_id: str
    part: int
    message_id: str
    reverses: str = ""
    """The number of the document this one counters."""


def document_id(company_code: str, year: str, number: str) -> str:
    """A SAP document's id here: its number is unique within a company code and fiscal year."""
    return id_from("sapd", company_code, year, number)


def number_key(number: str) -> str:
    """How a document is found by its number; leading zeros don't matter."""
    return id_from("k", number.lstrip("0"))


def outcome(exchanges: Sequence[Exchange]) -> str:
    """What the answers mean for the whole batch: the verb it moves by."""
    if any(one.pending for one in exchanges):
        return "lose"
    return "reject" if any(one.state == "rejected" for one in exchanges) else "accept"


def reasons(exchanges: Sequence[Exchange]) -> str:
    """What SAP said, each thing once."""
    return "; ".join(dict.fromkeys(one.reason for one in exchanges if one.reason))[:1000]
