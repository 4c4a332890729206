"""The console's pages, gathered under one name."""

from flask import Blueprint

from functions.console.pages.audit import audit
from functions.console.pages.books import books
from functions.console.pages.disputes import disputes
from functions.console.pages.finance import finance
from functions.console.pages.invoices import invoices
from functions.console.pages.journals import journals
from functions.console.pages.members import members
from functions.console.pages.parked import parked
from functions.console.pages.paying import paying
from functions.console.pages.payments import payments
from functions.console.pages.receipts import receipts
from functions.console.pages.refunds import refunds
from functions.console.pages.runs import runs
from functions.console.pages.search import search
from functions.console.pages.settlement import settlement

PAGES = Blueprint("pages", __name__)
for _each in (
    search, members, invoices, receipts, payments, paying, refunds, disputes, settlement, parked, runs, audit, journals,
    books, finance,
):  # fmt: skip
    PAGES.register_blueprint(_each)
