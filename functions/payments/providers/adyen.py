"""The provider behind Adyen's Checkout API (https://docs.adyen.com/api-explorer/Checkout/71/overview).

Adyen shows no payment by its id or by ours: "you need to rely on your webhooks", says its own help. So `get` and
`search` don't know, a notice brings what it says (`Notice.said`), and an attempt nobody has told of is asked for by
sending the same request again: within `key_life` Adyen answers it as it did the first time, without doing it again
(https://docs.adyen.com/development-resources/api-idempotency: keys live for at least seven days).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from functions.payments.adyen_units import theirs
from functions.payments.model.asking import (
    ONLY_TOLD,
    Answer,
    DisputeSaid,
    Invitation,
    Invited,
    PayoutSaid,
    ProviderName,
    RefundOrder,
    SetUp,
)
from functions.payments.model.payments import ChargeAttempt
from functions.payments.providers import adyen_reading as reading
from functions.payments.providers import adyen_report
from functions.payments.providers.adyen_api import Api, Refused, Silent, safe
from functions.payments.providers.port import NOT_OFFERED, Offering

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
Json = dict[str, Any]
TYPES: Final = {"card": "scheme", "direct_debit": "sepadirectdebit"}
ON_PAGE: Final = TYPES | {"ideal": "ideal", "bancontact": "bcmc", "paypal": "paypal", "": ""}
"""Adyen's payment method types by ours, for the hosted page; empty lets Adyen choose."""
REASONS: Final = {"duplicate": "DUPLICATE", "fraudulent": "FRAUD", "requested_by_customer": "CUSTOMER REQUEST"}
_UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_ACCEPT: Final = "DisputeService/v30/acceptDispute"


