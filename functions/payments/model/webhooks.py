"""What providers tell by webhook, or when they are asked what has changed: each event once, and what follows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from common.documents import Document, id_from
from common.events.base import Task
from common.values import Value
from functions.payments.model.asking import About, Answer, DisputeSaid, Notice, ProviderName

SOON: Final = (
    timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=40), timedelta(minutes=5), timedelta(minutes=30),
    timedelta(hours=2), timedelta(hours=12),
)  # fmt: skip
WAITS: Final[Mapping[str, tuple[timedelta, ...]]] = {
    "unknown_payment": SOON,
    "provider_silent": (*SOON, *(timedelta(days=1),) * 6),
}
"""How long we wait before we look again at what we don't know yet, or where the provider is silent. A webhook may
overtake our own answer by seconds; after the last a human looks."""
OVERLAP: Final = timedelta(hours=2)
"""So far behind the last poll the next one begins: lists of events lag behind."""
FIRST: Final = timedelta(days=1)
"""So far back the first poll of a provider looks."""
PAGE: Final = 300
"""So many missed events at most become tasks in one commit; the rest follows at once."""
SILENT_FOR: Final = 24
"""After so many polls without an answer, one an hour, a human looks; then again after as many."""


Told = Literal["webhook", "poll"]


class ProviderEvent(Document):
    """An event a provider has told, whoever told it first: what it was about, and what has come of it."""

    collection = "provider_events"

    provider: ProviderName
    event_id: str
    type: str
    topics: tuple[About, ...]
    """What its notices were about: a failed debit, of the payment and of a dispute."""
    provider_id: str
    """Of the thing its first notice named."""
    fingerprint: str = ""
    """Of what it said; another one under the same id is an alarm."""
    told_by: Told
    heard_at: datetime
    worked: tuple[About, ...] = ()
    """Those of its topics that have become a task; the others nobody handled when they came."""


class PollCursor(Document):
    """How far we know what has changed at a provider; its id is the provider's name."""

    collection = "provider_cursors"

    since: datetime
    """All that changed before is known."""
    silent: int = 0
    """How often in a row the provider did not answer."""


class PollProvider(Task, name="payments.poll_provider"):
    """Ask a provider what has changed; a gap of days is caught up in several rounds."""

    provider: ProviderName
    began_at: datetime | None = None
    """When the first round was asked: what changed before is known after the last."""


class Changed(Value):
    """What a provider said of its changes; `silent` where it could not."""

    asked_at: datetime
    silent: str = ""
    """Why, for people."""
    notices: tuple[Notice, ...] = ()


class ReportEvent(Task, name="payments.report_event"):
    """Tell people of an event that can't be worked on: it becomes a parked message with its reason."""

    provider: ProviderName
    event_id: str
    code: str
    detail: str


class ProcessWebhook(Task, name="payments.process_webhook"):
    """Look at what a webhook is about; what the webhook itself says is not believed."""

    event_id: str
    type: str
    intent_id: str
    """The provider's id of the payment it is about."""
    provider: ProviderName = "stripe"
    attempt_id: str = ""
    """Ours, where the notice tells it."""
    said: Answer | None = None
    """What a signed notice says itself, of a provider that can't be asked."""
    tries: int = 0


class LookAtRefund(Task, name="payments.look_at_refund"):
    """Ask the provider what became of a refund."""

    provider: ProviderName
    provider_id: str
    event_id: str
    type: str = ""
    refund_id: str = ""
    """Ours, where the notice tells it."""
    said: Answer | None = None
    tries: int = 0


class LookAtDispute(Task, name="payments.look_at_dispute"):
    """Ask the provider how a dispute, a chargeback or a late failure stands."""

    provider: ProviderName
    provider_id: str
    event_id: str
    type: str = ""
    said: DisputeSaid | None = None
    tries: int = 0


class LookAtPayout(Task, name="payments.look_at_payout"):
    """Ask the provider for a payout and its movements."""

    provider: ProviderName
    provider_id: str
    event_id: str
    type: str = ""
    tries: int = 0


class LookAtSetUp(Task, name="payments.look_at_set_up"):
    """Ask the provider what became of setting up a method."""

    provider: ProviderName
    provider_id: str
    event_id: str
    type: str = ""
    tries: int = 0


class LookAtMandate(Task, name="payments.look_at_mandate"):
    """Ask the provider whether a mandate is still good."""

    provider: ProviderName
    provider_id: str
    event_id: str
    type: str = ""
    tries: int = 0


PLAIN: Final[Mapping[About, type[LookAtPayout | LookAtSetUp | LookAtMandate]]] = {
    "payout": LookAtPayout,
    "set_up": LookAtSetUp,
    "mandate": LookAtMandate,
}


def event_key(provider: ProviderName, notice: Notice) -> str:
    """The id of what we keep of an event."""
    return id_from("pev", provider, notice.event_id)


def looking(provider: ProviderName, notice: Notice) -> Task:
    """The task that looks at what a notice is about; KeyError where it is about nothing."""
    if notice.about == "payment":
        return ProcessWebhook(
            event_id=notice.event_id,
            type=notice.type,
            intent_id=notice.provider_id,
            provider=provider,
            attempt_id=notice.attempt_id,
            said=notice.said,
        )
    known = {
        "provider": provider, "provider_id": notice.provider_id, "event_id": notice.event_id, "type": notice.type
    }  # fmt: skip
    if notice.about == "refund":
        return LookAtRefund.model_validate({**known, "refund_id": notice.attempt_id, "said": notice.said})
    if notice.about == "dispute":
        return LookAtDispute.model_validate({**known, "said": notice.dispute})
    return PLAIN[notice.about].model_validate(known)


def heard(
    known: ProviderEvent | None, provider: ProviderName, notice: Notice, by: Told, now: datetime, *, works: bool
) -> ProviderEvent:
    """What is kept of an event after one more notice of it."""
    before = known or ProviderEvent(
        id=event_key(provider, notice),
        provider=provider,
        event_id=notice.event_id,
        type=notice.type,
        topics=(),
        provider_id=notice.provider_id,
        fingerprint=notice.fingerprint,
        told_by=by,
        heard_at=now,
    )
    topics = (*before.topics, *(() if notice.about in before.topics else (notice.about,)))
    return before.but(topics=topics, worked=(*before.worked, notice.about) if works else before.worked)


def contradicts(known: ProviderEvent, notice: Notice) -> bool:
    """Whether an event is told otherwise than before under the same id."""
    return bool(known.fingerprint and notice.fingerprint and known.fingerprint != notice.fingerprint)
