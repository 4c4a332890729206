"""The functions of relay."""

from common.functions import on_http, on_job
from functions.relay import handlers
from functions.relay.api import ROUTES
from functions.relay.model import ReplayParked

api = on_http(ROUTES)
sweep = on_job("* * * * *", handlers.sweep)
replay_parked = on_job(ReplayParked, handlers.replay_parked)