class Adyen(Offering):
    """One merchant account of Adyen's. A token is `shopperReference/storedPaymentMethodId`.

    The account captures at once. `return_url` is demanded with every payment and never used without the member;
    `transport` takes the wire's place.
    """

    name: ProviderName = "adyen"
    key_life = timedelta(days=6, hours=23)
    searchable = False

    def __init__(
        self,
        url: str,
        key: str,
        merchant: str,
        *,
        area_url: str,
        return_url: str,
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        self._api = Api(url, area_url, key, transport)
        self._merchant = merchant
        self._return_url = return_url

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        shopper, _, stored = wanted.token.rpartition("/")
        asked = {
            "merchantAccount": self._merchant,
            "reference": wanted.attempt_id,
            "amount": _amount(wanted.amount_minor, wanted.currency),
            "paymentMethod": {"type": TYPES[wanted.method], "storedPaymentMethodId": stored},
            "shopperReference": shopper,
            "shopperInteraction": "ContAuth",
            "recurringProcessingModel": "UnscheduledCardOnFile",
            "returnUrl": self._return_url,
            "metadata": {"payment_id": wanted.payment_id, "invoice_number": wanted.invoice_number},
        }
        answer = _answered(
            lambda: reading.of_payment(self._api.post("/payments", asked, wanted.attempt_id), wanted.method)
        )
        ours = {"payment_id": wanted.payment_id, "attempt_id": wanted.attempt_id}
        lost = {"outcome": "unknown"} if answer.outcome == "not_found" else {}
        return answer.model_copy(update=ours | lost)

    def get(self, provider_id: str) -> Answer:
        """See Provider: Adyen can't say, save of a payment link (`PL...`) whether it was used."""
        if provider_id.startswith("PL"):
            return _answered(lambda: reading.of_link(self._api.get(f"/paymentLinks/{safe(provider_id)}")))
        return Answer(outcome="unknown", provider_id=provider_id, code=ONLY_TOLD)

    def search(self, attempt_id: str) -> Answer:
        """See Provider: Adyen can't say."""
        return Answer(outcome="unknown", attempt_id=attempt_id, code=ONLY_TOLD)

    def refund(self, wanted: RefundOrder) -> Answer:
        """See Provider; it is `processing` until a notice tells what became of it."""
        asked: Json = {
            "merchantAccount": self._merchant,
            "reference": wanted.refund_id,
            "amount": _amount(wanted.amount_minor, wanted.currency),
        }
        if wanted.reason in REASONS:
            asked["merchantRefundReason"] = REASONS[wanted.reason]

        def sent() -> Answer:
            path = f"/payments/{safe(wanted.provider_id)}/refunds"
            return reading.of_refund(self._api.post(path, asked, wanted.refund_id), wanted.payment_id)

        answer = _answered(sent)
        ours = {"payment_id": wanted.payment_id, "attempt_id": wanted.refund_id}
        lost = {"outcome": "failed", "code": "no_such_payment"} if answer.outcome == "not_found" else {}
        return answer.model_copy(update=ours | lost)

    def get_refund(self, provider_id: str) -> Answer:
        """See Provider: Adyen can't say."""
        return Answer(outcome="unknown", provider_id=provider_id, code=ONLY_TOLD)

    def search_refund(self, wanted: RefundOrder) -> Answer:
        """See Provider: Adyen can't say."""
        return Answer(outcome="unknown", payment_id=wanted.payment_id, attempt_id=wanted.refund_id, code=ONLY_TOLD)

    def invite(self, wanted: Invitation) -> Invited:
        """See Provider: a payment link, good for a day; the same invitation again is the same link."""
        if wanted.method not in ON_PAGE:
            return Invited(outcome="failed", code=NOT_OFFERED)
        try:
            link = self._api.post("/paymentLinks", self._link(wanted), wanted.invitation_id)
            return Invited(outcome="succeeded", provider_id=str(link["id"]), url=str(link["url"]))
        except Refused as refusal:
            return Invited(outcome="failed", code=refusal.code)
        except Silent as silence:
            return Invited(outcome="unknown", code=silence.code)
        except _UNREADABLE:
            return Invited(outcome="unknown", code="unreadable")

    def close_page(self, page_id: str) -> Answer:
        """See Provider: https://docs.adyen.com/api-explorer/Checkout/latest/patch/paymentLinks/(linkId)."""

        def asked() -> Answer:
            status = str(self._api.change(f"/paymentLinks/{safe(page_id)}", {"status": "expired"})["status"])
            return Answer(outcome="succeeded" if status == "expired" else "failed", code=status)

        return _answered(asked).model_copy(update={"provider_id": page_id})

    def get_set_up(self, provider_id: str) -> SetUp:
        """See Provider; `provider_id` is the payment link's."""

        def asked() -> SetUp:
            link = self._api.get(f"/paymentLinks/{safe(provider_id)}")
            used = reading.LINKS.get(str(link["status"])) == "succeeded"
            return reading.of_set_up(link, self._stored(str(link["shopperReference"])) if used else None)

        return _said(asked, lambda outcome, code: SetUp(outcome=outcome, provider_id=provider_id, code=code))

    def get_dispute(self, provider_id: str) -> DisputeSaid:
        """See Provider: Adyen can't say."""
        return DisputeSaid(outcome="unknown", provider_id=provider_id, code=ONLY_TOLD)

    def answer_dispute(self, provider_id: str, texts: dict[str, str], *, accept: bool = False) -> Answer:
        """See Provider: a dispute can be accepted. A defence takes documents (PDF, JPEG), which are sent by hand."""
        if texts or not accept:
            return Answer(outcome="failed", provider_id=provider_id, code=NOT_OFFERED)

        def sent() -> Answer:
            asked = {"disputePspReference": safe(provider_id), "merchantAccountCode": self._merchant}
            result = self._api.service(_ACCEPT, asked, f"accept-{provider_id}")["disputeServiceResult"]
            done = result["success"] in {True, "true"}
            code = "" if done else str(result.get("errorMessage") or "refused")[:100]
            return Answer(outcome="succeeded" if done else "failed", provider_id=provider_id, code=code)

        return _answered(sent)

    def get_payout(self, provider_id: str) -> PayoutSaid:
        """See Provider; `provider_id` is the settlement detail report's name, as its notice tells it."""

        def asked() -> PayoutSaid:
            if not adyen_report.NAME.fullmatch(provider_id):
                raise Refused("no_such_report", missing=True)
            return adyen_report.read(self._api.report(self._merchant, provider_id), provider_id)

        try:
            return _said(asked, lambda outcome, code: PayoutSaid(outcome=outcome, provider_id=provider_id, code=code))
        except adyen_report.Broken as fault:
            return PayoutSaid(outcome="unknown", provider_id=provider_id, code=f"broken_report: {fault}"[:200])

    def _link(self, wanted: Invitation) -> Json:
        keeps = wanted.kind == "set_up" or wanted.keep_method
        labels = {name: getattr(wanted, name) for name in ("invitation_id", "member_id", "payment_id", "attempt_id")}
        asked: Json = {
            "merchantAccount": self._merchant,
            "reference": wanted.attempt_id or wanted.invitation_id,
            "amount": _amount(wanted.amount_minor, wanted.currency),
            "returnUrl": wanted.return_url,
            "shopperReference": _shopper(wanted),
            "storePaymentMethodMode": "enabled" if keeps else "disabled",
            "metadata": {name: value for name, value in labels.items() if value},
        }
        if keeps:
            asked["recurringProcessingModel"] = "UnscheduledCardOnFile"
        if ON_PAGE[wanted.method]:
            asked["allowedPaymentMethods"] = [ON_PAGE[wanted.method]]
        if wanted.country:
            asked |= {"countryCode": wanted.country, "shopperLocale": f"{wanted.language}-{wanted.country}"}
        return asked | {name: text for name, text in _spoken(wanted).items() if text}

    def _stored(self, shopper: str) -> Json | None:
        found = self._api.get("/storedPaymentMethods", merchantAccount=self._merchant, shopperReference=shopper)
        methods: list[Json] = found.get("storedPaymentMethods") or []
        return methods[-1] if methods else None


def _shopper(wanted: Invitation) -> str:
    """A shopper of its own for each invitation: Adyen's list of stored methods tells no day, so it holds just one."""
    return f"{wanted.member_id}.{wanted.invitation_id}"


def _spoken(wanted: Invitation) -> dict[str, str]:
    return {"description": wanted.description[:280], "shopperEmail": wanted.email}


def _amount(amount_minor: int, currency: str) -> Json:
    return {"value": theirs(amount_minor, currency), "currency": currency}


def _answered(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except Refused as refusal:
        return Answer(outcome="not_found" if refusal.missing else "failed", code=refusal.code)
    except Silent as silence:
        return Answer(outcome="unknown", code=silence.code, retry_after_s=silence.retry_after_s)
    except _UNREADABLE:
        return Answer(outcome="unknown", code="unreadable")


def _said(ask: Callable[[], T], otherwise: Callable[[Any, str], T]) -> T:
    """What was said, or that there is no such thing (`not_found`), or that nobody knows."""
    try:
        return ask()
    except adyen_report.Broken:
        raise
    except Refused as refusal:
        return otherwise("not_found" if refusal.missing else "unknown", refusal.code)
    except Silent as silence:
        return otherwise("unknown", silence.code)
    except _UNREADABLE:
        return otherwise("unknown", "unreadable")
