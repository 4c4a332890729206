"""What stands on the page on which members choose: their open invoices, what is on its way, how they may pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from common.dates import day_in
from common.failures import Rejected
from common.money import EXPONENTS, decimal_text
from common.parties import SELLERS, Seller
from functions.payments.model.checkouts import Checkout
from functions.payments.model.kept import KeptMethod
from functions.payments.model.links import PaymentLink
from functions.payments.model.payables import Payable
from functions.payments.page.amounts import minor_in
from functions.payments.page.methods import TRANSFER, OfferedMethod, offered
from functions.payments.page.words import PageWords


@dataclass(frozen=True)
class Typed:
    """What was typed into a form that is shown again; empty where the page is shown for the first time."""

    chosen: tuple[str, ...] = ()
    amounts: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    keep: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """An invoice that is collected from the member: the day the money is expected, or asked for where not `begun`."""

    on: date
    begun: bool = False


@dataclass(frozen=True)
class Shown:
    """All that the page is made of."""

    token: str
    key: str
    link: PaymentLink
    payables: Sequence[Payable]
    collected: Mapping[str, Collection]
    """By invoice (id)."""
    paid: Sequence[Checkout]
    kept: KeptMethod | None
    country: str
    currency: str
    """The member's usual ones, for a method to be set up."""
    today: date
    more: bool = False


def invoices(shown: Shown, words: PageWords, seller: Seller, typed: Typed, problem: str = "") -> dict[str, Any]:
    """What the template needs."""
    groups = [
        _group(shown, list(found), words, typed)
        for _, found in groupby(sorted(shown.payables, key=_seller_and_currency), key=_seller_and_currency)
    ]
    return {
        "token": shown.token,
        "here": f"/pay/{shown.token}?",
        "key": shown.key,
        "locale": words.locale,
        "heading": words["title"] if groups else words["nothing"],
        "told": "" if groups else words["nothing_told"],
        "problem": problem,
        "groups": groups,
        "more": words["more"] if shown.more else "",
        "paid": [_paid(one, words) for one in shown.paid],
        "set_up": None if shown.link.only else _set_up(shown, words, seller),
        "expires": words.fill("expires", day=words.day(shown.link.expires_on)),
    }


def methods_shown(country: str, currency: str, words: PageWords) -> list[dict[str, str]]:
    """How a member may pay, each with a sentence about it; a transfer is always possible."""
    ways = [_method(one, words) for one in offered(country, currency)]
    return [*ways, {"method": TRANSFER, "name": words["transfer"], "told": words["transfer_told"]}]


def _method(one: OfferedMethod, words: PageWords) -> dict[str, str]:
    return {"method": one.method, "name": one.name or words[one.kind], "told": words[f"{one.kind}_told"]}


def _seller_and_currency(payable: Payable) -> tuple[str, str]:
    return payable.entity, payable.currency


def _group(shown: Shown, found: Sequence[Payable], words: PageWords, typed: Typed) -> dict[str, Any]:
    first = found[0]
    seller = SELLERS[first.entity]
    several = len({_seller_and_currency(one) for one in shown.payables}) > 1
    title = words.fill("choose_of", seller=seller.name, currency=first.currency) if several else words["choose"]
    rows = [_row(one, shown, words, typed) for one in sorted(found, key=lambda one: (one.due_on, one.number))]
    ways = methods_shown(first.country, first.currency, words)
    can_keep = any(one.can_be_kept for one in offered(first.country, first.currency)) and not shown.link.only
    chosen_minor = sum(row["ask"] for row in rows if row["chosen"])
    return {
        "title": title,
        "currency": first.currency,
        "places": EXPONENTS[first.currency],
        "invoices": rows,
        "sum": words.money(chosen_minor, first.currency) if any(row["payable"] for row in rows) else "",
        "methods": ways,
        "method": typed.method if typed.again else "",
        "keep": words.fill("keep_told", seller=seller.name, email=seller.email) if can_keep else "",
        "kept": typed.keep,
    }


def _row(payable: Payable, shown: Shown, words: PageWords, typed: Typed) -> dict[str, Any]:
    collected = shown.collected.get(payable.invoice_id)
    can_pay = 0 if collected and collected.begun else payable.payable_minor
    named = payable.invoice_id in shown.link.invoice_ids
    about = not collected and (named or not shown.link.invoice_ids)
    ask = min(shown.link.amount_minor if named and shown.link.amount_minor else can_pay, can_pay)
    late = payable.due_on < shown.today
    part = payable.open_minor != payable.total_minor
    return {
        "number": payable.number,
        "due": words.fill("overdue" if late else "due", day=words.day(payable.due_on)),
        "overdue": late,
        "open": words.money(payable.open_minor, payable.currency),
        "open_of": words.fill("open_of", **_open_of(payable, words)) if part else "",
        "payable": can_pay,
        "ask": ask,
        "chosen": payable.number in typed.chosen if typed.again else about,
        "typed": typed.amounts.get(payable.number) or _plain(ask, payable.currency, words),
        "faulty": typed.again and payable.number in typed.chosen and _is_faulty(payable, can_pay, typed),
        "label": words.fill("amount_of", number=payable.number, currency=payable.currency),
        "notes": _notes(payable, collected, words),
    }


def _is_faulty(payable: Payable, can_pay: int, typed: Typed) -> bool:
    """Whether what was typed is no amount that can be paid."""
    try:
        return not 0 < minor_in(typed.amounts.get(payable.number, ""), payable.currency) <= can_pay
    except Rejected:
        return True


def _open_of(payable: Payable, words: PageWords) -> dict[str, str]:
    return {
        "open": words.money(payable.open_minor, payable.currency),
        "total": words.money(payable.total_minor, payable.currency),
    }


def _notes(payable: Payable, collected: Collection | None, words: PageWords) -> list[str]:
    """What is on its way: nobody is asked for that twice."""
    notes = []
    if collected and collected.begun:
        notes.append(words.fill("flight_collect", amount=words.money(payable.open_minor, payable.currency)))
        notes.append(words.fill("flight_until", day=words.day(collected.on)))
    elif collected:
        notes.append(words.fill("flight_planned", day=words.day(collected.on)))
    for one in payable.held:
        amount = words.money(one.amount_minor, payable.currency)
        key = "flight_arrived" if one.arrived else "flight_held"
        notes.append(words.fill(key, amount=amount, day=words.day(one.since.date())))
    return notes


def _plain(amount_minor: int, currency: str, words: PageWords) -> str:
    """An amount as it is typed: with the language's decimal sign, without grouping."""
    text = decimal_text(amount_minor, currency)
    return text.replace(".", ",") if "," in words.amount(1, currency) else text


def _paid(checkout: Checkout, words: PageWords) -> str:
    zone = SELLERS[checkout.entity].time_zone
    day = words.day(day_in(zone, checkout.decided_at or checkout.begun_at))
    numbers = ", ".join(one.invoice_number for one in checkout.purposes)
    return words.fill(
        "paid_line", amount=words.money(checkout.amount_minor, checkout.currency), day=day, numbers=numbers
    )


def _set_up(shown: Shown, words: PageWords, seller: Seller) -> dict[str, Any] | None:
    ways = [_method(one, words) for one in offered(shown.country, shown.currency) if one.can_be_kept]
    label = shown.kept.label if shown.kept else ""
    told = words.fill("method_kept", label=label) if label else words["method_told"]
    return {
        "told": told,
        "open": False,
        "summary": words["method_change"] if label else words["method_button"],
        "methods": ways,
        "consent": words.fill("keep_told", seller=seller.name, email=seller.email),
    }
