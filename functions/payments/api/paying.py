"""The routes of members who pay by themselves: their links, the page below one, and what staff see of it."""

from typing import Final

from common.functions import Route, command, form, query, view
from functions.payments.api.scopes import LINK, READ
from functions.payments.handlers import checkouts, links, paying
from functions.payments.requests.checkouts import ByCheckout, CheckoutAnswer, CheckoutPage, ListCheckouts
from functions.payments.requests.links import ByLink, LinkAnswer, LinkPage, ListLinks, MakeLink, RevokeLink

BY_LINK: Final = "/v1/payment-links/{link_id}"
PAGE: Final = "/pay/{token}"
ROUTES: Final[list[Route]] = [
    command("POST", "/v1/payment-links", links.make_link, MakeLink, LinkAnswer, scope=LINK, status=201),
    command("POST", f"{BY_LINK}/revoke", links.revoke_link, RevokeLink, LinkAnswer, scope=LINK),
    query("/v1/payment-links", links.list_links, ListLinks, LinkPage, scope=READ),
    query(BY_LINK, links.show_link, ByLink, LinkAnswer, scope=LINK),
    query("/v1/checkouts", checkouts.list_checkouts, ListCheckouts, CheckoutPage, scope=READ),
    query("/v1/checkouts/{checkout_id}", checkouts.show_checkout, ByCheckout, CheckoutAnswer, scope=READ),
    view(PAGE, paying.show_invoices, paying.refuse),
    view(f"{PAGE}/transfer", paying.show_transfer, paying.refuse),
    view(f"{PAGE}/checkouts", paying.show_invoices, paying.refuse),
    view(f"{PAGE}/methods", paying.show_invoices, paying.refuse),
    form(f"{PAGE}/checkouts", checkouts.begin, paying.understand_payment, paying.refuse),
    form(f"{PAGE}/methods", checkouts.begin, paying.understand_set_up, paying.refuse),
    view(f"{PAGE}/checkouts/{{checkout_id}}", paying.show_checkout, paying.refuse),
    view(f"{PAGE}/checkouts/{{checkout_id}}/back", paying.show_return, paying.refuse),
]
