"""The functions of relay."""

from common.functions import on_dead_letter, on_http, on_job
from functions.relay import handlers, providers
from functions.relay.api import ROUTES
from functions.relay.model import ReplayParked

api = on_http(ROUTES)
sweep = on_job("* * * * *", handlers.sweep)
replay_parked = on_job(ReplayParked, handlers.replay_parked)
park_dead_letters = on_dead_letter(handlers.park_dead_letter, ask=providers.keep_large)
