"""The functions of reporting: every event becomes a row in BigQuery; the rest is SQL (see `views`)."""

from common.functions import on_every_event
from functions.reporting import providers

load_events = on_every_event(providers.load)
