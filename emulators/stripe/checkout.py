"""Checkout Sessions: a page of Stripe's where a member pays or sets up a method, with every way it can end."""

from dataclasses import dataclass
from typing import Any

from emulators.stripe import asked, faults, methods, shapes
from emulators.stripe.agenda import DAY, Agenda
from emulators.stripe.answers import Answer
from emulators.stripe.behaviours import convention, read
from emulators.stripe.ledger import Json, Ledger, new_id
from emulators.stripe.payments import Payments
from emulators.stripe.webhooks import Webhooks
from emulators.world.clock import VirtualClock, epoch

_FIELDS = frozenset(
    {
        "mode", "success_url", "cancel_url", "client_reference_id", "locale", "customer", "customer_creation",
        "customer_email", "metadata", "payment_method_types", "line_items", "payment_intent_data",
        "setup_intent_data", "currency", "expires_at", "expand",
    }
)  # fmt: skip
_TERMS = "checkout.terms"
_AUTHENTICATION = "payment_intent_authentication_failure"
_IBAN_LAST4 = "3000"


@dataclass(frozen=True)
class Choice:
    """One way to pay on the page: what Stripe's test methods do, by a name to click."""

    kind: str
    label: str
    step: str
    later: str = "succeed"
    """What the method does when it is charged again without its member."""
    detail: tuple[tuple[str, str], ...] = ()
    authenticates: bool = False


CHOICES = {
    "visa": Choice("card", "Visa 4242: pays", "succeed", detail=(("last4", "4242"),)),
    "visa_declined": Choice("card", "Visa 9995: no funds", "decline:insufficient_funds", detail=(("last4", "9995"),)),
    "visa_3ds": Choice(
        "card", "Visa 3184: asks for 3-D Secure", "succeed", detail=(("last4", "3184"),), authenticates=True
    ),
    "visa_later_declined": Choice(
        "card", "Visa 0341: pays now, fails later", "succeed", "decline:do_not_honor", (("last4", "0341"),)
    ),
    "sepa": Choice("sepa_debit", "SEPA debit DE.. 3000: pays in days", "processing:72", "processing:72"),
    "sepa_failing": Choice(
        "sepa_debit",
        "SEPA debit DE.. 3001: fails after days",
        "processing_fail:72",
        "processing_fail:72",
        (("last4", "3001"),),
    ),
    "ideal": Choice("ideal", "iDEAL: pays", "succeed", "processing:72"),
    "bancontact": Choice("bancontact", "Bancontact: pays", "succeed", "processing:72"),
}


