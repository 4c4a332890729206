"""The functions of `console`."""

from common.functions import on_http
from functions.console.app import app

pages = on_http(app=app, prefix="/console")
