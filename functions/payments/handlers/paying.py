"""The pages on which members pay: what is shown, what a form means, and how a refusal is told."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final

from common.dates import next_bank_day
from common.failures import Rejected
from common.functions.routes import Asked, Page, Upload
from common.links import link_id_in, secrets_in
from common.parties import SELLERS
from common.world import World
from functions.payments.handlers.checkouts import payables_of
from functions.payments.model.checkouts import Checkout, Wanted
from functions.payments.model.kept import KeptMethod, kept_id_of
from functions.payments.model.links import PaymentLink, must_be_good
from functions.payments.model.payables import MOST_SHOWN, Payable, payable_id_of
from functions.payments.model.payments import UNDECIDED, Payment, payment_id_of
from functions.payments.page import showing, telling, transfers
from functions.payments.page.amounts import minor_in
from functions.payments.page.rendering import page
from functions.payments.page.words import PageWords, language_of
from functions.payments.requests.checkouts import Begin

COLLECTED_WITHIN: Final = {"card": timedelta(days=1), "direct_debit": timedelta(days=7)}
"""When money that is being collected is expected; a bank day later where no bank works then."""
PAID_SHOWN: Final = 5
LONGEST: Final = 40
"""Characters of a field that a member types, or that our own form carries."""
OWN_PAGES: Final = frozenset(
    {"link_invalid", "link_expired", "link_revoked", "too_many_payments", "not_found", "try_later"}
)
"""Refusals with a page of their own; of the others the form tells, shown again with what was typed."""
TOLD: Final = frozenset(
    {"nothing_chosen", "not_payable", "in_flight", "amount_changed", "amount_invalid", "more_than_open",
     "several_sellers", "method_not_offered"}
)  # fmt: skip


def show_invoices(asked: Asked, world: World) -> Page:
    """What the member may pay, and how; what has been paid once nothing is left."""
    return _invoices(asked, world, showing.Typed())


def show_transfer(asked: Asked, world: World) -> Page:
    """Where to transfer the chosen amounts, with a QR code; Rejected `not_payable` (409) where none is open."""
    token, link = _link(asked, world)
    words = _words(asked, link, payables := payables_of(link, world.read))
    known = {payable.number: payable for payable in payables}
    pairs = zip(asked.fields.get("invoice", ()), asked.fields.get("amount", ()), strict=False)
    chosen = [(known[number], _within(known[number], amount)) for number, amount in pairs if number in known]
    if not (chosen := [(payable, amount) for payable, amount in chosen if amount]):
        raise Rejected("not_payable", "nothing of that is open", status=409)
    made = transfers.transfers_for(list({payable.id: (payable, amount) for payable, amount in chosen}.values()))
    here = "&".join(f"invoice={payable.number}&amount={amount}" for payable, amount in chosen)
    told = {
        "token": token,
        "here": f"/pay/{token}/transfer?{here}&",
        "told": words["transfer_one" if len(made) == 1 else "transfer_each"],
        "transfers": [transfers.shown(one, words) for one in made],
    }
    return page("transfer.html", words, words["title_transfer"], told, seller=made[0].seller)


def show_checkout(asked: Asked, world: World) -> Page:
    """What becomes of a payment that was begun: as soon as the provider has given its page, the way there."""
    return _checkout(asked, world, back=False)


def show_return(asked: Asked, world: World) -> Page:
    """The same for who comes back from the provider, mostly before the provider's word does."""
    return _checkout(asked, world, back=True)


def understand_payment(asked: Asked, world: World) -> Upload:
    """What a member wants to pay, and how. Rejected `amount_invalid`, `form_again`, `link_…`."""
    token, link = _link(asked, world)
    known = {payable.number: payable.currency for payable in payables_of(link, world.read)}
    wanted = tuple(_wanted(number, known.get(number, "EUR"), asked) for number in asked.fields.get("pay", ()))
    command = Begin(
        token=token,
        link_id=link.id,
        key=_key(asked),
        kind="pay",
        method=asked.one("method")[:LONGEST],
        keep_method=asked.one("keep") == "yes" and not link.only,
        language=language_of(asked.one("lang"), link.language),
        wanted=wanted,
    )
    return Upload(f"{link.id}\x1f{command.key}", command)


