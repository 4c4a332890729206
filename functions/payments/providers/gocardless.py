"""The provider behind GoCardless's API (https://developer.gocardless.com/api-reference): debits, bank payments."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from common.failures import TryLater
from functions.payments.model.asking import (
    Answer,
    DisputeSaid,
    Invitation,
    Invited,
    Notice,
    Outcome,
    PayoutSaid,
    ProviderName,
    RefundOrder,
    SetUp,
)
from functions.payments.model.payments import ChargeAttempt
from functions.payments.providers import gocardless_reading as reading
from functions.payments.providers.gocardless_api import Api, Refused, Silent
from functions.payments.providers.port import NOT_OFFERED, Offering
from functions.payments.webhooks import gocardless as told

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
Json = dict[str, Any]
LANGUAGES: Final = frozenset({"en", "fr", "de", "pt", "es", "it", "nl", "da", "nb", "sl", "sv"})
"""Of the pages of theirs; for any other they choose by the member's country."""
INSTANT: Final = frozenset({"EUR", "GBP"})
"""What an instant bank payment can be made in."""
PAGES: Final = frozenset({"", "direct_debit", "bank", "transfer"})
"""The methods an invitation may name: all are the member's bank."""
_UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class GoCardless(Offering):
    """One account of GoCardless's. A token is a mandate's id (`MD…`); `transport` takes the wire's place."""

    name: ProviderName = "gocardless"

    def __init__(self, url: str, token: str, transport: "httpx.BaseTransport | None" = None) -> None:
        self._api = Api(url, token, transport)

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider. GoCardless's own retries are switched off: two who retry could collect twice."""
        if wanted.method != "direct_debit":
            return Answer(outcome="failed", code=NOT_OFFERED)
        asked = {
            "amount": wanted.amount_minor,
            "currency": wanted.currency,
            "description": wanted.invoice_number,
            "retry_if_possible": False,
            "metadata": _labels(wanted.attempt_id, wanted.payment_id, wanted.invoice_number),
            "links": {"mandate": wanted.token},
        }
        return _answered(lambda: self._payment(self._api.make("payments", asked, wanted.attempt_id)), _declined)

    def get(self, provider_id: str) -> Answer:
        """See Provider; also of an invitation to pay (`BRQ…`), once the member has paid."""
        if provider_id.startswith("BRQ"):
            return _answered(lambda: self._invited_payment(provider_id))
        return _answered(lambda: self._payment(self._api.get("payments", provider_id)))

    def search(self, attempt_id: str) -> Answer:
        """See Provider. GoCardless can't search by metadata: this goes through all payments, newest first."""
        return _answered(lambda: self._found(attempt_id))

    def search_for(self, wanted: ChargeAttempt) -> Answer:
        """See Provider: goes through the payments of the mandate alone."""
        return _answered(lambda: self._found(wanted.attempt_id, mandate=wanted.token))

    def refund(self, wanted: RefundOrder) -> Answer:
        """See Provider. They demand the sum of all refunds of the payment with it, which also keeps two apart."""
        return _answered(lambda: self._refunded(wanted), _declined)

    def get_refund(self, provider_id: str) -> Answer:
        """See Provider."""
        return _answered(lambda: reading.of_refund(self._api.get("refunds", provider_id)))

    def search_refund(self, wanted: RefundOrder) -> Answer:
        """See Provider."""
        return _answered(lambda: self._found_refund(wanted))

    def invite(self, wanted: Invitation) -> Invited:
        """See Provider. The same invitation again is the same billing request, which can be fulfilled only once."""
        if wanted.method not in PAGES:
            return Invited(outcome="failed", code=NOT_OFFERED)
        if wanted.kind == "pay" and wanted.currency not in INSTANT:
            return Invited(outcome="failed", code="currency_not_supported")
        try:
            return self._invited(wanted)
        except Refused as refusal:
            return Invited(outcome="failed", code=refusal.code)
        except Silent as silence:
            return Invited(outcome="unknown", code=silence.code)
        except _UNREADABLE:
            return Invited(outcome="unknown", code="unreadable")

    def close_page(self, page_id: str) -> Answer:
        """See Provider: https://developer.gocardless.com/api-reference/#billing-requests-cancel-a-billing-request."""
        return _answered(
            lambda: reading.closed(self._api.act("billing_requests", page_id, "cancel")),
            lambda refusal: Answer(
                outcome="not_found" if refusal.missing else "failed", provider_id=page_id, code=refusal.code
            ),
        )

    def get_set_up(self, provider_id: str) -> SetUp:
        """See Provider; `provider_id` is a billing request's or a mandate's."""
        try:
            return self._set_up(provider_id)
        except Refused as refusal:
            return SetUp(outcome=_of(refusal), provider_id=provider_id, code=refusal.code)
        except Silent as silence:
            return SetUp(outcome="unknown", provider_id=provider_id, code=silence.code)
        except _UNREADABLE:
            return SetUp(outcome="unknown", provider_id=provider_id, code="unreadable")

    def get_dispute(self, provider_id: str) -> DisputeSaid:
        """See Provider: a chargeback or a late failure, under the payment's id."""
        try:
            payment = self._api.get("payments", provider_id)
            return reading.of_dispute(payment, self._events_of(payment))
        except Refused as refusal:
            return DisputeSaid(outcome=_of(refusal), provider_id=provider_id, code=refusal.code)
        except Silent as silence:
            return DisputeSaid(outcome="unknown", provider_id=provider_id, code=silence.code)
        except _UNREADABLE:
            return DisputeSaid(outcome="unknown", provider_id=provider_id, code="unreadable")

    def payouts(self, since: datetime) -> Sequence[PayoutSaid]:
        """See Provider."""
        return _listed(lambda: [reading.of_payout(one) for one in self._api.each("payouts", **_since(since))])

    def get_payout(self, provider_id: str) -> PayoutSaid:
        """See Provider. Items are kept for six months: of an older payout there are none, with a code that says so."""
        try:
            payout = self._api.get("payouts", provider_id)
            return self._with_movements(payout)
        except Refused as refusal:
            return PayoutSaid(outcome=_of(refusal), provider_id=provider_id, code=refusal.code)
        except Silent as silence:
            return PayoutSaid(outcome="unknown", provider_id=provider_id, code=silence.code)
        except _UNREADABLE:
            return PayoutSaid(outcome="unknown", provider_id=provider_id, code="unreadable")

    def changes(self, since: datetime) -> Sequence[Notice]:
        """See Provider: every event since, read as its webhook is."""
        return _listed(
            lambda: [notice for event in self._api.each("events", **_since(since)) for notice in told.notices_of(event)]
        )

    def _payment(self, payment: Json) -> Answer:
        events = self._events_of(payment) if payment["status"] in {"failed", "cancelled"} else []
        return reading.of_payment(payment, events)

    def _events_of(self, payment: Json) -> list[Json]:
        return list(self._api.each("events", payment=str(payment["id"]), resource_type="payments"))

    def _found(self, attempt_id: str, **among: str) -> Answer:
        found = [one for one in self._api.each("payments", **among) if _label(one, "attempt_id") == attempt_id]
        return reading.best(self._payment(one) for one in found)

    def _found_refund(self, wanted: RefundOrder) -> Answer:
        for refund in self._api.each("refunds", payment=wanted.provider_id):
            if _label(refund, "refund_id") == wanted.refund_id:
                return reading.of_refund(refund)
        return Answer(outcome="not_found")

    def _refunded(self, wanted: RefundOrder) -> Answer:
        known = self._found_refund(wanted)
        if known.outcome != "not_found":
            return known
        before = reading.whole(self._api.get("payments", wanted.provider_id)["amount_refunded"])
        asked = {
            "amount": wanted.amount_minor,
            "total_amount_confirmation": before + wanted.amount_minor,
            "metadata": {"refund_id": wanted.refund_id, "payment_id": wanted.payment_id},
            "links": {"payment": wanted.provider_id},
        }
        return reading.of_refund(self._api.make("refunds", asked, wanted.refund_id))

    def _invited(self, wanted: Invitation) -> Invited:
        request = self._api.make("billing_requests", _billing_request(wanted), wanted.invitation_id)
        provider_id, status = str(request["id"]), str(request["status"])
        if status in {"fulfilled", "cancelled"}:
            return Invited(outcome="failed", provider_id=provider_id, code=f"billing_request_{status}")
        flow = self._api.make("billing_request_flows", _flow(wanted, provider_id))
        return Invited(outcome="succeeded", provider_id=provider_id, url=str(flow["authorisation_url"]))

    def _invited_payment(self, provider_id: str) -> Answer:
        request = self._api.get("billing_requests", provider_id)
        payment_id = (request.get("links") or {}).get("payment_request_payment")
        if payment_id:
            return self._payment(self._api.get("payments", str(payment_id)))
        outcome: Outcome = "failed" if request["status"] == "cancelled" else "processing"
        return Answer(outcome=outcome, provider_id=provider_id, code=f"billing_request_{request['status']}")

    def _set_up(self, provider_id: str) -> SetUp:
        if not provider_id.startswith("BRQ"):
            mandate = self._api.get("mandates", provider_id)
            return reading.of_mandate(mandate, self._account(mandate), provider_id, mandate.get("metadata") or {})
        request = self._api.get("billing_requests", provider_id)
        labels = request.get("metadata") or {}
        mandate_id = (request.get("links") or {}).get("mandate_request_mandate")
        if mandate_id:
            mandate = self._api.get("mandates", str(mandate_id))
            return reading.of_mandate(mandate, self._account(mandate), provider_id, labels)
        return SetUp(
            outcome="failed" if request["status"] == "cancelled" else "processing",
            provider_id=provider_id,
            invitation_id=str(labels.get("invitation_id", "")),
            member_id=str(labels.get("member_id", "")),
            code=f"billing_request_{request['status']}",
        )

    def _account(self, mandate: Json) -> Json:
        account_id = (mandate.get("links") or {}).get("customer_bank_account")
        return self._api.get("customer_bank_accounts", str(account_id)) if account_id else {}

    def _with_movements(self, payout: Json) -> PayoutSaid:
        said = reading.of_payout(payout)
        try:
            items = list(self._api.each("payout_items", payout=str(payout["id"])))
        except Refused as refusal:
            return said.model_copy(update={"code": refusal.code or "payout_items_gone"})
        return said.model_copy(update={"movements": reading.movements(payout, items)})