class Checkout:
    """Makes sessions, and does on them what the member clicks."""

    def __init__(
        self, ledger: Ledger, payments: Payments, webhooks: Webhooks, agenda: Agenda, clock: VirtualClock
    ) -> None:
        self._ledger = ledger
        self._payments = payments
        self._webhooks = webhooks
        self._agenda = agenda
        self._clock = clock
        agenda.teach("session", lambda name, _, now: self._run_out(name, now))

    def create(self, form: Json, site: str) -> Answer:
        """A page below `site`, open for a day."""
        asked.known(form, _FIELDS)
        mode = asked.needed(form, "mode")
        if mode not in {"payment", "setup"}:
            raise faults.invalid(f"Invalid mode: must be one of payment or setup, not {mode}", "mode")
        for name in ("success_url", "cancel_url"):
            if not str(asked.needed(form, name)).startswith(("http://", "https://")):
                raise faults.invalid("Not a valid URL", name, "url_invalid")
        kinds = tuple(form.get("payment_method_types") or ("card", "sepa_debit", "ideal", "bancontact"))
        if unknown := sorted(set(kinds) - {choice.kind for choice in CHOICES.values()}):
            raise faults.invalid(f"Invalid payment_method_types: {unknown[0]}", "payment_method_types")
        session = _shape(form, mode, kinds, epoch(self._clock), site)
        if mode == "setup":
            session["setup_intent"] = self._set_up_intent(form, session)["id"]
        else:
            _price(form, session)
        self._ledger.put(session)
        self._ledger.put(_terms(session, form))
        self._agenda.at(session["expires_at"], "session", session["id"])
        return Answer(200, session)

    def expire(self, name: str) -> Answer:
        """Close a page nobody has used."""
        session = self.session(name)
        if session["status"] != "open":
            message = f"This Session is not in an expireable state: {session['status']}"
            raise faults.invalid(message, "session")
        self._run_out(name, epoch(self._clock))
        return Answer(200, self.session(name))

    def session(self, name: str) -> Json:
        """The session; StripeError where there is none."""
        found = self._ledger.get("checkout.session", name)
        if found is None:
            raise faults.missing("checkout.session", name, "session")
        return found

    def choose(self, name: str, choice: str) -> str:
        """The member pays with a method: `done`, `authenticate` or the reason it was declined."""
        session = self.session(name)
        chosen = CHOICES.get(choice)
        if session["status"] != "open" or chosen is None or chosen.kind not in session["payment_method_types"]:
            return "not_possible"
        with self._ledger.rows.transaction():
            method = self._method(session, chosen)
            intent = self._intent(session) | {"payment_method": method["id"]}
            if chosen.authenticates:
                action = {"type": "redirect_to_url", "redirect_to_url": {"url": f"{session['url']}/authenticate"}}
                self._ledger.put(intent | {"status": "requires_action", "next_action": action})
                return "authenticate"
            return self._confirm(session, intent, method, chosen.step)

    def authenticate(self, name: str, *, passed: bool) -> str:
        """The member answers the bank's question: as `choose`."""
        session = self.session(name)
        intent = self._intent(session)
        if session["status"] != "open" or intent["status"] != "requires_action":
            return "not_possible"
        with self._ledger.rows.transaction():
            method = self._ledger.got("payment_method", intent["payment_method"])
            step = "succeed" if passed else f"decline:{_AUTHENTICATION}"
            return self._confirm(session, intent, method, step)

    def _confirm(self, session: Json, intent: Json, method: Json, step: str) -> str:
        now = epoch(self._clock)
        if intent["object"] == "setup_intent":
            return self._set_up(session, intent, method, step, now)
        keeps = intent["setup_future_usage"] == "off_session"
        if keeps and "decline" not in step:
            intent["customer"] = self._keep(session, method, now)
        answer = self._payments.carry_out(intent, read(step), None, now)
        if answer.status != faults.CARD_ERROR:
            paid = intent["status"] == "succeeded"
            self._complete(session, intent["customer"], now, payment_status="paid" if paid else "unpaid")
            return "done"
        error = answer.body["error"]
        return str(error.get("decline_code") or error["code"])

    def _set_up(self, session: Json, intent: Json, method: Json, step: str, now: int) -> str:
        attempt = _attempt(intent, method, now)
        self._ledger.put(attempt)
        intent |= {"latest_attempt": attempt["id"], "next_action": None}
        if "decline" in step:
            reason = read(step).text("decline")
            error = faults.decline(reason, "", method)
            intent |= {"status": "requires_payment_method", "last_setup_error": error, "payment_method": None}
            self._ledger.put(intent)
            self._webhooks.tell("setup_intent.setup_failed", intent, now, None, convention(""))
            return reason
        customer = self._keep(session, method, now)
        mandate = methods.mandate_of(self._ledger, _charged_later(method)["id"])
        kept = {"customer": customer, "mandate": mandate["id"] if mandate else None, "last_setup_error": None}
        intent |= {"status": "succeeded", **kept}
        self._ledger.put(intent)
        self._webhooks.tell("setup_intent.succeeded", intent, now, None, convention(""))
        self._complete(session, customer, now, payment_status="no_payment_required")
        return "done"

    def _complete(self, session: Json, customer: str | None, now: int, **changes: Any) -> None:
        owner = customer
        if owner is None and session["customer_creation"] == "always":
            owner = methods.customer(self._ledger, session["customer_email"], None, {}, now)["id"]
        intent = self._intent(session)
        name = intent["id"] if intent["object"] == "payment_intent" else None
        changes |= {"customer": owner, "payment_intent": name, "status": "complete", "url": None}
        self._ledger.put(session | changes)
        self._webhooks.tell("checkout.session.completed", session | changes, now, None, convention(""))

    def _keep(self, session: Json, method: Json, now: int) -> str:
        """Make the method a customer's; a debit gets its mandate."""
        owner = str(methods.customer(self._ledger, session["customer_email"], None, {}, now)["id"])
        later = _charged_later(method)
        for kept in {one["id"]: one for one in (method, later)}.values():
            self._ledger.put(kept | {"customer": owner})
        if later["type"] == "sepa_debit":
            methods.mandate(self._ledger, later["id"], now)
        return owner

    def _method(self, session: Json, chosen: Choice) -> Json:
        now = epoch(self._clock)
        detail: Json = dict(chosen.detail)
        later = chosen
        if chosen.kind in {"ideal", "bancontact"}:
            debit = methods.shape(
                new_id("pm"), "sepa_debit", None, now, country="NL" if chosen.kind == "ideal" else "BE"
            )
            self._ledger.put(debit)
            self._payments.teach(debit["id"], later.later)
            detail |= {"generated_sepa_debit": debit, "iban_last4": _IBAN_LAST4}
        method = methods.shape(new_id("pm"), chosen.kind, session["customer"], now, **detail)
        self._ledger.put(method)
        self._payments.teach(method["id"], chosen.later)
        return method

    def _intent(self, session: Json) -> Json:
        """The session's intent; of a payment it is made when the member first tries."""
        if session["mode"] == "setup":
            return self._ledger.got("setup_intent", session["setup_intent"])
        terms = self._ledger.got(_TERMS, f"terms_{session['id']}")
        if terms["intent"]:
            return self._ledger.got("payment_intent", terms["intent"])
        intent = _payment_intent(session, terms["asked"].get("payment_intent_data") or {}, epoch(self._clock))
        self._ledger.put(intent)
        self._ledger.put(terms | {"intent": intent["id"]})
        return intent

    def _set_up_intent(self, form: Json, session: Json) -> Json:
        asked_of_it = form.get("setup_intent_data") or {}
        intent = _set_up_shape(session, asked_of_it, epoch(self._clock))
        self._ledger.put(intent)
        return intent

    def _run_out(self, name: str, now: int) -> None:
        session = self.session(name)
        if session["status"] != "open":
            return
        self._ledger.put(session | {"status": "expired", "url": None})
        terms = self._ledger.got(_TERMS, f"terms_{name}")
        intent = self._ledger.find(session["setup_intent"] or terms["intent"] or "")
        if intent is not None:
            self._ledger.put(intent | {"status": "canceled"})
            self._webhooks.tell(
                f"{intent['object']}.canceled", intent | {"status": "canceled"}, now, None, convention("")
            )
        self._webhooks.tell("checkout.session.expired", self.session(name), now, None, convention(""))


