"""The read side of the SAP simulator: balances as an analytical OData service adds them up."""

import re
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from emulators.sap.books import Books, gl_account

CUBE = "A_OperationalAcctgDocItemCube"
_FILTER = re.compile(r"CompanyCode eq '(\w{4})' and PostingDate le datetime'(\d{4}-\d\d-\d\d)T00:00:00'")


def balances(books: Books, asked: Mapping[str, str]) -> list[dict[str, str]]:
    """A page of balances by account and currency; ValueError where the filter is one it does not know."""
    found = _FILTER.fullmatch(asked.get("$filter", ""))
    skip, top = asked.get("$skip", "0"), asked.get("$top", "1000")
    if found is None or not (skip.isdecimal() and top.isdecimal()):
        raise ValueError("$filter must be: CompanyCode eq 'C' and PostingDate le datetime'DAY'; $skip and $top digits")
    company, day = found.groups()
    rows = _added_up(books, company, day)
    return rows[int(skip) : int(skip) + int(top)]


def _added_up(books: Books, company: str, day: str) -> list[dict[str, str]]:
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for document in books.documents_until(company, day):
        for item in document["items"]:
            amount = Decimal(item["AmountInTransactionCurrency"])
            if amount:
                sums[_account(item), item["currency"]][amount < 0] += amount
    return [
        {
            "CompanyCode": company,
            "GLAccount": account.zfill(10),
            "TransactionCurrency": currency,
            "DebitAmountInTransCrcy": str(debit),
            "CreditAmountInTransCrcy": str(credit),
        }
        for (account, currency), (debit, credit) in sorted(sums.items())
    ]


def _account(item: dict[str, Any]) -> str:
    return gl_account(item) or str(item["account"])