def understand_set_up(asked: Asked, world: World) -> Upload:
    """The method a member wants to set up; Rejected `not_found` (404) under a link for some invoices alone."""
    token, link = _link(asked, world)
    if link.only:
        raise Rejected("not_found", "this link is for paying alone", status=404)
    command = Begin(
        token=token,
        link_id=link.id,
        key=_key(asked),
        kind="set_up",
        method=asked.one("method")[:LONGEST],
        language=language_of(asked.one("lang"), link.language),
    )
    return Upload(f"{link.id}\x1f{command.key}", command)


def refuse(asked: Asked, refusal: Rejected, world: World) -> Page:
    """A refusal in words: on the form itself where it can be put right there, with what was typed; else on a page."""
    if refusal.code not in OWN_PAGES:
        with suppress(Rejected):
            return _invoices(asked, world, _typed(asked), refusal)
    code = refusal.code if refusal.code in OWN_PAGES else "try_later"
    words = PageWords(language_of(asked.one("lang"), "", asked.headers.get("accept-language", "")))
    told = {"mood": "bad", "heading": words[code], "lines": [words[f"{code}_told"]], "rows": (), "actions": ()}
    return page("told.html", words, words[code], told, status=refusal.status)


def _invoices(asked: Asked, world: World, typed: showing.Typed, refusal: Rejected | None = None) -> Page:
    token, link = _link(asked, world)
    payables = payables_of(link, world.read)
    words = _words(asked, link, payables)
    about = payables[0] if payables else _any(link, world)
    if about is None:
        raise Rejected("not_found", "there is no invoice any more", status=404)
    shown = showing.Shown(
        token=token,
        key=secrets.token_hex(16),
        link=link,
        payables=payables,
        collected=_collected(payables, world),
        paid=_paid(link, world),
        kept=None if link.only else world.read.find(KeptMethod, kept_id_of(link.member_id)),
        country=about.country,
        currency=about.currency,
        today=world.now.date(),
        more=len(payables) >= MOST_SHOWN,
    )
    seller = SELLERS[about.entity]
    told = showing.invoices(shown, words, seller, typed, _problem(refusal, words))
    title = words["title"] if payables else words["nothing"]
    return page("invoices.html", words, title, told, seller=seller, status=refusal.status if refusal else 200)


def _checkout(asked: Asked, world: World, *, back: bool) -> Page:
    token, link = _link(asked, world, ended=True)
    checkout = world.read.find(Checkout, asked.parameters["checkout_id"])
    if checkout is None or checkout.link_id != link.id:
        raise Rejected("not_found", "there is no such payment", status=404)
    words = PageWords(language_of(asked.one("lang"), checkout.language), checkout.country)
    start = f"/pay/{token}"
    here = f"{start}/checkouts/{checkout.id}" + ("/back" if back else "")
    looks = asked.one("looks")
    count = int(looks) if looks.isascii() and looks.isdigit() and len(looks) < 3 else 0  # noqa: PLR2004 - two digits
    told = telling.told(checkout, words, here, start, count, back=back, changed=_has_changed(checkout, world))
    around = {name: getattr(told, name) for name in ("mood", "heading", "lines", "rows", "actions")}
    around["here"] = f"{here}?"
    seller = SELLERS[checkout.entity]
    refresh = told.refresh + (f"&lang={words.language}" if "?looks=" in told.refresh else "")
    return page("told.html", words, told.heading, around, seller=seller, refresh=refresh)


def _link(asked: Asked, world: World, *, ended: bool = False) -> tuple[str, PaymentLink]:
    """The link of an address. One that has `ended` still tells what became of a payment, unless it was revoked.

    Rejected `link_invalid` (404), `link_expired`, `link_revoked` (410).
    """
    token = asked.parameters["token"]
    link = world.read.find(PaymentLink, link_id_in(token, secrets_in(world.settings.link_secrets)))
    if link is None:
        raise Rejected("link_invalid", "there is no such link", status=404)
    today = world.now.date()
    must_be_good(link, min(today, link.expires_on) if ended else today)
    return token, link


