"""What SAP says its accounts hold, asked outside any transaction."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from common.money import EXPONENTS
from common.parties import Seller
from common.world import World
from functions.audit.proof.day import SapSum

Body = dict[str, Any]
CUBE: Final = "A_OperationalAcctgDocItemCube"
SELECTED: Final = "CompanyCode,GLAccount,TransactionCurrency,DebitAmountInTransCrcy,CreditAmountInTransCrcy"
TIMEOUT_S: Final = 30.0
PAGE: Final = 1000
MOST_PAGES: Final = 100


def balances(seller: Seller, as_of: date, world: World) -> list[SapSum]:
    """What SAP has on each account and currency of a legal entity, posted up to and on a day.

    Read by OData (`A_OperationalAcctgDocItemCube` of API_OPLACCTGDOCITEMCUBE_SRV, which adds up by what is selected):
    https://api.sap.com/api/API_OPLACCTGDOCITEMCUBE_SRV/overview. ConnectionError where SAP can't be read whole.
    """
    import httpx

    asked: dict[str, str | int] = {
        "$select": SELECTED,
        "$filter": f"CompanyCode eq '{seller.company_code}' and PostingDate le datetime'{as_of}T00:00:00'",
        "$orderby": "GLAccount,TransactionCurrency",
        "$format": "json",
        "$top": PAGE,
    }
    url = f"{world.settings.sap_odata_url}/{CUBE}"
    try:
        with httpx.Client(timeout=TIMEOUT_S) as client:
            return [_sum(row) for page in _pages(url, asked, client) for row in page]
    except (httpx.HTTPError, ValueError) as fault:
        raise ConnectionError(str(fault)[:200]) from fault


def _pages(url: str, asked: dict[str, str | int], client: Any) -> Iterator[list[Body]]:
    for number in range(MOST_PAGES):
        rows = _page(url, asked | {"$skip": number * PAGE}, client)
        yield rows
        if len(rows) < PAGE:
            return
    raise ValueError(f"SAP told more than {MOST_PAGES * PAGE} balances")


def _page(url: str, asked: dict[str, str | int], client: Any) -> list[Body]:
    reply = client.get(url, params=asked).raise_for_status()
    told = reply.json()
    rows = told.get("d", {}).get("results") if isinstance(told, dict) and isinstance(told.get("d"), dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"no OData answer: {reply.text[:100]}")
    return rows


def _sum(row: Body) -> SapSum:
    currency, account = str(row.get("TransactionCurrency", "")), str(row.get("GLAccount", "")).lstrip("0")
    if currency not in EXPONENTS or not account:
        raise ValueError(f"no balance: {row}")
    debit, credit = (abs(_minor(row.get(f"{side}AmountInTransCrcy"), currency)) for side in ("Debit", "Credit"))
    return SapSum(account, currency, debit - credit)


def _minor(amount: Any, currency: str) -> int:
    try:
        scaled = Decimal(str(amount)).scaleb(EXPONENTS[currency])
    except InvalidOperation as fault:
        raise ValueError(f"no amount: {amount!r}") from fault
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"no amount in minor units of {currency}: {amount!r}")
    return int(scaled)
