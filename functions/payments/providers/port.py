"""What we need of a payment provider: one port, kept by every adapter (`tests/contracts/providers`)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from functions.payments.model.asking import (
    Answer,
    DisputeSaid,
    Invitation,
    Invited,
    Notice,
    PayoutSaid,
    ProviderName,
    RefundOrder,
    SetUp,
)
from functions.payments.model.payments import ChargeAttempt


class Provider(Protocol):
    """It never raises for an outcome: not knowing is an answer (`unknown`), as is having no such thing (`not_found`).

    What it does not offer at all answers `failed` with the code `not_offered`.
    """

    name: ProviderName
    key_life: timedelta
    """So long the same attempt or refund sent again is answered as before, with a margin; later it is a new one."""
    searchable: bool
    """Whether `search` and `search_refund` can find anything. Where not, the same request is sent again within
    `key_life`, which answers as before; after that only a notice tells."""

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """Asks to collect without the member; with the same attempt again it collects only once (`key_life`)."""
        ...

    def get(self, provider_id: str) -> Answer:
        """What became of the provider's payment."""
        ...

    def search(self, attempt_id: str) -> Answer:
        """What became of an attempt of which we have no provider's id."""
        ...

    def search_for(self, wanted: ChargeAttempt) -> Answer:
        """The same, of an attempt of which we know all that was asked: some providers can only look by customer."""
        ...

    def refund(self, wanted: RefundOrder) -> Answer:
        """Asks to give money back; with the same refund again only once."""
        ...

    def get_refund(self, provider_id: str) -> Answer:
        """What became of the provider's refund."""
        ...

    def search_refund(self, wanted: RefundOrder) -> Answer:
        """What became of a refund of which we have no provider's id."""
        ...

    def invite(self, wanted: Invitation) -> Invited:
        """A page where the member pays or sets up a method."""
        ...

    def close_page(self, page_id: str) -> Answer:
        """Sees to it that nobody can pay on a page any more: `succeeded`, or `failed` where it was over or paid."""
        ...

    def get_set_up(self, provider_id: str) -> SetUp:
        """What became of setting up a method; `provider_id` as `Invited` or a notice told it."""
        ...

    def get_dispute(self, provider_id: str) -> DisputeSaid:
        """A dispute as it stands."""
        ...

    def answer_dispute(self, provider_id: str, texts: dict[str, str], *, accept: bool = False) -> Answer:
        """Sends evidence (name of the provider's field: text), or accepts the dispute."""
        ...

    def payouts(self, since: datetime) -> Sequence[PayoutSaid]:
        """Payouts created since, without their movements; raises TryLater where the provider can't say."""
        ...

    def get_payout(self, provider_id: str) -> PayoutSaid:
        """A payout with every movement it is made of."""
        ...

    def changes(self, since: datetime) -> Sequence[Notice]:
        """What has changed since, in any order: heals webhooks that never came. Raises TryLater."""
        ...


NOT_OFFERED: Final = "not_offered"


class Offering:
    """What an adapter starts from: whatever it does not offer, it says so."""

    key_life: timedelta = timedelta(hours=23)
    searchable: bool = True

    def search_for(self: Provider, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        return self.search(wanted.attempt_id)

    def refund(self, wanted: RefundOrder) -> Answer:  # noqa: ARG002 - the port
        """See Provider."""
        return Answer(outcome="failed", code=NOT_OFFERED)

    def get_refund(self, provider_id: str) -> Answer:
        """See Provider."""
        return Answer(outcome="not_found", provider_id=provider_id)

    def search_refund(self, wanted: RefundOrder) -> Answer:  # noqa: ARG002 - the port
        """See Provider."""
        return Answer(outcome="not_found")

    def invite(self, wanted: Invitation) -> Invited:  # noqa: ARG002 - the port
        """See Provider."""
        return Invited(outcome="failed", code=NOT_OFFERED)

    def close_page(self, page_id: str) -> Answer:
        """See Provider."""
        return Answer(outcome="failed", provider_id=page_id, code=NOT_OFFERED)

    def get_set_up(self, provider_id: str) -> SetUp:
        """See Provider."""
        return SetUp(outcome="not_found", provider_id=provider_id)

    def get_dispute(self, provider_id: str) -> DisputeSaid:
        """See Provider."""
        return DisputeSaid(outcome="not_found", provider_id=provider_id)

    def answer_dispute(self, provider_id: str, texts: dict[str, str], *, accept: bool = False) -> Answer:  # noqa: ARG002
        """See Provider."""
        return Answer(outcome="failed", provider_id=provider_id, code=NOT_OFFERED)

    def payouts(self, since: datetime) -> Sequence[PayoutSaid]:  # noqa: ARG002 - the port
        """See Provider."""
        return ()

    def get_payout(self, provider_id: str) -> PayoutSaid:
        """See Provider."""
        return PayoutSaid(outcome="not_found", provider_id=provider_id)

    def changes(self, since: datetime) -> Sequence[Notice]:  # noqa: ARG002 - the port
        """See Provider."""
        return ()