def _words(asked: Asked, link: PaymentLink, payables: Sequence[Payable]) -> PageWords:
    return PageWords(language_of(asked.one("lang"), link.language), payables[0].country if payables else "")


def _any(link: PaymentLink, world: World) -> Payable | None:
    """An invoice that was open once: by it we know whose page this is when nothing is owed."""
    named = world.read.find_all(Payable, [payable_id_of(one) for one in link.invoice_ids[:1]])
    found = [one for one in named if one] or world.read.select(Payable, member_id=link.member_id, limit=1)
    return found[0] if found else None


def _collected(payables: Sequence[Payable], world: World) -> Mapping[str, showing.Collection]:
    """What a provider is collecting, or is going to without the member's doing anything."""
    found = world.read.find_all(Payment, [payment_id_of(payable.invoice_id) for payable in payables])
    payments = [payment for payment in found if payment is not None and not payment.settled]
    flying = {
        payment.invoice_id: showing.Collection(_expected(payment, world.now), begun=True)
        for payment in payments
        if payment.state in UNDECIDED
    }
    planned = {p.invoice_id: showing.Collection(p.next_at.date()) for p in payments if p.next_at is not None}
    return planned | flying


def _expected(payment: Payment, now: datetime) -> date:
    """Never a day that is over: what is late comes later still."""
    last = payment.attempts[-1]
    within = COLLECTED_WITHIN[payment.method_of(last.number)]
    return next_bank_day(max(last.sent_at.date() + within, now.date() + timedelta(days=1)))


def _paid(link: PaymentLink, world: World) -> list[Checkout]:
    found = world.read.select(Checkout, member_id=link.member_id, state="succeeded", limit=100)
    ours = [
        one
        for one in found
        if one.kind == "pay" and (not link.only or any(p.invoice_id in link.invoice_ids for p in one.purposes))
    ]
    return sorted(ours, key=lambda one: one.decided_at or one.begun_at, reverse=True)[:PAID_SHOWN]


def _has_changed(checkout: Checkout, world: World) -> bool:
    """Whether less is open now than was chosen."""
    if checkout.state != "sent" or checkout.kind != "pay":
        return False
    found = world.read.find_all(Payable, [payable_id_of(one.invoice_id) for one in checkout.purposes])
    open_minor = {payable.invoice_id: payable.payable_minor for payable in found if payable is not None}
    return any(one.amount_minor > open_minor.get(one.invoice_id, 0) for one in checkout.purposes)


def _wanted(number: str, currency: str, asked: Asked) -> Wanted:
    shown = asked.one(f"shown-{number}")
    shown_minor = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < LONGEST else -1
    return Wanted(number, minor_in(asked.one(f"amount-{number}")[:LONGEST], currency), shown_minor)


def _within(payable: Payable, amount: str) -> int:
    """An amount of our own address line, never more than is open."""
    minor = int(amount) if amount.isascii() and amount.isdigit() and len(amount) < LONGEST else 0
    return min(minor, payable.payable_minor)


def _key(asked: Asked) -> str:
    """What makes the form unique: sent twice, it is one; Rejected `form_again` where it is not from our page."""
    key = asked.one("key")
    if not (key.isascii() and key.replace("-", "").isalnum() and len(key) <= LONGEST):
        raise Rejected("form_again", "load the page again")
    return key


def _typed(asked: Asked) -> showing.Typed:
    amounts = {n.removeprefix("amount-"): v[0][:LONGEST] for n, v in asked.fields.items() if n.startswith("amount-")}
    chosen = asked.fields.get("pay", ())
    return showing.Typed(chosen, amounts, asked.one("method"), asked.one("keep") == "yes", again=bool(asked.fields))


def _problem(refusal: Rejected | None, words: PageWords) -> str:
    if refusal is None:
        return ""
    example = words.amount(1250, "EUR")
    return words.fill(refusal.code, example=example) if refusal.code in TOLD else words["form_again"]
