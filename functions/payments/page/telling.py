"""What a member is told of a payment they began: what becomes of it, and what they can do now."""

from dataclasses import dataclass, field
from typing import Final

from common.parties import SELLERS
from functions.payments.model.checkouts import Checkout
from functions.payments.page.words import PageWords

WAITS: Final = (2, 2, 3, 3, 5, 5, 8, 8, 12, 12, 20, 20, 30, 30, 60, 60, 60, 60, 60)
"""Seconds after which a waiting page looks again; after the last the member is left in peace."""
PROVIDERS: Final = {"stripe": "Stripe", "adyen": "Adyen", "gocardless": "GoCardless", "mollie": "Mollie"}


@dataclass(frozen=True)
class Told:
    """A page with one message."""

    heading: str
    lines: tuple[str, ...]
    mood: str = "wait"
    rows: tuple[tuple[str, str], ...] = ()
    actions: tuple[tuple[str, str, str], ...] = field(default=())
    """Where to, in which words, and how it looks: `button`, `second` or `link`."""
    refresh: str = ""


def told(checkout: Checkout, words: PageWords, here: str, start: str, looks: int, *, back: bool, changed: bool) -> Told:
    """What to say; `back`: they come from the provider's page, `changed`: what they chose is not open like that."""
    again, over = (start, words["other_button"], "second"), ((start, words["all_invoices"], "button"),)
    if checkout.state in {"open", "unknown"}:
        return _moment(checkout, words, here, again, looks)
    closed = checkout.state == "expired" and checkout.closed_at is not None
    if closed or (checkout.state == "sent" and changed):
        return Told(words["changed"], (words["changed_told"],), "bad", actions=over)
    if checkout.state == "sent":
        return _waiting(checkout, words, here, again, looks) if back else _going(checkout, words, again)
    decided = {"processing": _processing, "succeeded": _succeeded, "failed": _failed}.get(checkout.state)
    return (
        decided(checkout, words, start)
        if decided
        else Told(words["ended"], (words["ended_told"],), "bad", actions=over)
    )


def refresh_after(looks: int, here: str) -> str:
    """When the page looks again, and where; empty once it has looked often enough."""
    return f"{WAITS[looks]}; url={here}?looks={looks + 1}" if looks < len(WAITS) else ""


def _moment(checkout: Checkout, words: PageWords, here: str, again: tuple[str, str, str], looks: int) -> Told:
    lines = [words.fill("moment_told", provider=PROVIDERS[checkout.provider])]
    if looks > 4:  # noqa: PLR2004 - some ten seconds
        lines.append(words["moment_long"])
    refresh = f"1; url={here}?looks={looks + 1}" if looks <= 4 else refresh_after(looks, here)  # noqa: PLR2004
    actions = ((here, words["check_button"], "second"), *((again,) if looks > 4 else ()))  # noqa: PLR2004
    return Told(words["moment"], tuple(lines), actions=actions, refresh=refresh)


def _going(checkout: Checkout, words: PageWords, again: tuple[str, str, str]) -> Told:
    provider = PROVIDERS[checkout.provider]
    lines = [words["go_set_up"].format(seller=_seller(checkout))]
    if checkout.kind == "pay":
        lines = [words.fill("go_pay_told", amount=_amount(checkout, words), seller=_seller(checkout))]
    button = (checkout.url, words.fill("go_button", provider=provider), "button")
    heading = words.fill("go_pay", provider=provider)
    return Told(heading, tuple(lines), actions=(button, again), refresh=f"0; url={checkout.url}")


def _waiting(checkout: Checkout, words: PageWords, here: str, again: tuple[str, str, str], looks: int) -> Told:
    actions = (
        (here, words["check_button"], "button"),
        (checkout.url, words["again_button"], "second"),
        again,
    )
    declined = (words["waiting_declined"],) if checkout.code else ()
    lines = (words["waiting_told"], *declined, words["waiting_not"])
    return Told(
        words["waiting"], lines, rows=_rows(checkout, words), actions=actions, refresh=refresh_after(looks, here)
    )


def _processing(checkout: Checkout, words: PageWords, start: str) -> Told:
    told = words.fill("processing_told", amount=_amount(checkout, words))
    action = (start, words["all_invoices"], "second")
    return Told(words["processing"], (told,), "good", _rows(checkout, words), (action,))


def _succeeded(checkout: Checkout, words: PageWords, start: str) -> Told:
    action = (start, words["all_invoices"], "second")
    kept = words.fill("set_up_done_told", label=checkout.label) if checkout.label else words["set_up_done_any"]
    if checkout.kind == "set_up":
        return Told(words["set_up_done"], (kept,), "good", actions=(action,))
    lines = [words.fill("succeeded_told", amount=_amount(checkout, words)), *([kept] if checkout.kept else [])]
    return Told(words["succeeded"], tuple(lines), "good", _rows(checkout, words), (action,))


def _failed(checkout: Checkout, words: PageWords, start: str) -> Told:
    again = (start, words["other_button"], "second")
    if not checkout.url:
        first = (start, words["other_button"], "button")
        return Told(words["failed"], (words["failed_no_page"],), "bad", actions=(first,))
    back = (checkout.url, words["again_button"], "button")
    if checkout.kind == "set_up":
        return Told(words["failed_set_up"], (words["failed_set_up_told"],), "bad", actions=(back, again))
    return Told(words["failed"], (words["failed_told"],), "bad", _rows(checkout, words), (back, again))


def _rows(checkout: Checkout, words: PageWords) -> tuple[tuple[str, str], ...]:
    numbers = [(one.invoice_number, words.money(one.amount_minor, checkout.currency)) for one in checkout.purposes]
    total = [(words["total"], _amount(checkout, words))] if len(numbers) > 1 else []
    return (*numbers, *total, (words["reference_number"], checkout.id[4:14].upper())) if numbers else ()


def _amount(checkout: Checkout, words: PageWords) -> str:
    return words.money(checkout.amount_minor, checkout.currency)


def _seller(checkout: Checkout) -> str:
    return SELLERS[checkout.entity].name
