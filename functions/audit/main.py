"""The functions of audit."""

from common.functions import on_http
from functions.audit.api import ROUTES

api = on_http(ROUTES)