def _charged_later(method: Json) -> Json:
    debit: Json = method[method["type"]].get("generated_sepa_debit") or method
    return debit


def _terms(session: Json, form: Json) -> Json:
    name = f"terms_{session['id']}"
    return {"id": name, "object": _TERMS, "created": session["created"], "asked": form, "intent": ""}


def _price(form: Json, session: Json) -> None:
    items = form.get("line_items")
    if not isinstance(items, dict) or len(items) != 1:
        raise faults.invalid("The simulator takes one line item: line_items[0][...].", "line_items")
    item: Json = next(iter(items.values()))
    price = item.get("price_data") or {}
    currency = asked.in_currency(asked.needed(price, "currency"))
    amount = asked.total(str(asked.needed(price, "unit_amount")), currency)
    asked.needed(price.get("product_data") or {}, "name")
    session |= {"amount_total": amount, "amount_subtotal": amount, "currency": currency}
    session["description"] = price["product_data"]["name"]


def _shape(form: Json, mode: str, kinds: tuple[str, ...], now: int, site: str) -> Json:
    name = new_id("cs_test")
    if mode == "setup" and not form.get("payment_method_types"):
        asked.in_currency(asked.needed(form, "currency"))
    return {
        "id": name,
        "object": "checkout.session",
        "amount_total": None,
        "cancel_url": form["cancel_url"],
        "client_reference_id": form.get("client_reference_id"),
        "created": now,
        "currency": form.get("currency"),
        "customer": form.get("customer"),
        "customer_creation": form.get("customer_creation", "if_required"),
        "customer_email": form.get("customer_email"),
        "expires_at": now + DAY,
        "livemode": False,
        "locale": form.get("locale"),
        "metadata": asked.labels(form),
        "mode": mode,
        "payment_intent": None,
        "payment_method_types": list(kinds),
        "payment_status": "unpaid",
        "setup_intent": None,
        "status": "open",
        "success_url": form["success_url"],
        "url": f"{site.rstrip('/')}/{name}",
    }


def _payment_intent(session: Json, wanted: Json, now: int) -> Json:
    order = asked.Payment(
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        method="",
        off_session=False,
        metadata=asked.labels(wanted),
        description=wanted.get("description"),
        kinds=tuple(session["payment_method_types"]),
    )
    return shapes.intent(order, now) | {
        "payment_method": None,
        "setup_future_usage": wanted.get("setup_future_usage"),
        "status": "requires_payment_method",
    }


def _set_up_shape(session: Json, wanted: Json, now: int) -> Json:
    return {
        "id": new_id("seti"),
        "object": "setup_intent",
        "created": now,
        "customer": session["customer"],
        "description": wanted.get("description"),
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": asked.labels(wanted),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": session["payment_method_types"],
        "status": "requires_payment_method",
        "usage": "off_session",
    }


def _attempt(intent: Json, method: Json, now: int) -> Json:
    return {
        "id": new_id("setatt"),
        "object": "setup_attempt",
        "created": now,
        "livemode": False,
        "payment_method": method["id"],
        "payment_method_details": shapes.details(method),
        "setup_intent": intent["id"],
    }