def _answered(ask: Callable[[], Answer], refused: Callable[[Refused], Answer] | None = None) -> Answer:
    """An answer whatever happens: what is not understood is `unknown`."""
    try:
        return ask()
    except Refused as refusal:
        if refused is not None:
            return refused(refusal)
        return Answer(outcome=_of(refusal), code=refusal.code)
    except Silent as silence:
        return Answer(outcome="unknown", code=silence.code, retry_after_s=silence.wait_s)
    except _UNREADABLE:
        return Answer(outcome="unknown", code="unreadable")


def _of(refusal: Refused) -> Outcome:
    return "not_found" if refusal.missing else "unknown"


def _declined(refusal: Refused) -> Answer:
    """Their clear no to a request; that another refund came between is none."""
    if "total_amount_confirmation_invalid" in refusal.reasons:
        return Answer(outcome="unknown", code=refusal.code)
    return Answer(outcome="failed", code=refusal.code)


def _listed(ask: Callable[[], list[T]]) -> list[T]:
    try:
        return ask()
    except (Refused, Silent) as fault:
        raise TryLater(f"GoCardless does not say: {fault.code}") from fault
    except _UNREADABLE as fault:
        raise TryLater("GoCardless says what can't be read") from fault


def _since(since: datetime) -> dict[str, str]:
    return {"created_at[gte]": since.strftime("%Y-%m-%dT%H:%M:%S.000Z")}


