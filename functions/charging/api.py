"""The HTTP routes of `charging`."""

from typing import Final

from common.functions import Route, command, query
from functions.charging import handlers, requests

READ: Final = "charges:read"
WRITE: Final = "charges:write"

ROUTES: Final[list[Route]] = [
    command("POST", "/v1/charges", handlers.take_charge, requests.TakeCharge, requests.Taken, scope=WRITE),
    command("POST", "/v1/charges/batch", handlers.take_charges, requests.Batch, requests.BatchAnswer, scope=WRITE),
    command(
        "POST",
        "/v1/charges/{charge_id}/reverse",
        handlers.reverse_charge,
        requests.Reverse,
        requests.ChargeAnswer,
        scope=WRITE,
    ),
    command(
        "POST", "/v1/charges/{charge_id}/rate", handlers.rate_charge, requests.Rate, requests.ChargeAnswer, scope=WRITE
    ),
    query("/v1/charges", handlers.search_charges, requests.Search, requests.Page, scope=READ),
    query("/v1/charges/{charge_id}", handlers.show_charge, requests.ById, requests.ChargeAnswer, scope=READ),
]
