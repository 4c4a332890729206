"""The provider behind Mollie's API (https://docs.mollie.com/reference/payments-api).

A key is remembered for an hour only (https://docs.mollie.com/reference/api-idempotency), and payments can't be searched
by metadata: an older attempt is looked for among the payments of its customer.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, TypeVar

from common.failures import TryLater
from common.money import decimal_text
from functions.payments.model.asking import (
    About,
    Answer,
    DisputeSaid,
    Invitation,
    Invited,
    MovementKind,
    Notice,
    PayoutSaid,
    ProviderName,
    RefundOrder,
    SetUp,
)
from functions.payments.model.payments import ChargeAttempt
from functions.payments.providers import mollie_reading as reading
from functions.payments.providers.mollie_api import Api, Refused, Silent, safe
from functions.payments.providers.port import NOT_OFFERED, Offering

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
Json = dict[str, Any]
METHODS: Final = {"card": "creditcard", "direct_debit": "directdebit"}
PAGES: Final = {"card": "creditcard", "ideal": "ideal", "bancontact": "bancontact", "paypal": "paypal", "": ""}
"""Mollie's methods of a page by ours; empty lets the member choose."""
FIRST: Final = {"card": "creditcard", "direct_debit": "ideal", "ideal": "ideal", "bancontact": "bancontact", "": ""}
"""With what a method is set up: a mandate for direct debit comes of a first payment by iDEAL."""
SMALLEST: Final = 1
"""Minor units of the first payment with which a bank account is set up; a card can be set up for nothing."""
LOCALES: Final = {
    "en": "en_GB", "de": "de_DE", "nl": "nl_NL", "fr": "fr_FR", "es": "es_ES", "it": "it_IT", "pt": "pt_PT",
    "pl": "pl_PL", "sv": "sv_SE", "da": "da_DK", "fi": "fi_FI", "nb": "nb_NO", "hu": "hu_HU", "lt": "lt_LT",
    "lv": "lv_LV",
}  # fmt: skip
LIVES: Final[dict[About, timedelta]] = {
    "payment": timedelta(days=1),
    "refund": timedelta(days=14),
    "dispute": timedelta(days=60),
    "payout": timedelta(days=7),
}
"""Lists go by when a thing was made: so far back `changes` looks for one that has changed. What lives longer is asked
for by its id (an undecided attempt or refund), or is told by the settlement (a late reversal)."""
_LISTS: Final[tuple[tuple[str, MovementKind], ...]] = (
    ("payments", "charge"),
    ("refunds", "refund"),
    ("chargebacks", "chargeback"),
)
_CHANGING: Final[tuple[tuple[str, About], ...]] = (
    ("payments", "payment"),
    ("refunds", "refund"),
    ("chargebacks", "dispute"),
)
_UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Mollie(Offering):
    """One profile of Mollie's. A token is `customer/mandate`.

    `webhook_url` is where Mollie tells of a payment (classic, unsigned); empty where signed webhooks are subscribed.
    Settlements are shown only to an organisation's access token. `transport` takes the wire's place.
    """

    name: ProviderName = "mollie"
    key_life = timedelta(minutes=55)

    def __init__(
        self,
        url: str,
        key: str,
        *,
        webhook_url: str = "",
        access_token: str = "",
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        self._api = Api(url, key, transport)
        self._books = Api(url, access_token, transport) if access_token else None
        self._webhook_url = webhook_url

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        customer, _, mandate = wanted.token.rpartition("/")
        labels = {
            "payment_id": wanted.payment_id,
            "attempt_id": wanted.attempt_id,
            "invoice_number": wanted.invoice_number,
        }
        asked = {
            "amount": _amount(wanted.amount_minor, wanted.currency),
            "description": wanted.invoice_number,
            "sequenceType": "recurring",
            "method": METHODS[wanted.method],
            "customerId": customer,
            "mandateId": mandate,
            "metadata": labels,
            **self._told(),
        }
        answer = _answered(lambda: reading.of_payment(self._api.make("payments", asked, wanted.attempt_id)))
        return answer.model_copy(update={"outcome": "unknown"}) if answer.outcome == "not_found" else answer

    def get(self, provider_id: str) -> Answer:
        """See Provider."""
        return _answered(lambda: reading.of_payment(self._api.get(f"payments/{safe(provider_id)}")))

    def search(self, attempt_id: str) -> Answer:
        """See Provider: goes through all payments, newest first, as far as we go; `unknown` beyond."""
        return _answered(lambda: _found(self._api.each("payments", "payments"), attempt_id))

    def search_for(self, wanted: ChargeAttempt) -> Answer:
        """See Provider: goes through the payments of the customer alone."""
        customer = wanted.token.rpartition("/")[0]

        def asked() -> Answer:
            path = f"customers/{safe(customer)}/payments"
            return _found(self._api.each(path, "payments"), wanted.attempt_id)

        return _answered(asked) if customer else self.search(wanted.attempt_id)

    def refund(self, wanted: RefundOrder) -> Answer:
        """See Provider."""
        asked = {
            "amount": _amount(wanted.amount_minor, wanted.currency),
            "description": wanted.refund_id,
            "metadata": {"payment_id": wanted.payment_id, "refund_id": wanted.refund_id},
        }

        def sent() -> Answer:
            path = f"payments/{safe(wanted.provider_id)}/refunds"
            return reading.of_refund(self._api.make(path, asked, wanted.refund_id))

        answer = _answered(sent)
        ours = {"payment_id": wanted.payment_id, "attempt_id": wanted.refund_id}
        lost = {"outcome": "failed", "code": "no_such_payment"} if answer.outcome == "not_found" else {}
        return answer.model_copy(update=ours | lost)

    def get_refund(self, provider_id: str) -> Answer:
        """See Provider; `provider_id` is `payment/refund`."""
        payment, _, refund = provider_id.partition("/")
        return _answered(lambda: reading.of_refund(self._api.get(f"payments/{safe(payment)}/refunds/{safe(refund)}")))

    def search_refund(self, wanted: RefundOrder) -> Answer:
        """See Provider."""

        def asked() -> Answer:
            path = f"payments/{safe(wanted.provider_id)}/refunds"
            answers = (reading.of_refund(one) for one in self._api.each(path, "refunds"))
            ours = (answer for answer in answers if answer.attempt_id == wanted.refund_id)
            return next(ours, Answer(outcome="not_found"))

        return _answered(asked)

    def invite(self, wanted: Invitation) -> Invited:
        """See Provider. Within the hour the same invitation is the same page; later a new one, of which one is paid."""
        keeps = wanted.kind == "set_up" or wanted.keep_method
        if wanted.method not in (FIRST if keeps else PAGES):
            return Invited(outcome="failed", code=NOT_OFFERED)
        try:
            payment = self._api.make("payments", self._page(wanted, keeps=keeps), wanted.invitation_id)
            url = str(payment["_links"]["checkout"]["href"])
            return Invited(outcome="succeeded", provider_id=str(payment["id"]), url=url)
        except Refused as refusal:
            return Invited(outcome="failed", code=refusal.code)
        except Silent as silence:
            return Invited(outcome="unknown", code=silence.code)
        except _UNREADABLE:
            return Invited(outcome="unknown", code="unreadable")

    def close_page(self, page_id: str) -> Answer:
        """See Provider: https://docs.mollie.com/reference/cancel-payment; what is being paid can't be cancelled."""

        def asked() -> Answer:
            status = str(self._api.cancel(f"payments/{safe(page_id)}")["status"])
            return Answer(outcome="succeeded" if status == "canceled" else "failed", provider_id=page_id, code=status)

        return _answered(asked).model_copy(update={"provider_id": page_id})

    def get_set_up(self, provider_id: str) -> SetUp:
        """See Provider; `provider_id` is the first payment's."""

        def asked() -> SetUp:
            payment = self._api.get(f"payments/{safe(provider_id)}")
            customer, mandate = payment.get("customerId"), payment.get("mandateId")
            if not (customer and mandate):
                return reading.of_mandate(payment, None)
            path = f"customers/{safe(str(customer))}/mandates/{safe(str(mandate))}"
            return reading.of_mandate(payment, self._api.get(path))

        return _said(asked, lambda outcome, code: SetUp(outcome=outcome, provider_id=provider_id, code=code))

    def get_dispute(self, provider_id: str) -> DisputeSaid:
        """See Provider; `provider_id` is the payment's. Mollie takes no evidence over its API."""
        return _said(
            lambda: reading.of_chargebacks(self._api.get(f"payments/{safe(provider_id)}", embed="chargebacks")),
            lambda outcome, code: DisputeSaid(outcome=outcome, provider_id=provider_id, code=code),
        )

    def payouts(self, since: datetime) -> Sequence[PayoutSaid]:
        """See Provider: none where we have no access token for them."""
        books = self._books
        if books is None:
            return ()
        found = _listed(lambda: list(_since(books.each("settlements", "settlements"), since)))
        return [reading.of_settlement(one) for one in found]

    def get_payout(self, provider_id: str) -> PayoutSaid:
        """See Provider. What Mollie doesn't list (a reserve, a correction) is one more movement, so that it adds up."""
        books = self._books
        if books is None:
            return PayoutSaid(outcome="unknown", provider_id=provider_id, code=NOT_OFFERED)
        return _said(
            lambda: _settled(books, provider_id),
            lambda outcome, code: PayoutSaid(outcome=outcome, provider_id=provider_id, code=code),
        )

    def changes(self, since: datetime) -> Sequence[Notice]:
        """See Provider. A thing that stands as it stood is told again under the same event's id."""
        return _listed(lambda: [*self._changed(since)])

    def _changed(self, since: datetime) -> Iterable[Notice]:
        for name, about in _CHANGING:
            for thing in _since(self._api.each(name, name), since - LIVES[about]):
                yield _notice(thing, about)
                if about == "payment":
                    yield _notice(thing, about).model_copy(update={"about": "dispute"})
        if self._books is not None:
            for settlement in _since(self._books.each("settlements", "settlements"), since - LIVES["payout"]):
                yield _notice(settlement, "payout")

    def _page(self, wanted: Invitation, *, keeps: bool) -> Json:
        free = wanted.kind == "set_up" and wanted.method == "card"
        amount = wanted.amount_minor or (0 if free else SMALLEST)
        names = ("invitation_id", "member_id", "payment_id", "attempt_id")
        asked: Json = {
            "amount": _amount(amount, wanted.currency),
            "description": wanted.description or wanted.invitation_id,
            "redirectUrl": wanted.return_url,
            "sequenceType": "first" if keeps else "oneoff",
            "metadata": {name: getattr(wanted, name) for name in names if getattr(wanted, name)},
            **self._told(),
        }
        if keeps:
            asked["customerId"] = self._customer(wanted)
        if wanted.language in LOCALES:
            asked["locale"] = LOCALES[wanted.language]
        method = (FIRST if keeps else PAGES)[wanted.method]
        return asked | ({"method": method} if method else {})

    def _customer(self, wanted: Invitation) -> str:
        asked = {"name": wanted.name, "email": wanted.email, "metadata": {"member_id": wanted.member_id}}
        told = {name: value for name, value in asked.items() if value}
        return str(self._api.make("customers", told, f"{wanted.invitation_id}-customer")["id"])

    def _told(self) -> Json:
        return {"webhookUrl": self._webhook_url} if self._webhook_url else {}


def _amount(amount_minor: int, currency: str) -> Json:
    return {"currency": currency, "value": decimal_text(amount_minor, currency)}


def _found(payments: Iterable[Json], attempt_id: str) -> Answer:
    """Of several payments for one attempt, the one that collected or may still collect."""
    ranks = {"succeeded": 0, "processing": 1, "unknown": 2, "failed": 3}
    ours = [one for one in payments if reading.labels_of(one).get("attempt_id") == attempt_id]
    answers = [reading.of_payment(one) for one in ours]
    return min(answers, key=lambda answer: ranks[answer.outcome], default=Answer(outcome="not_found"))


def _since(things: Iterable[Json], since: datetime) -> Iterable[Json]:
    """Lists are newest first."""
    return takewhile(lambda thing: reading.moment(thing["createdAt"]) >= since, things)


def _notice(thing: Json, about: About) -> Notice:
    names = {"refund": f"{thing.get('paymentId')}/{thing['id']}", "dispute": str(thing.get("paymentId"))}
    name = names.get(about) or str(thing["id"])
    state = str(thing.get("status") or ("reversed" if thing.get("reversedAt") else "made"))
    labels = reading.labels_of(thing)
    ours = str(labels.get("refund_id" if about == "refund" else "attempt_id") or "")
    return Notice(
        event_id=f"{thing['id']}:{state}", type=f"{about}.{state}", about=about, provider_id=name, attempt_id=ours
    )


def _settled(books: Api, provider_id: str) -> PayoutSaid:
    path = f"settlements/{safe(provider_id)}"
    settlement = books.get(path)
    said = reading.of_settlement(settlement)
    moved = [
        reading.movement(kind, thing, said.provider_id)
        for name, kind in _LISTS
        for thing in books.each(f"{path}/{name}", name)
    ]
    listed = (*moved, *reading.summed(settlement))
    return said.model_copy(update={"movements": (*listed, *reading.rest(said, listed, settlement))})


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
    except Refused as refusal:
        return otherwise("not_found" if refusal.missing else "unknown", refusal.code)
    except Silent as silence:
        return otherwise("unknown", silence.code)
    except _UNREADABLE:
        return otherwise("unknown", "unreadable")


def _listed(ask: Callable[[], list[T]]) -> list[T]:
    try:
        return ask()
    except (Refused, Silent) as fault:
        raise TryLater(f"Mollie does not say: {fault.code}") from fault
    except _UNREADABLE as fault:
        raise TryLater(f"Mollie can't be read: {fault!r}") from fault
