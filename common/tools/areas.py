"""Every area and every function there is."""

from importlib import import_module
from importlib.util import find_spec
from typing import Final

from common.functions.declared import Function, declared

AREAS: Final = (
    "members", "charging", "invoicing", "payments", "matching", "notifications", "dunning", "accounting",
    "reporting", "console", "audit", "relay",
)  # fmt: skip


def functions(*areas: str) -> list[Function]:
    """The declared functions of these areas, or of all of them."""
    named = areas or tuple(area for area in AREAS if find_spec(f"functions.{area}"))
    return [function for area in named for function in declared(import_module(f"functions.{area}.main"))]
