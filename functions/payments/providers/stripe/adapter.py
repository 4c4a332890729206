"""The whole port against Stripe: asks, reads, and turns what it does not know into `unknown`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from common.failures import TryLater
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
from functions.payments.providers.port import Offering
from functions.payments.providers.stripe import charging, disputing, inviting, refunding, settling
from functions.payments.providers.stripe.api import UNREADABLE, Api, RefusedError, SilentError, one
from functions.payments.webhooks.stripe import HEARD, about

if TYPE_CHECKING:
    import httpx

Said = TypeVar("Said", Answer, Invited, SetUp, DisputeSaid, PayoutSaid)
T = TypeVar("T")


class Stripe(Offering):
    """The provider behind Stripe's API. `url` is what comes before `/v1`; `transport` takes the wire's place."""

    name: ProviderName = "stripe"

    def __init__(self, url: str, key: str, transport: "httpx.BaseTransport | None" = None) -> None:
        self._api = Api(url, key, transport)

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        return _said(
            Answer,
            lambda: charging.read(self._api.post(charging.PATH, charging.form(wanted), wanted.attempt_id)),
            charging.refused,
        )

    def get(self, provider_id: str) -> Answer:
        """See Provider."""
        return _said(Answer, lambda: charging.read(self._api.get(one(charging.PATH, provider_id))))

    def search(self, attempt_id: str) -> Answer:
        """See Provider. Stripe's search is behind by a minute, and by up to an hour on a bad day."""
        return _said(Answer, lambda: self._searched(attempt_id))

    def refund(self, wanted: RefundOrder) -> Answer:
        """See Provider."""
        return _said(
            Answer,
            lambda: refunding.read(self._api.post(refunding.PATH, refunding.form(wanted), wanted.refund_id)),
            refunding.refused,
        )

    def get_refund(self, provider_id: str) -> Answer:
        """See Provider."""
        return _said(Answer, lambda: refunding.read(self._api.get(one(refunding.PATH, provider_id))))

    def search_refund(self, wanted: RefundOrder) -> Answer:
        """See Provider. Refunds have no search: those of the payment are listed, which is never behind."""
        return _said(Answer, lambda: self._listed(wanted))

    def invite(self, wanted: Invitation) -> Invited:
        """See Provider. The page lives a day; after that the same invitation is a new page."""
        return _said(
            Invited,
            lambda: inviting.invited(self._api.post(inviting.PATH, inviting.form(wanted), wanted.invitation_id)),
            lambda refusal: Invited(outcome="failed", code=refusal.code),
        )

    def close_page(self, page_id: str) -> Answer:
        """See Provider. https://docs.stripe.com/api/checkout/sessions/expire: only a page that is open can be."""
        answer = _said(
            Answer,
            lambda: inviting.closed(self._api.post(one(inviting.PATH, page_id) + "/expire", {}, f"close-{page_id}")),
            lambda refusal: Answer(outcome="not_found" if refusal.is_missing else "failed", code=refusal.code),
        )
        return answer.model_copy(update={"provider_id": page_id})

    def get_set_up(self, provider_id: str) -> SetUp:
        """See Provider. Of a Checkout Session (paid with `keep_method`, too), a setup intent or a mandate."""
        return _said(SetUp, lambda: self._set_up(provider_id))

    def get_dispute(self, provider_id: str) -> DisputeSaid:
        """See Provider."""
        path = one(disputing.PATH, provider_id)
        return _said(DisputeSaid, lambda: disputing.read(self._api.get(path, expand=disputing.EXPANDED)))

    def answer_dispute(self, provider_id: str, texts: dict[str, str], *, accept: bool = False) -> Answer:
        """See Provider. `failed` with a reason, unasked, for texts that Stripe has no field for."""
        if not accept and (code := disputing.senseless(texts)):
            return Answer(outcome="failed", provider_id=provider_id, code=code)
        form = {} if accept else disputing.evidence(texts)
        path = one(disputing.PATH, provider_id) + ("/close" if accept else "")
        key = disputing.key(path, form)
        answer = _said(
            Answer,
            lambda: disputing.answered(self._api.post(path, form, key)),
            lambda refusal: Answer(outcome="not_found" if refusal.is_missing else "failed", code=refusal.code),
        )
        return answer.model_copy(update={"provider_id": provider_id})

    def payouts(self, since: datetime) -> Sequence[PayoutSaid]:
        """See Provider."""
        return self._sure(lambda: [settling.read(each) for each in self._api.each(settling.PATH, **_since(since))])

    def get_payout(self, provider_id: str) -> PayoutSaid:
        """See Provider. The payout itself is among its movements, with a minus."""
        return _said(PayoutSaid, lambda: self._payout(provider_id))

    def changes(self, since: datetime) -> Sequence[Notice]:
        """See Provider. Stripe remembers its events for thirty days."""
        wanted = {**_since(since), "types": ",".join(HEARD)}
        return self._sure(lambda: [told for event in self._api.each("/v1/events", **wanted) for told in about(event)])

    def _searched(self, attempt_id: str) -> Answer:
        found = self._api.get(f"{charging.PATH}/search", query=charging.query(attempt_id), limit="100")
        return charging.best(charging.read(intent) for intent in found["data"])

    def _listed(self, wanted: RefundOrder) -> Answer:
        of = "payment_intent" if wanted.provider_id.startswith("pi_") else "charge"
        every = self._api.each(refunding.PATH, **{of: wanted.provider_id})
        found = (refunding.read(refund) for refund in every if refunding.is_ours(refund, wanted))
        return charging.best(found)

    def _set_up(self, provider_id: str) -> SetUp:
        if provider_id.startswith("seti_"):
            path = one(inviting.SET_UP, provider_id)
            return inviting.of_set_up_intent(self._api.get(path, expand=inviting.SET_UP_EXPANDED))
        if provider_id.startswith("mandate_"):
            path = one(inviting.MANDATE, provider_id)
            return inviting.of_mandate(self._api.get(path, expand="payment_method"))
        return inviting.of_session(self._api.get(one(inviting.PATH, provider_id), expand=inviting.EXPANDED))

    def _payout(self, provider_id: str) -> PayoutSaid:
        payout = self._api.get(one(settling.PATH, provider_id))
        lines = self._api.each(settling.LINES, payout=provider_id, expand="data.source")
        return settling.read(payout, tuple(settling.movement(line, provider_id) for line in lines))

    def _sure(self, ask: Callable[[], T]) -> T:
        """What has no way to say that it is not known raises TryLater."""
        try:
            return ask()
        except (SilentError, RefusedError) as fault:
            raise TryLater(f"Stripe does not say: {fault}") from fault
        except UNREADABLE as fault:
            raise TryLater("Stripe's answer can't be read") from fault


def _since(moment: datetime) -> dict[str, str]:
    return {"created__gte": str(int(moment.timestamp()))}


def _said(kind: type[Said], ask: Callable[[], Said], refused: Callable[[RefusedError], Said] | None = None) -> Said:
    """An answer, whatever happens: a refusal by `refused` (by default `not_found`, or unknown), silence as unknown."""
    try:
        return ask()
    except RefusedError as refusal:
        if refused is not None:
            return refused(refusal)
        if refusal.is_missing:
            return kind(outcome="not_found")
        return kind(outcome="unknown", code=f"http_{refusal.status}")
    except SilentError as silence:
        said = kind(outcome="unknown", code=silence.code)
        return said.model_copy(update={"retry_after_s": silence.retry_after_s}) if isinstance(said, Answer) else said
    except UNREADABLE:
        return kind(outcome="unknown", code="unreadable")
