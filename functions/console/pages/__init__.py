"""The console's pages, gathered under one name."""

from flask import Blueprint

from functions.console.pages.audit import audit
from functions.console.pages.invoices import invoices
from functions.console.pages.journals import journals
from functions.console.pages.members import members
from functions.console.pages.parked import parked
from functions.console.pages.receipts import receipts
from functions.console.pages.runs import runs
from functions.console.pages.search import search

PAGES = Blueprint("pages", __name__)
for _each in (search, members, invoices, receipts, parked, runs, audit, journals):
    PAGES.register_blueprint(_each)
