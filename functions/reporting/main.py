"""The functions of reporting: every event becomes a row in BigQuery, and reports read it (see `views`)."""

from common.functions import on_every_event, on_http
from functions.reporting import api as routes
from functions.reporting import providers

api = on_http(routes.ROUTES)
load_events = on_every_event(providers.load)