def _label(thing: Json, name: str) -> str:
    return str((thing.get("metadata") or {}).get(name, ""))


def _labels(attempt_id: str, payment_id: str, invoice_number: str) -> dict[str, str]:
    """At most three, as they allow."""
    return {"attempt_id": attempt_id, "payment_id": payment_id, "invoice_number": invoice_number}


def _billing_request(wanted: Invitation) -> Json:
    asked: Json = {
        "metadata": {"invitation_id": wanted.invitation_id, "member_id": wanted.member_id},
    }
    if wanted.kind == "pay":
        asked["payment_request"] = {
            "amount": str(wanted.amount_minor),
            "currency": wanted.currency,
            "description": wanted.description,
            "metadata": _labels(wanted.attempt_id, wanted.payment_id, wanted.description),
        }
    if wanted.kind == "set_up" or wanted.keep_method:
        asked["mandate_request"] = {"currency": wanted.currency, "metadata": dict(asked["metadata"])}
    return asked


def _flow(wanted: Invitation, request_id: str) -> Json:
    given, _, family = wanted.name.rpartition(" ")
    known = {"given_name": given, "family_name": family, "email": wanted.email, "country_code": wanted.country}
    asked: Json = {
        "redirect_uri": wanted.return_url,
        "exit_uri": wanted.return_url,
        "prefilled_customer": {name: value for name, value in known.items() if value},
        "links": {"billing_request": request_id},
    }
    return asked | ({"language": wanted.language} if wanted.language in LANGUAGES else {})
